"""What comparisons send that stand for those with a hidden value."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.blind.files import PythonFile
from boxscore.protocols.blind.observations import read_observations

if TYPE_CHECKING:
    from pathlib import Path

SAID = """
    import unittest, warnings
    def say(*words):
        for word in words:
            warnings.warn(word, UserWarning)
    def one(): return 1
    def here(): return {"a": 1}
    def fail(word):
        raise ValueError(word)
    class Case(unittest.TestCase):
        def assertWarnsMessage(self, *arguments, **named): raise NotImplementedError
    self = Case("__init__")
    class pytest:
        def warns(kind, match=None): raise NotImplementedError
    def assert_raise_message(kind, message, function, *arguments): raise NotImplementedError
    class Lines:
        lines = ["1 passed in 0.12s", "b"]
        def fnmatch_lines(self, lines): raise NotImplementedError
    class Answer:
        content = b"<p>"
        def assertContains(self, answer, text): raise NotImplementedError
"""


def sent(test: str, folder: Path) -> list[tuple[str, object]]:
    """Run a test with all that can be hidden hidden, and read what it sent."""
    place = folder / "sent"
    file = PythonFile("t.py", textwrap.dedent(SAID) + textwrap.dedent(test), 0)
    scope: dict[str, object] = {}
    exec(file.rewrite({one.number for one in file.hidden}, str(place)), scope)
    scope["test"]()  # type: ignore[operator]
    seen = read_observations(place.read_bytes()).seen
    return [(one.way.value, one.value) for number in sorted(seen) for one in seen[number]]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("with pytest.warns(UserWarning, match='no'): say('a', 'b')", ("says", ["a", "b"])),
        ("with self.assertWarnsMessage(UserWarning, 'no'): say('a')", ("says", ["a"])),
        ("self.assertWarnsRegex(UserWarning, 'no', say, 'a')", ("says", ["a"])),
        ("assert_raise_message(ValueError, 'no', fail, 'a')", ("says", "a")),
        ("Lines().fnmatch_lines(['*no*'])", ("like", ["1 passed in ", "b"])),
        ("self.assertEqual(one(), 'no', 'not no')", ("is", 1)),
        ("self.assertIn('no', here().keys())", ("in", ["a"])),
        ("Answer().assertContains(Answer(), 'no')", ("like", "<p>")),
    ],
)
def test_a_comparison_sends_the_other_side(body: str, expected: tuple[str, object], tmp_path: Path) -> None:
    """A comparison sends the other side."""
    assert sent(f"def test():\n    {body}\n", tmp_path) == [expected]


def test_a_warning_that_does_not_come_fails_the_test(tmp_path: Path) -> None:
    """A warning that does not come fails the test."""
    with pytest.raises(AssertionError, match="no such warning"):
        sent("def test():\n    with pytest.warns(UserWarning, match='no'): pass\n", tmp_path)


def test_an_answer_that_cannot_be_read_is_no_value(tmp_path: Path) -> None:
    """An answer that cannot be read is no value."""
    assert sent("def test(): Answer().assertContains(one(), 'no')\n", tmp_path) == [("like", None)]
    assert b'{"!": 1}' in (tmp_path / "sent").read_bytes()


def test_sets_are_sent_in_one_order(tmp_path: Path) -> None:
    """Sets are sent in one order, as two runs would have them in two."""
    sent("def both(): return [{'b', 'a', 'c'}, frozenset('cab')]\ndef test(): assert both() == 'no'\n", tmp_path)
    assert (tmp_path / "sent").read_text() == '[0, "is", {"l": [{"s": ["a", "b", "c"]}, {"z": ["a", "b", "c"]}]}]\n'


def test_a_helper_hands_what_is_hidden_on(tmp_path: Path) -> None:
    """A helper hands what is hidden on."""
    helpers = "def outer(a, b): inner(a, b)\ndef inner(a, b): assert a == b, f'not {b}'\n"
    assert sent(f"{helpers}def test(): outer(one(), 'x')\n", tmp_path) == [("is", 1)]


def test_an_attribute_of_the_test_is_hidden(tmp_path: Path) -> None:
    """An attribute of the test is hidden."""
    source = "class T:\n    want = 'x'\n    def check(self): assert one() == self.want\ndef test(): T().check()\n"
    assert sent(source, tmp_path) == [("is", 1)]


def test_arrays_are_sent_by_what_they_hold(tmp_path: Path) -> None:
    """Arrays and scalars of numpy are sent by what they hold, however they hold it."""
    pytest.importorskip("numpy", reason="no numpy in this Python")
    made = "import numpy as np\ndef one(): return np.arange(6, dtype='int32').reshape(2, 3)[:, ::-1][:, :2]\n"
    made += "def two(): return np.int64(7)\n"
    found = sent(f"{made}def test():\n    assert one() == 'quince'\n    assert two() == 7\n", tmp_path)

    assert [str(value) for _, value in found] == [
        "OwnObject(name='numpy.ndarray', state=('array', 'int32', [2, 2], [[2, 1], [5, 4]]))",
        "7",
    ]


def test_dates_and_times_are_sent_by_what_they_say(tmp_path: Path) -> None:
    """Dates and times are sent by what they say, whatever a class of their own says of them."""
    made = "from datetime import date, datetime, time, timezone\n"
    made += "class Lying(datetime):\n    year = property(lambda self: 1999)\n"
    values = ["Lying(2070, 12, 31, 8)", "date(2069, 1, 2)", "time(8, 49, 37)", "datetime(1, 1, 1, tzinfo=timezone.utc)"]
    made += "def give(value): return value\n"
    body = "".join(f"    assert give({value}) == 'quince {value}'\n" for value in values)
    lying, day, hour, aware = (value for _, value in sent(f"{made}def test():\n{body}", tmp_path))

    assert lying.state == ("moment", 2070, 12, 31, 8, 0, 0, 0, None)  # type: ignore[attr-defined]
    assert lying.name.endswith("Lying")  # type: ignore[attr-defined]
    assert day.state == ("moment", 2069, 1, 2)  # type: ignore[attr-defined]
    assert hour.state == ("moment", 8, 49, 37, 0, None)  # type: ignore[attr-defined]
    assert aware.state[-1].name == "datetime.timezone"  # type: ignore[attr-defined]
