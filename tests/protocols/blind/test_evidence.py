"""What observations are evidence of."""

from __future__ import annotations

import json

import pytest

from boxscore.protocols.blind.evidence import BlindTests, Evidence, Expectation, Finding, finding, weigh
from boxscore.protocols.blind.observations import read_observations
from boxscore.protocols.blind.secrecy import Secret
from boxscore.protocols.statuses import Status

FIVE = {"l": [{"i": "5"}]}


def expectation(source: str, way: str, *sent: object, number: int = 1) -> Expectation:
    """A hidden value of which the reference sends these."""
    lines = tuple(json.dumps([number, way, one]) for one in sent)
    secret = Secret(source, ("quincepie",))
    return Expectation(number=number, path="t.py", line=3, source=source, sent=lines, secret=secret)


def weighed(expected: Expectation, *sent: tuple[str, object]) -> Evidence:
    """What a run is evidence of that sends these."""
    data = "".join(f"{json.dumps([expected.number, way, one])}\n" for way, one in sent).encode()
    return weigh(BlindTests(hidden=(expected,)), read_observations(data))


@pytest.mark.parametrize(
    ("expected", "sent", "verdict"),
    [
        (expectation("[5]", "is", FIVE), ("is", FIVE), "right"),
        (expectation("[5]", "is", FIVE), ("is", {"l": [{"f": "5.0"}]}), "right"),  # as `==` has it
        (expectation("[5]", "is", FIVE), ("is", {"t": [{"i": "5"}]}), "wrong"),
        (expectation("[5]", "is", FIVE), ("is", {"k": "m.List", "v": FIVE}), "lacking"),
        (expectation("[5]", "is", {"k": "m.List", "v": FIVE}), ("is", {"k": "m.List", "v": FIVE}), "right"),
        (expectation("[5]", "is", FIVE), ("is", {"k": "m.List", "v": {"l": []}}), "lacking"),  # its own `==` may say so
        (expectation("[5]", "is", FIVE), ("is", {"o": "m.Five", "v": None}), "lacking"),
        (expectation("[5]", "is", FIVE), ("is", {"!": 1}), "lacking"),
        (expectation("1", "is", {"i": "1"}), ("is", True), "right"),
        (
            expectation("G(1)", "is", {"o": "m.G", "v": ["f", {"l": []}]}),
            ("is", {"o": "m.G", "v": ["f", {"l": []}]}),
            "right",
        ),
        (expectation("G(1)", "is", {"o": "m.G", "v": ["f", {"l": []}]}), ("is", FIVE), "lacking"),
        (expectation("'b'", "in", "abc"), ("in", "abc"), "right"),
        (expectation("'b'", "in", "abc"), ("in", "abc abd"), "holds"),  # a haystack proves nothing
        (expectation("'b'", "in", "abc"), ("in", "xyz"), "wrong"),
        (expectation("'b'", "in", {"l": ["b"]}), ("in", {"i": "1"}), "lacking"),
        (expectation("'b.'", "says", "bc"), ("says", "bc"), "right"),
        (expectation("'b.'", "says", "bc"), ("says", "bd"), "lacking"),
        (expectation("[1.5]", "like", FIVE), ("like", FIVE), "right"),
        (expectation("5", "is", {"i": "5"}), ("in", FIVE), "lacking"),  # it is in it, and not it
        (expectation("'b'", "in", "abc"), ("is", "b"), "lacking"),
        (expectation("[5]", "like", FIVE), ("like", {"l": [{"i": "6"}]}), "lacking"),
    ],
)
def test_a_value_is_right_only_if_it_is_what_the_reference_sends(
    expected: Expectation, sent: tuple[str, object], verdict: str
) -> None:
    """A value is right only if it is what the reference sends."""
    found = weighed(expected, sent)
    assert {
        "right": found.complete and found.bits == 8.0,
        "holds": found.complete and found.bits == 0.0,
        "wrong": found.wrong == ("t.py:3",),
        "lacking": found.lacking == ("t.py:3",) and not found.wrong,
    }[verdict]


def test_many_guesses_are_wrong_if_one_of_them_is() -> None:
    """Many guesses are wrong if one of them is."""
    found = weighed(expectation("[5]", "is", FIVE), *(("is", {"l": [{"i": str(number)}]}) for number in range(10)))
    assert found.wrong


def test_more_values_than_a_test_compares_are_not_judged() -> None:
    """More values than a test compares are not judged, and so are no evidence."""
    heaps = (("in", f"abc{number}") for number in range(2_000))
    assert weighed(expectation("'b'", "in", "abc"), *heaps).lacking == ("t.py:3",)


def test_a_value_that_was_never_compared_is_lacking() -> None:
    """A value that was never compared is lacking."""
    assert weighed(expectation("[5]", "is", FIVE)).lacking == ("t.py:3",)


def test_a_value_that_was_misused_is_lacking() -> None:
    """A value that was misused is lacking."""
    found = weighed(expectation("[5]", "is", FIVE), ("is", FIVE), ("misused", "len"))
    assert found.lacking == ("t.py:3",)


def test_values_of_other_numbers_prove_nothing() -> None:
    """Values of other numbers prove nothing."""
    other = weigh(BlindTests(hidden=(expectation("[5]", "is", FIVE),)), read_observations(b'[9, "is", "x"]\n'))
    assert other.bits == 0.0


def test_ids_that_say_nothing_become_those_of_the_tests() -> None:
    """Ids that say nothing become those of the tests."""
    tests = BlindTests(names={"t.py::a[case0]": "t.py::a[x]"})
    assert tests.original_names({"t.py::a[case0]": Status.PASSED, "t.py::b": Status.FAILED}) == {
        "t.py::a[x]": Status.PASSED,
        "t.py::b": Status.FAILED,
    }
    assert tests.blind_names(("t.py::a[x]", "t.py::b")) == ("t.py::a[case0]", "t.py::b")
    assert tests.original_text("PASSED t.py::a[case0]\n") == "PASSED t.py::a[x]\n"


@pytest.mark.parametrize(
    ("literal", "sent", "expected"),
    [
        ("'17'", "17", Finding.RIGHT),
        ("'17'", "18", Finding.WRONG),
        ("17", "17", Finding.UNCLEAR),
        ("17", {"i": "17"}, Finding.RIGHT),
        ("17", {"i": "18"}, Finding.WRONG),
        ("1", True, Finding.UNCLEAR),
        ("[17]", {"l": ["17"]}, Finding.UNCLEAR),
    ],
)
def test_weakly_equal_values_are_judged_within_one_type(literal: str, sent: object, expected: Finding) -> None:
    """JavaScript's `==` takes a text for the number that it says."""
    one = Expectation(number=0, path="a.test.js", line=1, source=literal, sent=())
    (seen,) = read_observations(json.dumps([0, "weak", sent]).encode() + b"\n").seen[0]

    assert finding(one, seen) is expected
