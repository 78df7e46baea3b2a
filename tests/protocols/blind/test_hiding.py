"""Which values of test files can be hidden, what is left without them, and what a hostile box may send of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.blind.hiding import TestFile
from boxscore.protocols.blind.observations import MAX_LINES, Expected, as_expected, is_right, read_observations

if TYPE_CHECKING:
    from pathlib import Path


METHOD = ((), "test")


def hidden(body: str) -> list[str]:
    lines = "\n".join(f"    {line}" for line in body.split("\n"))
    return [one.source for one in TestFile("t.py", f"def test(self):\n{lines}\n", 0, {METHOD}).hidden]


@pytest.mark.parametrize(
    ("body", "values"),
    [
        ("assert f(1) == 42", ["42"]),
        ("assert 42 == f(1), 'no'", ["42"]),
        ("assert f(1) == [1, 'a'] and g(2) == {'a': 1}", ["[1, 'a']", "{'a': 1}"]),
        ("self.assertEqual(f(1), 'words')", ["'words'"]),
        ("self.assertEqual(f(1), Decimal('1.50'))", ["Decimal('1.50')"]),
        ("expected = 'some words'\nassert f(1) == expected\nassert g(1) == expected", ["'some words'"]),
        ("for x in (1, 2):\n    assert f(x) == 'both'", ["'both'"]),
        ("with open(x) as y:\n    assert f(y) == 'inside'", ["'inside'"]),
        ("assert f(1) != 42", []),
        ("assert f(1) == g(2)", []),
        ("assert 1 == 1", []),
        ("assert f(1) == x", []),
        ("assert f(1) in [42]", []),
        ("assert f(1) == Made(42)", []),
        ("assert f(1) == {**x}", []),
        ("self.assertAlmostEqual(f(1), 1.5)", []),
        ("self.assertEqual(*x, 42)", []),
        ("expected = 'words'\nprint(expected)\nassert f(1) == expected", []),
        ("expected = 'words'\nexpected = 'more'\nassert f(1) == expected", []),
        ("expected = 'words'\ndef inner():\n    nonlocal expected\n    expected = f(1)\nassert f(1) == expected", []),
        ("def inner():\n    assert f(1) == 42", []),
        ("g = lambda: self.assertEqual(f(1), 42)", []),
    ],
)
def test_values_at_comparisons_for_equality_are_hidden(body: str, values: list[str]) -> None:
    assert hidden(body) == values


SOURCE = '''"""Tests."""
from __future__ import annotations
import unittest

class T(unittest.TestCase):
    def test(self):
        expected = "a value nobody guesses"
        assert f(1) == expected
        self.assertEqual(f(2), "another one", "which is not so")
        assert (f(3)  ==
            31415)
'''
CHOSEN = {(("T",), "test")}


def sent(source: str, function: str, place: Path) -> list[list[object]]:
    scope: dict[str, object] = {"__name__": "t"}
    exec(f"f = {function}", scope)
    exec(compile(source, "t.py", "exec"), scope)
    scope["T"]("test").test()  # type: ignore[operator]
    return [json.loads(line) for line in place.read_text().splitlines()]


@pytest.mark.parametrize(
    ("value", "answer", "right"),
    [
        ("31415", "31415", True),
        ("31415", "31415.0", True),
        ("31415", "31416", False),
        ("'words'", "'words'", True),
        ("'words'", "b'words'", False),
        ("[1, (2, {3})]", "[1, (2, {3})]", True),
        ("[1, 2]", "(1, 2)", False),
        ("{'a': 1, 'b': 2}", "{'b': 2, 'a': 1}", True),
        ("{'a': 1}", "__import__('collections').Counter('a')", True),
        ("'words'", "type('T', (str,), {})('words')", False),
        ("'words'", "type('Any', (), {'__eq__': lambda *_: True, '__hash__': None})()", False),
        ("31415", "type('Any', (int,), {'__eq__': lambda *_: True, '__hash__': None})(1)", False),
        ("[[0]]", "(lambda x: x.append(x) or x)([])", False),
        ("'\\ud800'", "'\\ud800'", True),
    ],
)
def test_a_value_is_right_where_it_is_plain_and_equal(value: str, answer: str, *, right: bool, tmp_path: Path) -> None:
    place = tmp_path / "sent"
    source = f"import unittest\nclass T(unittest.TestCase):\n    def test(self):\n        assert f(1) == {value}\n"
    (one,) = TestFile("t.py", source, 0, CHOSEN).hidden
    sent(TestFile("t.py", source, 0, CHOSEN).without({0}, str(place)), f"lambda _: {answer}", place)

    expected = Expected(number=0, path="t.py", line=one.line, source=one.source, comparisons=1)

    assert is_right(expected, read_observations(place.read_bytes())) is right
    assert not is_right(expected, read_observations(b""))


@pytest.mark.parametrize("made", ["Decimal('2.50')", "date(2020, 1, 2)", "timedelta(3, 4)", "OrderedDict([(1, 2)])"])
def test_values_of_the_library_are_right_as_the_reference_sends_them(made: str, tmp_path: Path) -> None:
    place = tmp_path / "sent"
    imports = "from decimal import Decimal\nfrom datetime import date, timedelta\nfrom collections import OrderedDict\n"
    source = (
        f"import unittest\n{imports}class T(unittest.TestCase):\n    def test(self):\n        assert f(1) == {made}\n"
    )
    file = TestFile("t.py", source, 0, CHOSEN)
    (one,) = file.hidden
    sent(file.without({0}, str(place)), f"lambda _: {made}", place)
    lines = place.read_text().splitlines()

    expected = Expected(number=0, path="t.py", line=4, source=one.source, comparisons=1, sent=tuple(lines))

    assert is_right(expected, read_observations(place.read_bytes()))
    assert not is_right(expected, read_observations(b'[0,"is",{"i":"1"}]\n'))


OVERRIDDEN = "class T(unittest.TestCase):\n    def assertEqual(self, a, b, msg=None): assert round(a) == b\n"


def test_a_method_that_a_project_overrides_shows_nothing(tmp_path: Path) -> None:
    place = tmp_path / "sent"
    source = f"import unittest\n{OVERRIDDEN}    def test(self):\n        self.assertEqual(f(1), 31415)\n"
    file = TestFile("t.py", source, 0, CHOSEN)
    sent(file.without({0}, str(place)), "lambda _: 31415", place)

    expected = Expected(number=0, path="t.py", line=5, source="31415", comparisons=1)

    assert not is_right(expected, read_observations(place.read_bytes()))


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
