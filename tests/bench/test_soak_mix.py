"""The samples of a soak, and what is said of their verdicts."""

from __future__ import annotations

import random

import pytest

from bench.soak_mix import Kind, draw, kinds
from boxscore import Outcome, Result, Trust


def result(outcome: Outcome) -> Result:
    """A result of some sample."""
    return Result(instance_id="i", sample_id="s", outcome=outcome, trust=Trust.ORACLE)


def test_all_classes_are_drawn_and_every_sample_has_its_kind() -> None:
    """A mix holds honest, hostile and heavy samples, each under a name of its own."""
    among = kinds()

    rows, expected = draw(among, 300, random.Random(1))

    assert all(len(found) >= 3 for found in among.values())
    assert len(expected) == len(rows) == 300
    drawn = {id(kind) for kind in expected.values()}
    assert all(any(id(kind) in drawn for kind in found) for found in among.values())


@pytest.mark.parametrize(
    ("expect", "outcome", "good"),
    [
        ("passed", Outcome.PASSED, True),
        ("passed", Outcome.WRONG, False),
        ("timeout", Outcome.TIMEOUT, True),
        ("fail", Outcome.MEMORY, True),
        ("fail", Outcome.PASSED, False),
        ("fail", Outcome.INTERNAL, False),
    ],
)
def test_a_verdict_is_compared_with_what_it_must_be(expect: str, outcome: Outcome, *, good: bool) -> None:
    """An outcome by name, or any failure of the sample's own."""
    trouble = Kind("kind", {}, expect).trouble_with(result(outcome))

    assert (trouble is None) is good
