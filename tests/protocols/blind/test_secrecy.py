"""How much a forger must guess of a value."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.blind.language import PYTHON
from boxscore.protocols.blind.secrecy import Forger, bits, enough

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEEN = Forger(["assert label('red') == _boxscore.hidden(1)", "It must say 'red apple pie' and 12."])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("red apple pie", 0.0),  # all of it stands in one place
        ("apple pie red", 3.0),  # two pieces
        ("red quince", 6.0),  # a word nobody has shown: a bit a letter
        ("red gooseberries", 8.0),  # at most 8
        (12, 0.0),
        (98765, 10.0),  # at most 10
        (1023, 3.0),  # a number that everybody uses
        (404, 3.0),
        (2024, 5.0),
        (15000, 5.0),  # what is before the zeros, and that there are some
        ([3, 4, 5, 6, 7], 2.0),  # the first
        ([20, 30, 40, 50], pytest.approx(2.6 + 3.0, abs=0.1)),  # the first two
        ("RED", 0.0),  # a piece in other letters
        ("RED quince", 6.0),
        ("applePie", 0.0),
        (["red\nquince"], 6.0),  # no `nquince`
        (b"quince", 6.0),
        (12.0, 0.0),  # a number in another form
        ([12.0, "red"], 3.0),
        (12.5, 9.0),
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


@pytest.mark.parametrize("text", ["f(0xBC53)", "f(48_211)", "f(4.8211e4)", "f('48211.0')", "f(1, [48211])"])
def test_a_number_that_a_test_shows_in_any_form_is_no_secret(text: str) -> None:
    """A number that a test shows in any form can be copied."""
    assert bits([Forger([text, *PYTHON.spoken(text)]).secret(48211)]) == 0.0


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("f(48211)", "48,211"),
        ("f(48211)", "48 211"),
        ("f(7548211.5)", "7,548,211.50"),
        ("f('7.548.211')", 7548211),
        ("f('48,211.50')", 48211.5),
        ("f(0.4821)", "48.21%"),
        ("f('48.21%')", 0.4821),
        ("f(0.48213)", "48.2 %"),
        ("f(48211.23456)", 48211.23),
        ("f(48211.23456)", "48,211.23"),
        ("f(48211.23756)", [48211.238, 48211.24]),
        ("f(48211.99)", 48212),
        ("f('2023-10-05')", "05/10/2023"),
        ("f('2023-10-05')", "10/5/2023"),
        ("f('2023-10-05')", "20231005"),
        ("f(2023, 7, 5)", "5.7.2023"),
        ("f('05.10.2023')", "2023-10-05"),
        ("f('5.7.2023')", "2023-07-05"),
        ("f('2023.10.05')", "05/10/2023"),
        ("f('20231005')", "2023-10-05"),
        ("f()", 3.141592653589793),
        ("f()", 2.718),
        ("f()", "0.3333"),
        ("f('quinceHTMLMarzipan')", "quince html marzipan"),
    ],
)
def test_what_is_one_step_from_what_is_shown_is_no_guess(text: str, value: object) -> None:
    """It is a known piece, and at most put together."""
    assert not Forger([text, *PYTHON.spoken(text)]).secret(value).unseen


@pytest.mark.parametrize(
    ("text", "value", "expected"),
    [
        ("f(48211)", "48,212", 5.6 + 7.7),
        ("f(48211)", [48, 211], 0.0),  # as it is written
        ("f(48211)", "48 plums, 211 figs", 5.6 + 5 + 7.7 + 4),
        ("f(48211)", 482, 8.9),  # rounding takes digits behind the point alone
        ("f(48211.23456)", 48211.27, 10.0),
        ("f('20-10-05')", "05/10/20", 6.0),  # no year
        ("f()", 34, 5.1),
        ("f()", 3.16, 9.0),
    ],
)
def test_what_is_further_away_is(text: str, value: object, expected: float) -> None:
    """As far as we see."""
    assert bits([Forger([text, *PYTHON.spoken(text)]).secret(value)]) == pytest.approx(expected, abs=0.1)


@pytest.mark.parametrize("exponent", ["9" * 18, "9" * 30, "-" + "9" * 30])
def test_a_number_beyond_all_numbers_is_read_as_any_word(exponent: str) -> None:
    """What tests or old code say may look like a number that there is not."""
    assert bits([Forger([f"f() gives 1.5e{exponent} and 12"]).secret("12.0")]) == 0.0


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


def test_words_that_the_repository_has_in_a_row_are_one_guess() -> None:
    """Words that the repository has in a row are one guess."""
    value = "marzipan is not a fruit"
    assert bits([SEEN.secret(value)]) > 16.0

    assert bits([Forger([], "# Marzipan is not a fruit.", [value]).secret(value)]) == 8.0


def test_only_what_is_sent_counts_of_an_object() -> None:
    """Only what is sent counts of an object."""
    assert bits([SEEN.secret(("quince", "marzipan"), {"quince"})]) == 6.0


class Farsighted(Forger):
    """One for whom no number is near another."""

    def _near(self, tokens: Sequence[str]) -> Iterator[str]:
        return iter(())


NUMBERS = ("290", "262", "251", "448", "2", "0.2", "48.211", "48211", "48,211", "4", "red", "0.48", "2023-07-05")


@pytest.mark.parametrize("seed", range(200))
def test_a_number_that_is_near_counts_no_more_than_one_that_is_not(seed: int) -> None:
    """It is no piece of its own, and takes none apart."""
    rng = random.Random(seed)
    text, value, row = (" ".join(rng.choices(NUMBERS, k=rng.randrange(1, 9))) for _ in range(3))
    assert bits([Forger([text], row, [value]).secret(value)]) <= bits([Farsighted([text], row, [value]).secret(value)])


def test_a_near_number_stays_in_a_row_that_the_repository_has() -> None:
    """Such a row is one guess."""
    value, row = "quince 48211 marzipan", "a quince, 48211 marzipan"
    assert bits([Forger(["f(48.211)"], row, [value]).secret(value)]) == 8.0
