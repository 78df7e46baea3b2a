"""What a hostile box sends of compared values: nothing it writes is more than it is, and none of it costs much."""

from __future__ import annotations

import json

import pytest

from boxscore.protocols.blind.observations import MAX_LINES, Expected, as_expected, is_right, read_observations

EXPECTED = Expected(number=0, path="t.py", line=3, source="5393", comparisons=1)
DEEP = b'[0,"is",' + b'{"l":[' * 50_000 + b"]}" * 50_000 + b"]\n"
COLLIDING = {"s": [{"i": str(number * (2**61 - 1))} for number in range(1800)]}


def line(value: object, how: str = "is", number: int = 0) -> bytes:
    return json.dumps([number, how, value]).encode() + b"\n"


@pytest.mark.parametrize(
    ("data", "right"),
    [
        (line({"i": "5393"}), True),
        (line({"i": "5393"}) + line({"i": "5393"}), True),
        (line({"i": "5393"}) + line({"i": "5394"}), False),
        (line({"i": "5393"}) + line("eq", "misused"), False),
        (line({"i": "5393"}, "otherwise"), False),
        (line({"i": "5393"}, number=1), False),
        (line({"i": "9" * 5000}), False),
        (line({"f": "nan"}), False),
        (line({"!": 1}), False),
        (line({"o": "decimal.Decimal", "v": {"l": [{"l": ["5393"]}]}}), False),
        (line({"k": "int", "v": {"i": "5393"}}), False),
        (line([1]), False),
        (line({}), False),
        (line(COLLIDING), False),
        (b"", False),
    ],
)
def test_only_what_was_compared_and_equal_is_right(data: bytes, *, right: bool) -> None:
    found = read_observations(data)

    assert is_right(EXPECTED, found) is right
    assert found.whole
    assert bool(as_expected([EXPECTED], found)) is not right


@pytest.mark.parametrize(
    "data", [b"{{{\n", b"\xff\xfe\n", b"null\n", b'[0,"is"]\n', b'["0","is",1]\n', b'[0,"by",1]\n', DEEP]
)
def test_lines_that_are_none_leave_nothing_to_be_believed(data: bytes) -> None:
    found = read_observations(line({"i": "5393"}) + data)

    assert not found.whole
    assert as_expected([EXPECTED], found) == "what was sent of the values that tests compare cannot be read"


def test_too_many_lines_are_not_read() -> None:
    assert not read_observations(b'[0,"is",null]\n' * (MAX_LINES + 1)).whole
