"""How surely systems are in an order on given instances, beside integrals of scipy's; and agreement of two verdicts."""

from __future__ import annotations

import math

import pytest
from scipy import stats

from boxscore.score.statistics import InstanceCounts
from boxscore.score.systems import cohen_kappa, order_chance, posterior


@pytest.mark.parametrize(("n", "c", "k"), [(1, 0, 1), (5, 3, 1), (5, 3, 2), (10, 10, 5), (8, 1, 8)])
def test_posterior(n: int, c: int, k: int) -> None:
    """Mean and deviation are those of 1 - (1 - p)^k under the beta distribution, integrated."""
    chances = stats.beta(1 + c, 1 + n - c)
    mean = chances.expect(lambda p: 1 - (1 - p) ** k)
    square = chances.expect(lambda p: (1 - (1 - p) ** k) ** 2)

    found = posterior([InstanceCounts(n=n, c=c)], k)

    assert found.mean == pytest.approx(mean, abs=1e-7)
    assert found.deviation == pytest.approx(math.sqrt(square - mean**2), abs=1e-6)


def test_order() -> None:
    """The worked example of two systems, .5714 against .4286 with .0922 each: not told apart at 95 %."""
    first = posterior([InstanceCounts(n=5, c=2)] * 3, 1)
    second = posterior([InstanceCounts(n=5, c=3)] * 3, 1)

    assert (first.mean, second.mean) == pytest.approx((3 / 7, 4 / 7))
    assert order_chance(first, second) == pytest.approx(
        stats.norm.cdf((4 / 7 - 3 / 7) / math.hypot(*[first.deviation] * 2))
    )
    assert order_chance(first, first) == 0.5
    assert order_chance(first, second) + order_chance(second, first) == pytest.approx(1)


def test_kappa() -> None:
    """Agreement by chance alone is 0, always is 1, and none is computed where chance agrees always."""
    assert cohen_kappa([(True, True), (True, False), (False, True), (False, False)]) == 0
    assert cohen_kappa([(True, True), (False, False)]) == 1
    assert cohen_kappa([(True, True)] * 5) is None
    assert cohen_kappa([]) is None
