"""What a blinded run sends is read strictly, whatever stands there."""

from __future__ import annotations

import json

import pytest

from boxscore.protocols.patch.blind.observations import Instance, Way, read_observations


def value_of(sent: object) -> object:
    """What is read of one value."""
    (seen,) = read_observations(f"{json.dumps([7, 'is', sent])}\n".encode()).seen[7]
    return seen.value if seen.readable else "unreadable"


@pytest.mark.parametrize(
    ("sent", "value"),
    [
        (None, None),
        (True, True),
        ("x", "x"),
        ({"i": "-12"}, -12),
        ({"f": "0.5"}, 0.5),
        ({"b": "00ff"}, b"\x00\xff"),
        ({"c": ["1.0", "2.0"]}, 1 + 2j),
        ({"l": [{"i": "1"}, "a"]}, [1, "a"]),
        ({"t": [{"i": "1"}]}, (1,)),
        ({"s": [{"i": "1"}]}, {1}),
        ({"z": [{"i": "1"}]}, frozenset({1})),
        ({"d": [["a", {"i": "1"}]]}, {"a": 1}),
        ({"k": "m.C", "v": "x"}, "x"),
        ({"o": "m.C", "v": ["f", {"l": []}, None, None]}, Instance("m.C", ("f", [], None, None))),
    ],
)
def test_values_are_read_as_they_were_sent(sent: object, value: object) -> None:
    """Values are read as they were sent."""
    assert value_of(sent) == value


@pytest.mark.parametrize(
    "sent",
    [
        1,
        [],
        {},
        {"!": 1},
        {"i": "1" * 5000},
        {"i": 1},
        {"b": "zz"},
        {"s": [{"l": []}]},
        {"d": [[{"l": []}, "x"]]},
        {"d": "x"},
        {"x": "x"},
        {"k": "C"},
        {"o": "C", "v": 3},
        {"c": ["1"]},
    ],
)
def test_what_is_no_value_is_unreadable(sent: object) -> None:
    """What is no value is unreadable."""
    assert value_of(sent) == "unreadable"


def test_a_deep_value_is_unreadable() -> None:
    """A deep value is unreadable."""
    sent: object = "x"
    for _ in range(100):
        sent = {"l": [sent]}
    assert value_of(sent) == "unreadable"


def test_lines_that_are_none_are_told() -> None:
    """Lines that are none are told."""
    found = read_observations(b'[1, "is", "x"]\nnonsense\n[1, "in"]\n\xff\n[2, "is", "y"]')
    assert not found.whole
    assert set(found.seen) == {1}  # the last line has no end


def test_a_misused_value_is_told() -> None:
    """A misused value is told."""
    assert read_observations(b'[3, "misused", "len"]\n').misused == {3}


def test_the_way_is_kept() -> None:
    """The way is kept."""
    (seen,) = read_observations(b'[1, "says", "x"]\n').seen[1]
    assert seen.way is Way.SAYS
