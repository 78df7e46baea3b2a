"""What instances and samples can show: power, clusters and the smallest difference."""

from __future__ import annotations

import random

import numpy as np
import pytest
from scipy import stats

from boxscore.score.planning import (
    Units,
    design_effect,
    detectable,
    instances_to_find_exactly,
    noise_left,
    planned,
    smallest_difference,
    units_of,
    variance_split,
)
from boxscore.score.statistics import InstanceCounts, pass_at_k

CLUSTERED = [
    InstanceCounts(n=1, c=c, cluster=name)
    for name, passed in {"a": (1, 1, 1, 1), "b": (0, 0, 0), "c": (1, 0), "d": (1,)}.items()
    for c in passed
]


@pytest.mark.parametrize(
    ("n", "k", "paired"),
    [(50, 1, 0.264), (50, 4, 0.175), (164, 1, 0.146), (164, 10, 0.083), (500, 4, 0.055), (1140, 10, 0.032)],
)
def test_planning_table(n: int, k: int, paired: float) -> None:
    assert smallest_difference(1 / 9 + 2 / 6 / k, n) == pytest.approx(paired, abs=5e-4)


def test_measured_variance() -> None:
    six = [InstanceCounts(n=4, c=c) for c in (0, 0, 4, 4, 1, 3)]
    split, least = variance_split(six), detectable(six)

    assert (split.within, split.between) == pytest.approx((0.0833, 0.2042), abs=1e-4)
    assert least.paired == pytest.approx(smallest_difference(1 / 9 + 2 * (1 / 12) / 4, 6))
    assert "0.083 (measured)" in least.assumptions


def test_clusters_of_a_run() -> None:
    plain = detectable([InstanceCounts(n=one.n, c=one.c) for one in CLUSTERED])
    least = detectable(CLUSTERED)

    assert design_effect(CLUSTERED) == pytest.approx(3.0)
    assert plain.paired is not None
    assert least.paired == pytest.approx(plain.paired * 3**0.5)
    assert "design effect of clusters 3.00" in least.assumptions


def test_nothing_to_tell_from() -> None:
    assert detectable([InstanceCounts(n=0, c=0)]).reason == "no graded samples"
    assert variance_split([InstanceCounts(n=5, c=2), InstanceCounts(n=1, c=1)]).reason == (
        "needs two instances with two graded samples each"
    )
    assert variance_split([InstanceCounts(n=5, c=2), InstanceCounts(n=1, c=1)]).within is None


def test_between_is_never_negative() -> None:
    split = variance_split([InstanceCounts(n=2, c=1)] * 5)

    assert (split.within, split.between) == (0.5, 0.0)


@pytest.mark.parametrize(
    ("instances", "samples", "wanted"),
    [(50, 1, 0.264), (50, 4, 0.175), (164, 10, 0.083), (164, None, 0.073), (1140, None, 0.028)],
)
def test_differences_of_any_systems(instances: int, samples: int | None, wanted: float) -> None:
    assert planned(Units(instances=instances), samples, 1).difference == pytest.approx(wanted, abs=6e-4)


@pytest.mark.parametrize(("discordance", "difference"), [(0.15, 0.07), (0.15, 0.03), (0.3, 0.1), (0.1, 0.05)])
def test_instances_of_the_exact_test(discordance: float, difference: float) -> None:
    n = instances_to_find_exactly(discordance, difference)
    differing = np.arange(n + 1)
    wins = (discordance + difference) / 2 / discordance
    critical = np.asarray(stats.binom.ppf(0.025, differing, 0.5)) - 1  # so few losses, or fewer, are significant
    critical = critical + (np.asarray(stats.binom.cdf(critical + 1, differing, 0.5)) <= 0.025)
    power = float(stats.binom.pmf(differing, n, discordance) @ stats.binom.cdf(critical, differing, 1 - wins))

    assert 0.79 <= power <= 0.84


def test_clusters() -> None:
    lone = planned(Units(instances=100), 1, 1)
    apart = planned(units_of([5] * 20), 1, 1)
    quantiles = [float(stats.t.ppf(0.95, 19) + stats.t.ppf(0.8, 19)), float(stats.norm.ppf(0.95) + stats.norm.ppf(0.8))]

    assert apart.margin / lone.margin == pytest.approx(quantiles[0] / quantiles[1])
    with pytest.raises(ValueError, match="tell nothing"):
        units_of([7])


@pytest.mark.parametrize(("samples", "k"), [(5, 5), (10, 5), (20, 10)])
def test_noise_of_pass_at_k(samples: int, k: int) -> None:
    rng, squares = random.Random(1), []
    for _ in range(20_000):
        chance = rng.random()
        passed = sum(rng.random() < chance for _ in range(samples))
        squares.append(((pass_at_k(samples, passed, k) or 0.0) - (1 - (1 - chance) ** k)) ** 2)

    assert noise_left(samples, k) == pytest.approx(6 * sum(squares) / len(squares), rel=0.05)


@pytest.mark.parametrize(
    ("samples", "k", "instances", "discordance"), [(1, 2, 9, 0.1), (1, 0, 9, 0.1), (1, 1, 0, 0.1), (1, 1, 9, 0.0)]
)
def test_what_cannot_be_planned(samples: int, k: int, instances: int, discordance: float) -> None:
    with pytest.raises(ValueError, match="cannot be"):
        planned(Units(instances=instances), samples, k, discordance)
