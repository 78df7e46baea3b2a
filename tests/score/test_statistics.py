"""Scores and intervals: golden numbers, a brute-force oracle, and properties."""

from __future__ import annotations

import itertools
import math
from statistics import fmean

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import linalg, stats
from scipy.special import stdtrit

from boxscore.score.statistics import (
    InstanceCounts,
    clustered_interval,
    estimate,
    pass_at_k,
    t_interval,
    t_quantile,
    wilson,
)

CLUSTERS = {"a": (1, 1, 1, 1), "b": (0, 0, 0), "c": (1, 0), "d": (1,)}


@pytest.mark.parametrize(
    ("n", "c", "k", "expected"),
    [
        (10, 3, 1, 0.3),
        (10, 3, 2, 0.533333),
        (10, 3, 5, 0.9166666667),
        (10, 7, 1, 0.7),
        (10, 7, 2, 0.933333),
        (10, 7, 5, 1.0),
        (10_000, 5_000, 3, 0.875037503750375),
        (1_000_000, 1, 1, 1e-6),
    ],
)
def test_golden_values(n: int, c: int, k: int, expected: float) -> None:
    assert pass_at_k(n, c, k) == pytest.approx(expected, abs=1e-6, rel=1e-6)


def test_brute_force() -> None:
    for n in range(1, 8):
        for c, k in itertools.product(range(n + 1), range(1, n + 1)):
            subsets = list(itertools.combinations([True] * c + [False] * (n - c), k))

            assert pass_at_k(n, c, k) == pytest.approx(fmean(map(any, subsets)), abs=1e-12)


@pytest.mark.parametrize(("n", "c", "k"), [(0, 0, 1), (3, 3, 4), (10, 10, 200)])
def test_more_draws_than_samples(n: int, c: int, k: int) -> None:
    assert pass_at_k(n, c, k) is None


@pytest.mark.parametrize(("n", "c", "k"), [(3, 4, 1), (3, -1, 1), (-1, -1, 1), (3, 1, 0)])
def test_contradictory_counts(n: int, c: int, k: int) -> None:
    with pytest.raises(ValueError, match=r"k must be|cannot have passed"):
        pass_at_k(n, c, k)


@given(
    st.lists(
        st.integers(0, 6).flatmap(
            lambda n: st.builds(
                InstanceCounts, n=st.just(n), c=st.integers(0, n), cluster=st.sampled_from([None, "a", "b", "c", "d"])
            )
        ),
        max_size=12,
    ),
    st.integers(1, 7),
)
def test_estimate_never_lies(counts: list[InstanceCounts], k: int) -> None:
    score = estimate(counts, k)

    assert score.n + score.dropped == len(counts)
    assert (score.value is None) == (score.n == 0)
    if score.value is None or score.low is None or score.high is None:
        assert score.reason
        assert (score.low, score.high, score.method) == (None, None, None)
    else:
        assert score.reason is None
        assert 0 <= score.low <= score.value <= score.high <= 1
        assert score.low < score.high


@pytest.mark.parametrize(("passed", "low", "high"), [(30, 0.8865, 1.0), (0, 0.0, 0.1135)])
def test_wilson_at_the_ends(passed: int, low: float, high: float) -> None:
    bounds = wilson(passed, 30)

    assert (bounds.low, bounds.high) == pytest.approx((low, high), abs=1e-4)


def test_clustered() -> None:
    counts = [InstanceCounts(n=1, c=c, cluster=name) for name, passed in CLUSTERS.items() for c in passed]
    score = estimate(counts, 1)

    assert score.standard_error == pytest.approx(0.2828427125, abs=1e-10)
    assert (score.method, score.clusters, score.low, score.high) == ("clustered t", 4, 0.0, 1.0)
    assert "only 4 clusters" in score.warnings[0]
    assert "do not tell the score" in score.warnings[1]


def test_bounds_before_cutting() -> None:
    names = [name for name, passed in CLUSTERS.items() for _ in passed]
    scores = [float(c) for passed in CLUSTERS.values() for c in passed]
    bounds, plain = clustered_interval(scores, names), t_interval(scores)

    assert bounds is not None
    assert plain is not None
    assert (bounds.low, bounds.high) == pytest.approx((-0.515, 1.715), abs=5e-4)
    assert (bounds.degrees, bounds.standard_error) == pytest.approx((2.39, 0.2828), abs=5e-3)
    assert plain.standard_error == pytest.approx(0.1633, abs=1e-4)


@pytest.mark.parametrize(
    ("counts", "reason"),
    [
        ([], "no graded samples"),
        ([InstanceCounts(n=0, c=0)], "no graded samples"),
        ([InstanceCounts(n=5, c=2)], "two instances"),
        ([InstanceCounts(n=2, c=1), InstanceCounts(n=2, c=1)], "every instance has the same score"),
        ([InstanceCounts(n=1, c=i % 2, cluster="a") for i in range(4)], "three clusters, here is one"),
        ([InstanceCounts(n=1, c=i % 2, cluster="ab"[i // 3]) for i in range(4)], "three clusters, here are two"),
        ([InstanceCounts(n=1, c=i % 2, cluster="abc"[i // 2]) for i in range(6)], "every cluster has the same score"),
        (
            [InstanceCounts(n=1, c=0, cluster="a"), InstanceCounts(n=1, c=1, cluster="a"), InstanceCounts(n=1, c=1)],
            "1 instances name no",
        ),
    ],
)
def test_no_interval(counts: list[InstanceCounts], reason: str) -> None:
    score = estimate(counts, 1)

    assert score.low is score.high is score.standard_error is None
    assert reason in (score.reason or "")


@pytest.mark.parametrize("passed", [0, 3])
def test_all_alike(passed: int) -> None:
    score = estimate([InstanceCounts(n=3, c=passed)] * 30, 1)
    expected = wilson(30 if passed else 0, 30)

    assert (score.low, score.high) == pytest.approx((max(0.0, expected.low), min(1.0, expected.high)))
    assert "takes each instance as one trial" in score.warnings[0]


def test_dropped() -> None:
    counts = [InstanceCounts(n=10, c=5), InstanceCounts(n=10, c=0), InstanceCounts(n=9, c=9), InstanceCounts(n=0, c=0)]
    score = estimate(counts, 10)

    assert (score.value, score.n, score.samples, score.dropped) == (0.5, 2, 20, 2)
    assert estimate(counts, 11).reason == "no instance has 11 graded samples"


@pytest.mark.parametrize("sizes", [[4, 3, 2, 1], [5, 5, 5], [1, 1, 1, 9], [7, 1, 1]])
def test_unequal_clusters(sizes: list[int]) -> None:
    n = sum(sizes)
    place = np.repeat(np.arange(len(sizes)), sizes)
    scores = np.array([(3 * i * i + i) % 7 / 7 for i in range(n)])
    left = np.eye(n) - 1 / n  # what the mean leaves of scores
    columns = []
    for cluster in range(len(sizes)):
        own = place == cluster
        corrected = linalg.fractional_matrix_power(left[np.ix_(own, own)], -0.5)
        columns.append(left[:, own] @ corrected @ np.ones(own.sum()) / n)
    both = np.array(columns) @ np.array(columns).T
    error = math.sqrt(sum(float(column @ scores) ** 2 for column in columns))
    degrees = np.trace(both) ** 2 / np.trace(both @ both)
    half = stats.t.ppf(0.975, degrees) * error

    found = clustered_interval(scores.tolist(), [str(one) for one in place])

    assert found is not None
    assert found.degrees == pytest.approx(degrees, rel=1e-6)
    assert (found.low, found.high) == pytest.approx((scores.mean() - half, scores.mean() + half), rel=1e-4)


@pytest.mark.parametrize("p", [0.6, 0.9, 0.975, 0.995])
def test_quantiles_are_those_of_scipy(p: float) -> None:
    for degrees in [*range(1, 260), 1_000, 10_007, 1_000_000]:
        assert t_quantile(p, degrees) == pytest.approx(float(stdtrit(degrees, p)), rel=1e-9), degrees


@pytest.mark.parametrize("p", [0.6, 0.95, 0.975])
@pytest.mark.parametrize("degrees", [1.05, 1.5, 2.39, 3.33, 9.34, 57.5, 199.9, 200.1, 356.14])
def test_degrees_that_are_no_whole_number(p: float, degrees: float) -> None:
    assert t_quantile(p, degrees) == pytest.approx(float(stdtrit(degrees, p)), rel=1e-4)
