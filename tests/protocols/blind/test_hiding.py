"""Which values of test files can be hidden, which count as checked, and what a hostile box may send of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.blind.hiding import TestFile
from boxscore.protocols.blind.learn import BlindRun, BlindTests, Learner, Suite
from boxscore.protocols.blind.observations import MAX_LINES, Expected, as_expected, is_right, read_observations
from boxscore.protocols.blind.words import readable_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.protocols.blind.learn import Files


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


TESTS = """
def test_words():
    assert f(1) == "quince marzipan"


def test_number():
    assert f(2) == 271828
    assert f(3) == 7
    assert f(4) is None
"""
WITHIN = {"t.py": {((), "test_words"), ((), "test_number")}}
RIGHT = "{1: 'quince marzipan', 2: 271828, 3: 7, 4: None}.get"
OLD = "lambda x: None"


class Here:
    def __init__(self, folder: Path, tests: str = TESTS) -> None:
        self.place, self.tests, self.runs = folder / "sent", tests, 0

    def learn(self, *, old: str = OLD, told: str = "", reference: str = RIGHT) -> BlindTests:
        learner = Learner(Suite(files={"t.py": self.tests}, within=WITHIN, place=str(self.place)))
        standing = {words for words in learner.words if words in readable_in(told)}
        return learner.learn(standing, self._run(reference), (self._run(old),))[0]

    def _run(self, function: str) -> Callable[[Files], BlindRun]:
        def run(files: Files) -> BlindRun:
            self.runs += 1
            self.place.unlink(missing_ok=True)
            scope: dict[str, object] = {}
            exec(f"f = {function}\n{dict(files).get('t.py', self.tests)}", scope)
            passed = True
            for name in ("test_words", "test_number"):
                try:
                    scope[name]()  # type: ignore[operator]
                except Exception:  # noqa: BLE001 - whatever a program raises
                    passed = False
            sent = self.place.read_bytes() if self.place.exists() else b""
            return BlindRun(passed=passed, observations=read_observations(sent))

        return run


def test_values_that_nobody_can_read_are_hidden(tmp_path: Path) -> None:
    here = Here(tmp_path)

    found = here.learn()

    assert [one.source for one in found.hidden] == ['"quince marzipan"', "271828"]
    assert (found.checked, found.expected) == (2, 4)
    ((_, text),) = found.files
    assert not any(word in text for word in ("quince", "271828"))
    assert here.runs == 2


@pytest.mark.parametrize(
    ("options", "hidden"),
    [
        ({"told": "It gives Quince, marzipan!"}, ["271828"]),
        ({"told": "quince and marzipan"}, ['"quince marzipan"', "271828"]),
        ({"old": "lambda x: 271828"}, ['"quince marzipan"']),
        ({"old": "lambda x: f(x) if x == 1 else x / 0"}, ['"quince marzipan"', "271828"]),
        ({"told": "271828", "old": "lambda x: 'quince marzipan'"}, []),
        ({"reference": RIGHT.replace("271828", "1")}, []),
        ({"reference": "lambda x: x / 0"}, []),
    ],
)
def test_a_value_counts_if_it_can_be_had_nowhere(options: dict[str, str], hidden: list[str], tmp_path: Path) -> None:
    found = Here(tmp_path).learn(**options)

    assert [one.source for one in found.hidden] == hidden
    assert bool(found.reason) is not bool(hidden)


@pytest.mark.parametrize(
    "more",
    ["# it is 271828", '"""It gives 271828."""', "def test_other():\n    assert f(2) != 271828", "CASES = [271828]"],
)
def test_what_else_stands_in_the_tests_can_be_read(more: str, tmp_path: Path) -> None:
    found = Here(tmp_path, f"{TESTS}\n{more}\n").learn()

    assert [one.source for one in found.hidden] == ['"quince marzipan"']


@pytest.mark.parametrize(
    ("value", "standing"),
    [
        ("'first\\nsecond'", "CASES = ['first\\nsecond']"),
        ("'''first\nsecond'''", "CASES = ['first\\nsecond']"),
        ("'\\x1b[1mfirst\\x1b[0m'", "CASES = ['\\x1b[1mfirst\\x1b[0m']"),
        ("'Äpfel und Öl'", "CASES = ['\\u00c4PFEL UND \\u00d6L']"),
        ("27.50", "CASES = [27.50]"),
        ("27_500", "CASES = [27_500]"),
        ("0x2f5b", "CASES = [0x2f5b]"),
        ("27e5", "CASES = [27e5]"),
        ("65536", ""),  # which stands in what is written into the file
        ("27 * 31", ""),  # which is not the value itself
    ],
)
def test_a_value_that_can_be_read_in_its_own_notation_is_not_hidden(value: str, standing: str, tmp_path: Path) -> None:
    tests = f"def test_words():\n    assert f(3) == {value}\n\ndef test_number():\n    assert f(1) == 271828\n"
    reference = f"lambda x: 271828 if x == 1 else {value}"

    found = Here(tmp_path, f"{tests}\n{standing}\n").learn(reference=reference)

    assert [one.source for one in found.hidden] == ["271828"]
