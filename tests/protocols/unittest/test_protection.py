"""What protects verdicts of tests beside programs, run in this process; and who is to blame for a lost box."""

from __future__ import annotations

import json
import random
import unittest
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.blind.learn import BlindTests
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.unittest import grader
from boxscore.protocols.unittest.grader import UnitGrader
from boxscore.protocols.unittest.protection import ProtectedTests, Protection, Runs
from boxscore.protocols.unittest.run import OBSERVATIONS, UnitRun
from boxscore.protocols.unittest.task import UnitStatus, UnittestTask
from boxscore.protocols.unittest.task import test_ids as ids_of
from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.unittest.protection import Judged
    from boxscore.records import Limits


WORDS = "quince marzipan gooseberry"
TESTS = f"""
def test_words(self):
    self.assertEqual(f(1), {WORDS!r})
def test_number(self):
    self.assertAlmostEqual(f(2), 27.18281, places=4)
def test_none(self):
    self.assertIsNone(f(3))
"""
RIGHT = f"def f(x): return {{1: {WORDS!r}, 2: 27.18281, 3: None}}[x]\n"
CLAIMS = "def test_a(self):\n    self.assertTrue(f(1))\n"
TRUE = "def f(x): return x > 0\n"


def judged(task: UnittestTask, program: str, here: Here, folder: Path) -> Judged:
    known = Protection(folder / "cache", "here", lambda: random.Random(3)).known(task, here.runs)
    return known.judge(program, known.look(program, here.runs), here.runs)


def test_right_values_are_verdict_and_proof_by_one_run(tmp_path: Path) -> None:
    task, here = task_of(TESTS, RIGHT), Here(tmp_path)
    judged(task, RIGHT, here, tmp_path)
    here.texts = {"plain": [], "blind": []}
    found = judged(task, RIGHT, here, tmp_path)

    assert (found.outcome, found.trust) == (Outcome.PASSED, Trust.BLIND)
    assert found.evidence.in_words == "1 of 3 expected values checked outside of the box"
    assert (len(here.texts["plain"]), len(here.texts["blind"])) == (0, 1)
    assert "quince" not in here.texts["blind"][0]


@pytest.mark.parametrize(
    ("program", "failing"),
    [
        (RIGHT.replace("quince", "quinces"), "TestCases.test_words"),
        (RIGHT.replace("27.18281", "27.183"), "TestCases.test_number"),
        (RIGHT.replace("3: None", "3: 0"), "TestCases.test_none"),
    ],
)
def test_a_wrong_value_fails_its_test_alone(program: str, failing: str, tmp_path: Path) -> None:
    found = judged(task_of(TESTS, RIGHT), program, Here(tmp_path), tmp_path)

    assert found.outcome is Outcome.WRONG
    assert [test for test, status in found.ran.statuses.items() if status != "passed"] == [failing]
    assert failing in found.reason


LAZY = """
class Lazy:
    def __init__(self, items): self.items, self.reads = items, 0
    def __len__(self): return len(self.items)
    def __getitem__(self, at):
        self.reads += 1
        return self.items[at]
    def __eq__(self, other): return [self[at] for at in range(len(self))] == list(other)
    __hash__ = None
"""
OVERRIDES = """
import unittest
unittest.TestCase.assertAlmostEqual = lambda self, a, b, places=7, msg=None: self.assertTrue(abs(a - b) < 10 ** -places)
"""
GIVES = "def f(x): return {1: T(), 2: 27.18281, 3: None}[x]\n"
TOLERANT = """
class N(float):
    def __eq__(self, other): return abs(float(self) - other) < 1
    __hash__ = None
def f(x): return N(271828.3)
"""
COUNTS = """
def test(self):
    found = f(1)
    self.assertEqual(found, [3117, 2204, 5881])
    self.assertEqual(found[1], 2204)
    self.assertGreaterEqual(found.reads, 1)
"""
TRIES = """
def test(self):
    for _ in range(9):
        try:
            self.assertEqual(f(1), 48211)
            return
        except AssertionError:
            pass
    self.fail()
"""
HONEST = {  # honest, unusual, right programs of several reviews: tests and a program
    "a text of its own class": (TESTS, f"class T(str):\n    pass\n{RIGHT.replace(repr(WORDS), f'T({WORDS!r})')}"),
    "UserString": (
        TESTS,
        f"from collections import UserString\n{RIGHT.replace(repr(WORDS), f'UserString({WORDS!r})')}",
    ),
    "its own equality": (
        TESTS,
        f"class T:\n    def __eq__(self, other): return other == {WORDS!r}\n    __hash__ = None\n{GIVES}",
    ),
    "a tolerant equality": (
        "def test(self):\n    self.assertEqual(f(1), 271828)\n",
        TOLERANT,
    ),
    "a fraction": (TESTS, RIGHT.replace("27.18281", "__import__('fractions').Fraction('27.18281')")),
    "a number of its own class": (TESTS, f"class N(float):\n    pass\n{RIGHT.replace('27.18281', 'N(27.18281)')}"),
    "state": (TESTS, f"calls = []\n{RIGHT.replace('return', 'calls.append(x); return')}"),
    "a lazy sequence that counts its reads": (
        COUNTS,
        f"{LAZY}def f(x): return Lazy([3117, 2204, 5881])\n",
    ),
    "a generator that is read once": (
        "def test(self):\n    self.assertEqual(list(f(1)), [3117, 2204, 5881])\n",
        "def f(x): yield from [3117, 2204, 5881]\n",
    ),
    "an overridden assertAlmostEqual": (TESTS, OVERRIDES + RIGHT),
    "a program with tests of its own": (
        TESTS,
        f"import unittest\nclass Own(unittest.TestCase):\n    def test(self): pass\n{RIGHT}",
    ),
    "an assertion that is not reached": (
        "def test(self):\n    if (got := f(1)) != 48211:\n        self.assertEqual(got, 99213)\n",
        "def f(x): return 99213\n",
    ),
    "a comparison that is tried again": (
        TRIES,
        "n = [0]\ndef f(x):\n    n[0] += 1\n    return 48211 if n[0] > 3 else n[0]\n",
    ),
}


@pytest.mark.parametrize("name", HONEST)
def test_no_honest_program_is_failed(name: str, tmp_path: Path) -> None:
    tests, program = HONEST[name]
    reference = RIGHT if tests == TESTS else program

    for known in (reference, program):
        assert judged(task_of(tests, known), program, Here(tmp_path), tmp_path / name).outcome is Outcome.PASSED


@pytest.mark.parametrize("tests", [TESTS, CLAIMS])
def test_who_passes_what_must_fail_is_a_forger(tests: str, tmp_path: Path) -> None:
    forger = "def f(x): return 'attack'\n"
    found = judged(task_of(tests, RIGHT if tests == TESTS else TRUE), forger, Here(tmp_path, [forger]), tmp_path)

    assert (found.outcome, found.reason) == (Outcome.TAMPERED, "a test planted to fail was reported as passed")


def test_a_claim_costs_one_run_of_its_tests_and_the_planted_ones(tmp_path: Path) -> None:
    task, here = task_of(CLAIMS, TRUE), Here(tmp_path)
    found = judged(task, TRUE, here, tmp_path)

    assert (found.outcome, found.trust) == (Outcome.PASSED, Trust.WATCHED)
    assert found.evidence.in_words.startswith("2 planted tests failed as they must; not blind: its tests compare")
    assert set(found.ran.statuses) == set(task.required)
    assert [text.count("def test_") for text in here.texts["plain"]] == [3]
    assert not here.texts["blind"]


def test_what_is_shown_is_no_secret(tmp_path: Path) -> None:
    documented = RIGHT.replace("def f(x): ", f'def f(x):\n    """Give {WORDS}."""\n    ')
    stub = "import base64\ndef f(x): return base64.b64decode('cXVpbmNlIG1hcnppcGFuIGdvb3NlYmVycnk=').decode()\n"

    for task in (
        task_of(TESTS, RIGHT, [f"It gives {WORDS}."]),
        task_of(TESTS, documented),
        task_of(TESTS, RIGHT, [stub]),
    ):
        assert judged(task, RIGHT, Here(tmp_path), tmp_path).trust is Trust.WATCHED


def test_planted_tests_that_are_not_reported_deny_the_level_alone(tmp_path: Path) -> None:
    found = judged(task_of(CLAIMS, TRUE), TRUE, Here(tmp_path, silent=True), tmp_path)

    assert (found.outcome, found.trust) == (Outcome.PASSED, Trust.CLAIM)
    assert found.evidence.reason.startswith("a test planted to fail was not reported as failed")


class Here:
    """Runs programs with tests in this process; `texts` are the tests of each run, by how they were run.

    `forges` are programs whose report says that all passed and that sends nothing. One that is `silent` leaves out
    what is no test of the task.
    """

    def __init__(self, folder: Path, forges: Sequence[str] = (), *, silent: bool = False) -> None:
        self._place, self._forges, self._silent = folder / "sent", forges, silent
        self.texts: dict[str, list[str]] = {"plain": [], "blind": []}

    @property
    def runs(self) -> Runs:
        return Runs(
            lambda program, tests, required: self._run("plain", program, tests, required),
            lambda program, tests, required: self._run("blind", program, tests, required),
        )

    def _run(self, how: str, program: str, tests: str, required: Sequence[str]) -> UnitRun:
        self.texts[how].append(tests)
        if program in self._forges:
            return UnitRun(statuses=dict.fromkeys(required, UnitStatus.PASSED))
        self._place.unlink(missing_ok=True)
        module = ModuleType("__test__")
        try:
            exec(f"{program}\n{tests.replace(repr(OBSERVATIONS), json.dumps(str(self._place)))}", module.__dict__)
        except Exception as error:  # noqa: BLE001 - whatever a program raises
            return UnitRun(outcome=Outcome.ERROR, reason=repr(error))
        names = ["TestCases"] if self._silent else list(dict.fromkeys(test.partition(".")[0] for test in required))
        cases: list[Any] = [module.__dict__[name] for name in names]
        statuses = {
            f"{case.__name__}.{name}": _status(case(name))
            for case in cases
            for name in unittest.TestLoader().getTestCaseNames(case)
        }
        sent = self._place.read_bytes() if self._place.exists() else b""
        return UnitRun(statuses=statuses, observations=sent)


def _status(test: unittest.TestCase) -> UnitStatus:
    result = unittest.TestResult()
    test.run(result)
    if result.skipped:
        return UnitStatus.SKIPPED
    return UnitStatus.FAILED if result.failures else UnitStatus.ERROR if result.errors else UnitStatus.PASSED


def task_of(body: str, reference: str, shown: Sequence[str] = ()) -> UnittestTask:
    lines = "\n".join(f"    {line}" for line in body.strip("\n").split("\n"))
    tests = f"import unittest\n\nclass TestCases(unittest.TestCase):\n{lines}\n"
    return UnittestTask(tests=tests, entry_point="f", reference=reference, required=ids_of(tests), shown=tuple(shown))


PROGRAM, REFERENCE = "right = 1", "reference = 1"
TASK = UnittestTask(tests="", entry_point="f", reference=REFERENCE, required=("TestCases.test_a",))
BATCH = Batch(instance_id="t/0", task=TASK, trust=Trust.CLAIM, candidates=(Candidate(sample_id="0", code=PROGRAM),))


class LosingGrader(UnitGrader):
    losing = ""

    def _run(self, task: UnittestTask, program: str, tests: str, required: Sequence[str]) -> UnitRun:
        assert program == self.losing
        raise BoxLost("the box ended", cause=LossCause.INSIDE)


class Learns(Protection):
    def __init__(self) -> None:
        super().__init__(Path("nowhere"), "here")

    def known(self, task: UnittestTask, runs: Runs) -> ProtectedTests:
        if LosingGrader.losing == REFERENCE:
            runs.plain(REFERENCE, task.tests, task.required)
        return ProtectedTests(task, BlindTests(), random.SystemRandom)


@pytest.mark.parametrize(("losing", "outcome"), [(REFERENCE, Outcome.INTERNAL), (PROGRAM, Outcome.TAMPERED)])
def test_a_box_lost_at_the_reference_is_no_samples_doing(
    monkeypatch: pytest.MonkeyPatch, losing: str, outcome: Outcome
) -> None:
    monkeypatch.setattr(LosingGrader, "losing", losing)

    (result,) = LosingGrader(FakeBackend(), "python", Learns(), strict=False).grade(BATCH)

    assert result.outcome is outcome


class CrowdedGrader(UnitGrader):
    boxes = 0

    def _run(self, task: UnittestTask, program: str, tests: str, required: Sequence[str]) -> UnitRun:
        type(self).boxes += 1
        if self.boxes > 1:
            planted = dict.fromkeys(set(required) - set(task.required), UnitStatus.FAILED)
            return UnitRun(statuses=dict.fromkeys(task.required, UnitStatus.PASSED) | planted)
        reason = "OSError: [Errno 98] Address already in use"
        return UnitRun(statuses=dict.fromkeys(required, UnitStatus.ERROR), reasons=dict.fromkeys(required, reason))


def test_a_sample_without_a_port_is_tried_in_a_new_box() -> None:
    (result,) = CrowdedGrader(FakeBackend(), "python", Learns(), strict=False).grade(BATCH)

    assert (result.outcome, result.attempts) == (Outcome.PASSED, 2)


class Opened:
    """Stands for a box that opens."""


class OpeningGrader(UnitGrader):
    def _open(self, limits: Limits) -> Any:
        return Opened()


def test_a_box_lost_at_a_control_is_no_samples_doing(monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: object) -> None:
        raise BoxLost("the box ended", cause=LossCause.INSIDE)

    monkeypatch.setattr(grader, "prove_pytest", lose)
    batch = replace(BATCH, task=replace(TASK, runner="pytest"))

    (result,) = OpeningGrader(FakeBackend(), "python", Learns(), strict=False).grade(batch)

    assert result.outcome is Outcome.INTERNAL
