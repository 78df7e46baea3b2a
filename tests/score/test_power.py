"""What a run could detect: golden numbers."""

from __future__ import annotations

import pytest

from boxscore.score.planning import design_effect, detectable, smallest_difference, variance_split
from boxscore.score.statistics import InstanceCounts

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


@pytest.mark.parametrize(
    ("n", "paired", "unpaired"), [(50, 0.264, 0.280), (164, 0.146, 0.155), (500, 0.084, 0.089), (1140, 0.055, 0.059)]
)
def test_one_sample_each(n: int, paired: float, unpaired: float) -> None:
    """A run of one sample for each instance has the planned variances, whatever its score."""
    least = detectable([InstanceCounts(n=1, c=i % 2) for i in range(n)])

    assert (least.paired, least.unpaired) == pytest.approx((paired, unpaired), abs=5e-4)
    assert "planned" in least.assumptions
    assert detectable([InstanceCounts(n=1, c=1)] * n).paired == least.paired


def test_measured_variance() -> None:
    """Repeated samples show the variance within instances, and more of them would help by what it is."""
    six = [InstanceCounts(n=4, c=c) for c in (0, 0, 4, 4, 1, 3)]
    split, least = variance_split(six), detectable(six)

    assert (split.within, split.between) == pytest.approx((0.0833, 0.2042), abs=1e-4)
    assert least.paired == pytest.approx(smallest_difference(1 / 9 + 2 * (1 / 12) / 4, 6))
    assert "0.083 (measured)" in least.assumptions


def test_clusters() -> None:
    """The design effect of clusters multiplies the variance."""
    plain = detectable([InstanceCounts(n=one.n, c=one.c) for one in CLUSTERED])
    least = detectable(CLUSTERED)

    assert design_effect(CLUSTERED) == pytest.approx(3.0)
    assert plain.paired is not None
    assert least.paired == pytest.approx(plain.paired * 3**0.5)
    assert "design effect of clusters 3.00" in least.assumptions


def test_nothing_to_tell_from() -> None:
    """Without samples nothing is computed, and a reason says so."""
    assert detectable([InstanceCounts(n=0, c=0)]).reason == "no graded samples"
    assert variance_split([InstanceCounts(n=5, c=2), InstanceCounts(n=1, c=1)]).reason == (
        "needs two instances with two graded samples each"
    )
    assert variance_split([InstanceCounts(n=5, c=2), InstanceCounts(n=1, c=1)]).within is None


def test_between_is_never_negative() -> None:
    """Where noise within instances explains all spread, none is between them."""
    split = variance_split([InstanceCounts(n=2, c=1)] * 5)

    assert (split.within, split.between) == (0.5, 0.0)
