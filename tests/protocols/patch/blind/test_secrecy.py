"""How much a forger must guess of a value."""

from __future__ import annotations

import pytest

from boxscore.protocols.patch.blind.secrecy import Forger, bits, enough

SEEN = Forger(["assert label('red') == _boxscore.hidden(1)", "It must say 'red apple pie' and 12."])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("red apple pie", 0.0),  # all of it stands in one place
        ("apple pie red", 3.0),  # two pieces
        ("red quince", 6.0),  # a word nobody has shown: a bit a letter
        ("red gooseberries", 8.0),  # at most 8
        (12, 0.0),
        (1023, 10.0),
        (True, 0.0),
        (None, 0.0),
        ("", 0.0),
        ([], 0.0),
        ("!?", 0.0),
    ],
)
def test_only_what_cannot_be_copied_counts(value: object, expected: float) -> None:
    """Only what cannot be copied counts."""
    assert bits([SEEN.secret(value)]) == expected


def test_a_value_counts_once_wherever_it_stands() -> None:
    """A value counts once wherever it stands."""
    assert bits([SEEN.secret("quince"), SEEN.secret("quince")]) == bits([SEEN.secret("quince")])


def test_a_word_counts_once_whatever_values_have_it() -> None:
    """A word counts once whatever values have it."""
    assert bits([SEEN.secret("quince"), SEEN.secret(["quince"])]) == bits([SEEN.secret("quince")])


def test_more_samples_need_more_bits() -> None:
    """More samples need more bits."""
    assert enough(10.0, 1)
    assert not enough(10.0, 2)
    assert enough(16.0, 64)


def test_a_huge_value_is_bounded() -> None:
    """A huge value is bounded."""
    assert bits([SEEN.secret("quince " * 1_000_000)]) == 6.0
