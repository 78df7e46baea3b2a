"""pass^k, majorities, orders of systems and agreement: golden numbers, and what scipy says."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from scipy import stats
from scipy.stats import hypergeom

from boxscore.score.paired import ratio_of_means
from boxscore.score.statistics import InstanceCounts
from boxscore.score.systems import kemeny, order_chance, pass_hat_k, posterior, strict_majority


@pytest.mark.parametrize(
    ("c", "k", "wanted"), [(7, 2, 0.466667), (7, 5, 0.083333), (8, 2, 0.622222), (8, 5, 0.222222), (1, 2, 0.0)]
)
def test_pass_hat_k(c: int, k: int, wanted: float) -> None:
    assert pass_hat_k(10, c, k) == pytest.approx(wanted, abs=1e-6)


@pytest.mark.parametrize(("k", "wanted"), [(1, 0.6), (2, 0.333), (3, 0.667), (5, 0.738), (9, 1.0)])
def test_strict_majority(k: int, wanted: float) -> None:
    assert strict_majority(10, 6, k) == pytest.approx(wanted, abs=5e-4)
    assert strict_majority(10, 6, k) == pytest.approx(hypergeom.sf(k // 2, 10, 6, k))


def test_too_few() -> None:
    assert (pass_hat_k(2, 2, 3), strict_majority(2, 2, 3)) == (None, None)


@pytest.mark.parametrize(("n", "c", "k"), [(1, 0, 1), (5, 3, 1), (5, 3, 2), (10, 10, 5), (8, 1, 8)])
def test_posterior(n: int, c: int, k: int) -> None:
    chances = stats.beta(1 + c, 1 + n - c)
    mean = chances.expect(lambda p: 1 - (1 - p) ** k)
    square = chances.expect(lambda p: (1 - (1 - p) ** k) ** 2)

    found = posterior([InstanceCounts(n=n, c=c)], k)

    assert found.mean == pytest.approx(mean, abs=1e-7)
    assert found.deviation == pytest.approx(math.sqrt(square - mean**2), abs=1e-6)


def test_order() -> None:
    first = posterior([InstanceCounts(n=5, c=2)] * 3, 1)
    second = posterior([InstanceCounts(n=5, c=3)] * 3, 1)

    assert (first.mean, second.mean) == pytest.approx((3 / 7, 4 / 7))
    assert order_chance(first, second) == pytest.approx(
        stats.norm.cdf((4 / 7 - 3 / 7) / math.hypot(*[first.deviation] * 2))
    )
    assert order_chance(first, first) == 0.5
    assert order_chance(first, second) + order_chance(second, first) == pytest.approx(1)


@pytest.mark.parametrize("systems", [4, 6])
def test_kemeny_is_the_best_of_all_orders(systems: int) -> None:
    rng = random.Random(systems)
    for _ in range(5):
        rows = [[rng.randrange(4) for _ in range(systems)] for _ in range(3)]
        agreements = [
            sum((row[a] > row[b]) + (row[a] == row[b]) / 2 for row in rows for a, b in itertools.combinations(order, 2))
            for order in itertools.permutations(range(systems))
        ]

        found = kemeny(rows)

        assert found is not None
        assert found.agreement == max(agreements)
        assert found.unique == (agreements.count(max(agreements)) == 1)


def test_ratio() -> None:
    found = ratio_of_means(
        [(1.0, 2.0, None), (10.0, 21.0, None), (3.0, 5.7, None), (0.0, 4.0, None), (None, 1.0, None)]
    )
    logs = [math.log(2), math.log(2.1), math.log(1.9)]
    theirs = stats.ttest_1samp(logs, 0).confidence_interval()

    assert found.value == pytest.approx(math.exp(sum(logs) / 3))
    assert (found.low, found.high) == pytest.approx((math.exp(theirs.low), math.exp(theirs.high)))
    assert (found.n, found.left_out) == (3, 2)
    assert ratio_of_means([(0.0, 1.0, None)]).value is None
