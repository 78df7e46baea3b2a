"""What a blinded run sends is read strictly, whatever stands there."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxscore.protocols.blind.evidence import BlindTests, Expectation, weigh
from boxscore.protocols.blind.observations import OwnObject, Way, read_observations

TAGS = ("i", "f", "b", "u", "c", "l", "t", "s", "z", "d", "k", "o", "v", "!")
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(TAGS) | st.text(), inner, max_size=3),
)
EXPECTED = BlindTests(
    hidden=tuple(
        Expectation(number=number, path="t.py", line=1, source=source, sent=sent)
        for number, (source, sent) in enumerate(
            [
                ("{1: 'x'}", ('[0, "is", {"d": [[{"i": "1"}, "x"]]}]',)),
                ("'x'", ('[1, "in", "xyz"]',)),
                ("T(1)", ('[2, "is", {"o": "T", "v": null}]', "no line")),
                ("(", ()),
            ]
        )
    )
)


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
        ({"u": "61eda080"}, "a\ud800"),
        ({"t": [{"i": "1"}]}, (1,)),
        ({"s": [{"i": "1"}]}, {1}),
        ({"z": [{"i": "1"}]}, frozenset({1})),
        ({"d": [["a", {"i": "1"}]]}, {"a": 1}),
        ({"k": "m.C", "v": "x"}, "x"),
        ({"o": "m.C", "v": ["f", {"l": []}, None, None]}, OwnObject("m.C", ("f", [], None, None))),
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


def test_what_was_sent_before_is_read_once() -> None:
    """What was sent before is read once."""
    assert len(read_observations(b'[1, "is", "x"]\n[1, "is", "y"]\n[1, "is", "x"]\n').seen[1]) == 2


def test_a_long_line_is_none() -> None:
    """A long line is none."""
    found = read_observations(b'[1, "is", "' + b"x" * 70_000 + b'"]\n[2, "is", "x"]\n')
    assert (found.whole, set(found.seen)) == (False, {2})


def test_more_values_than_anybody_compares_are_not_read() -> None:
    """More values than anybody compares are not read."""
    line = '[%d, "is", {"l": [' + ",".join(["true"] * 13_000) + "]}]\n"
    assert not read_observations("".join(line % number for number in range(200)).encode()).whole


@pytest.mark.parametrize("tag", ["s", "z", "d"])
def test_keys_that_were_made_to_collide_are_unreadable(tag: str) -> None:
    """Keys that were made to collide are unreadable: looking them up takes the square of their number."""
    keys = [{"i": str(number * (2**61 - 1))} for number in range(1_000)]
    assert value_of({tag: [[key, None] for key in keys] if tag == "d" else keys}) == "unreadable"


@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from([*map(str, Way), "else"]), JSON)))
def test_whatever_is_sent_is_weighed(lines: list[tuple[int, str, object]]) -> None:
    """Whatever is sent is weighed, and raises nothing."""
    data = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    assert weigh(EXPECTED, read_observations(data)).bits == 0.0


@given(st.binary() | st.lists(st.sampled_from([b"[", b"]", b'"', b"{", b"}", b"0,", b'"is",', b"\n"])).map(b"".join))
def test_any_bytes_are_read(data: bytes) -> None:
    """Any bytes are read, and raise nothing."""
    weigh(EXPECTED, read_observations(data))
