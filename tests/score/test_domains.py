"""Domain-Specific Improvement: the golden examples, a direct sum, and the edges."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxscore.score.systems import THRESHOLD_PERCENT, DomainKind, domain_improvements, kind_of_domain

SCORES = st.lists(st.floats(0.01, 1), min_size=2, max_size=6)


@pytest.mark.parametrize(
    ("scores", "improvements"),
    [
        ((38.9, 30, 25), (29.3, -6.5, -37.8)),
        ((20, 26.7, 26.7), (-33.5, 12.5, 12.5)),
        ((0, 5, 10), (None, 0, 75)),
    ],
    ids=["db", "net", "sys"],
)
def test_the_golden_examples(scores: tuple[float, ...], improvements: tuple[float | None, ...]) -> None:
    """Three systems on three domains; a system that solves nothing has none."""
    found = domain_improvements(scores)

    assert [one is None for one in found] == [one is None for one in improvements]
    assert [one for one in found if one is not None] == pytest.approx(
        [one for one in improvements if one is not None], abs=0.05
    )


@given(SCORES)
def test_it_is_the_mean_over_the_others(scores: list[float]) -> None:
    """Summed as the formula is written, and at most 100."""
    found = domain_improvements(scores)

    for place, own in enumerate(scores):
        others = [(own - other) / own for at, other in enumerate(scores) if at != place]
        assert found[place] == pytest.approx(100 * math.fsum(others) / len(others), abs=1e-6)
        assert (found[place] or 0) <= 100


@given(SCORES)
def test_the_unit_cancels_out(scores: list[float]) -> None:
    """Shares and percent give the same."""
    assert domain_improvements(scores) == pytest.approx(domain_improvements([100 * one for one in scores]), abs=1e-6)


@pytest.mark.parametrize("scores", [(), (0.5,), (0.5, -0.1), (0.5, math.nan), (math.inf, 0.5)])
def test_what_has_none(scores: tuple[float, ...]) -> None:
    """It takes two scores, none below 0 and all finite."""
    with pytest.raises(ValueError, match="scores"):
        domain_improvements(scores)


def test_nobody_solves_anything() -> None:
    """Not even in comparison."""
    assert domain_improvements((0, 0)) == (None, None)


@pytest.mark.parametrize(
    ("improvement", "kind"),
    [
        (29.3, DomainKind.COMFORT),
        (THRESHOLD_PERCENT, DomainKind.NEITHER),
        (-6.5, DomainKind.NEITHER),
        (-THRESHOLD_PERCENT, DomainKind.NEITHER),
        (-37.8, DomainKind.STRANGE),
        (None, None),
    ],
)
def test_comfort_and_strange(improvement: float | None, kind: DomainKind | None) -> None:
    """Beyond the threshold, not at it."""
    assert kind_of_domain(improvement) is kind


def test_rounding_makes_no_comfort() -> None:
    """1 against 0.9 is 10 %, of which floats make a little more or less."""
    for scores in ((1.0, 0.9), (0.5, 0.45), (0.7, 0.63), (0.3, 0.27)):
        assert kind_of_domain(domain_improvements(scores)[0]) is DomainKind.NEITHER
