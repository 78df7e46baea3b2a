"""Orders of systems and ratios of what they cost: golden numbers."""

from __future__ import annotations

import itertools
import math
import random

import pytest
from scipy import stats

from boxscore.score.paired import ratio_of_means
from boxscore.score.systems import kemeny


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
    """Twice as much on each instance is twice as much, with the interval of logarithms."""
    found = ratio_of_means(
        [(1.0, 2.0, None), (10.0, 21.0, None), (3.0, 5.7, None), (0.0, 4.0, None), (None, 1.0, None)]
    )
    logs = [math.log(2), math.log(2.1), math.log(1.9)]
    theirs = stats.ttest_1samp(logs, 0).confidence_interval()

    assert found.value == pytest.approx(math.exp(sum(logs) / 3))
    assert (found.low, found.high) == pytest.approx((math.exp(theirs.low), math.exp(theirs.high)))
    assert (found.n, found.left_out) == (3, 2)
    assert ratio_of_means([(0.0, 1.0, None)]).value is None
