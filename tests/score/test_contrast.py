"""Differences beyond those of a system from itself."""

from __future__ import annotations

import random
from statistics import fmean

import pytest

from boxscore.score.paired import contrast, disagreement, own_disagreement, paired_interval, paired_test
from boxscore.score.statistics import InstanceCounts


def counts(*passed: int, n: int = 4) -> list[InstanceCounts]:
    """Instances with n samples each."""
    return [InstanceCounts(n=n, c=c) for c in passed]


def test_disagreement() -> None:
    """Counted out by pairs of samples: one of each, and two of one."""
    one, other = InstanceCounts(n=4, c=1), InstanceCounts(n=5, c=3)

    assert disagreement(one, other) == pytest.approx((1 * 2 + 3 * 3) / 20)
    assert own_disagreement(one) == pytest.approx(1 * 3 / 6)


def test_its_mean_is_the_squared_difference_of_chances() -> None:
    """Over many instances the excess is (0.8 - 0.3)^2, and 0 for a system against itself."""
    rng = random.Random(1)

    def draw(chance: float) -> list[InstanceCounts]:
        return counts(*(sum(rng.random() < chance for _ in range(4)) for _ in range(4000)))

    for first, second, wanted in ((draw(0.3), draw(0.8), 0.25), (draw(0.3), draw(0.3), 0.0)):
        paired = contrast(first, second)
        assert paired is not None
        assert fmean(paired.second) - fmean(paired.first) == pytest.approx(wanted, abs=0.02)


def test_another_run_of_one_sample() -> None:
    """With one sample each, a further run of the first system is what tells; then the exact test is the judge."""
    first, second, again = counts(*[1] * 30, n=1), counts(*[0] * 10, *[1] * 20, n=1), counts(0, *[1] * 29, n=1)

    assert contrast(first, second) is None
    paired = contrast(first, second, again)
    assert paired is not None
    interval = paired_interval(paired)
    assert (sum(paired.second), sum(paired.first), paired.single) == (10, 1, True)
    assert interval is not None
    assert interval.method == "tango"
    p, test = paired_test(paired, 0)
    assert (p, test) == (2 / 2**9, "exact McNemar")


def test_instances_without_a_sample_are_left_out() -> None:
    """Nothing is divided by zero samples."""
    none = InstanceCounts(n=0, c=0)

    paired = contrast([none, *counts(1, 2)], counts(1, 1, 3), [*counts(1, 1), none])

    assert paired is not None
    assert paired.kept == (1,)
