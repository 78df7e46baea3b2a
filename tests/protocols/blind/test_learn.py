"""Which values count as checked outside of the box: those that nobody can read, and that the old code does not give."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.blind.learn import BlindRun, Learned, Learner, Suite
from boxscore.protocols.blind.observations import read_observations
from boxscore.protocols.blind.words import readable_in

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.protocols.blind.learn import Files

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

    def learn(self, *, old: str = OLD, told: str = "", reference: str = RIGHT) -> Learned:
        learner = Learner(Suite(files={"t.py": self.tests}, within=WITHIN, place=str(self.place)))
        standing = {words for words in learner.words if words in readable_in(told)}
        return learner.learn(standing, self._run(reference), (self._run(old),))

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

    found = here.learn().tests

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
    found = Here(tmp_path).learn(**options).tests

    assert [one.source for one in found.hidden] == hidden
    assert bool(found.reason) is not bool(hidden)


@pytest.mark.parametrize(
    "more",
    ["# it is 271828", '"""It gives 271828."""', "def test_other():\n    assert f(2) != 271828", "CASES = [271828]"],
)
def test_what_else_stands_in_the_tests_can_be_read(more: str, tmp_path: Path) -> None:
    found = Here(tmp_path, f"{TESTS}\n{more}\n").learn().tests

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

    found = Here(tmp_path, f"{tests}\n{standing}\n").learn(reference=reference).tests

    assert [one.source for one in found.hidden] == ["271828"]
