"""What protects verdicts of the *unittest* protocol: values that never enter a box, else tests that must fail.

Where values of a task's tests can be hidden, a sample first runs beside the blinded tests, in a box in which the tests
have never lain as they are. If these pass and all that it sends is right, that is verdict and proof in one. Whatever
else comes of it, the tests run as they are, with tests behind them that must fail: where the required ones pass and
these fail, the pass is `watched`.
"""

from __future__ import annotations

import ast
import random
import string
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore import syntax
from boxscore.cache import read_record
from boxscore.flags.scan import flags_of_sources
from boxscore.protocols.blind.learn import BlindRun, BlindTests, Learner, Suite
from boxscore.protocols.blind.observations import Observations, read_observations
from boxscore.protocols.blind.words import readable_in
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.statuses import JudgedTests, watched
from boxscore.protocols.unittest.run import OBSERVATIONS
from boxscore.protocols.unittest.task import UnitStatus, can_skip
from boxscore.protocols.unittest.verdict import verdict_of
from boxscore.protocols.versions import protocol_version
from boxscore.records import Evidence, Outcome, Trust, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from boxscore.protocols.blind.learn import Files
    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.unittest.task import UnittestTask

    Run = Callable[[str, str, Sequence[str]], UnitRun]


class Runs(Struct, frozen=True):
    """Two ways to run a program with tests, each time in a process with an identity of its own.

    `plain` is in a box that gets the tests as they are; `blind` in another, in which they have never lain. Both raise
    what `run_unit` does.
    """

    plain: Run
    blind: Run


class Judged(JudgedTests, frozen=True, kw_only=True):
    """What a sample's tests came to, with the run that decided it."""

    ran: UnitRun


def judged_plainly(task: UnittestTask, ran: UnitRun) -> Judged:
    """What a run of the task's tests came to, as far as its report is believed."""
    skipped_passes = task.skipped_passes and can_skip(task.tests)
    outcome, reason = verdict_of(ran, task.required, skipped_passes=skipped_passes)
    return Judged(ran=ran, outcome=outcome, reason=reason)


PATH = "tests.py"
MAX_STUBS = 4


def _learned(task: UnittestTask, run: Run) -> tuple[BlindTests, bool]:
    """Find out what can be hidden of a task's tests with its reference. Raises what a run raises."""
    reference = task.reference
    if reference is None:
        return BlindTests(reason="there is no reference to try its tests on"), False
    learner = Learner(Suite(files={PATH: task.tests}, within={PATH: _functions(task)}, place=OBSERVATIONS))
    told = readable_in("\n".join(_texts_told(task)))

    def beside(program: str) -> Callable[[Files], BlindRun]:
        def run_blind(files: Files) -> BlindRun:
            ran = run(program, files[0][1], task.required)
            passed = judged_plainly(task, ran).outcome is Outcome.PASSED
            return BlindRun(passed=passed, observations=_observed(ran))

        return run_blind

    standing = {one for one in learner.words if one in told}
    return learner.learn(standing, beside(reference), tuple(map(beside, stubs(task))))


def _functions(task: UnittestTask) -> set[tuple[tuple[str, ...], str]]:
    parts = [test.partition("[")[0].split(".") for test in task.required]
    return {(tuple(classes), name) for *classes, name in parts}


def _observed(ran: UnitRun) -> Observations:
    """Read what a run sent; one that sent more than is read did not send all."""
    found = read_observations(ran.observations)
    return found if ran.observed_all else Observations(seen=found.seen, misused=found.misused, whole=False)


def _texts_told(task: UnittestTask) -> tuple[str, ...]:
    """What models are told, and what is to be seen in the box: texts shown, docstrings of the reference, and files."""
    texts = (f"{name}\n{one.decode('utf-8', 'replace')}" for name, one in task.files)
    return (*task.shown, *_docstrings(task.reference or ""), *texts)


def _docstrings(program: str) -> tuple[str, ...]:
    """The docstrings of a program: those of a reference are its prompt's."""
    try:
        nodes = list(ast.walk(syntax.parse(program)))
    except syntax.NOT_PYTHON:
        return (program,)
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    return tuple(text for node in nodes if isinstance(node, documented) and (text := ast.get_docstring(node)))


def stubs(task: UnittestTask) -> tuple[str, ...]:
    """Programs that everybody has: the reference with functions that do nothing, and shown code made whole."""
    found = dict.fromkeys([_emptied(task.reference or "")])
    for text in task.shown:
        for end in ("", "\n    pass\n"):
            with suppress(*syntax.NOT_PYTHON):
                if task.entry_point in {getattr(node, "name", "") for node in syntax.parse(text + end).body}:
                    found[text + end] = None
                    break
    return tuple(found)[:MAX_STUBS]


def _emptied(program: str) -> str:
    try:
        tree = syntax.parse(program)
    except syntax.NOT_PYTHON:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Pass()]
    return ast.unparse(tree)


LETTERS = 12
PROGRAM = "program.py"  # as flags name it
FAILING = {UnitStatus.FAILED, UnitStatus.ERROR}
_CASES = """

import unittest as _unittest_{name}

class Test{name}(_unittest_{name}.TestCase):
    def test_throws(self):
        raise RuntimeError("planted by the grader: it must fail")

    def test_asserts(self):
        self.assertEqual(1, 2)
"""
_FUNCTIONS = """

def test_throws_{name}():
    raise RuntimeError("planted by the grader: it must fail")


def test_asserts_{name}():
    assert 1 == 2
"""


class Protection:
    """Learns of tasks with their references, and keeps what it learned in `cache`, for one `environment` of boxes.

    `seed` gives names that no program can know.
    """

    def __init__(self, cache: Path, environment: str, seed: Callable[[], random.Random] = random.SystemRandom) -> None:
        self._cache, self._environment, self._seed = cache, environment, seed
        self._records = LearnedRecords()
        self._last: tuple[str, BlindTests] | None = None

    def known(self, task: UnittestTask, runs: Runs) -> ProtectedTests:
        """What is known of a task; found out with its reference, and kept. Raises what `run_unit` does."""
        key = _key(task, self._environment)
        if self._last is None or self._last[0] != key:
            self._last = (
                key,
                self._records.found(_path(self._cache, key), BlindTests, partial(_learned, task, runs.plain)),
            )
        return ProtectedTests(task, self._last[1], self._seed)


def kept_boxes(cache: Path, task: UnittestTask, environment: str) -> str:
    """Name the boxes that samples of a task run in; "" where what is learned of it is not kept."""
    known = read_record(_path(cache, _key(task, environment)), BlindTests)
    return "" if known is None else "apart" if known.files else "plain"


def environment_of(backend: str, runtime: str | None, image_digest: str) -> str:
    """All that what is learned of a task depends on beside it."""
    return fingerprint(backend, runtime, image_digest)


def _key(task: UnittestTask, environment: str) -> str:
    return f"{fingerprint(task, protocol_version(''))}-{environment}"


def _path(cache: Path, key: str) -> Path:
    return cache / "unittest" / f"{key}.json"


class Look(Struct, frozen=True, kw_only=True):
    """What a blinded run of a program has shown: the verdict where it proves one, else why it does not."""

    judged: Judged | None = None
    reason: str = ""


class ProtectedTests:
    """A task's tests with what protects them."""

    def __init__(self, task: UnittestTask, blind: BlindTests, seed: Callable[[], random.Random]) -> None:
        self._task, self._blind, self._seed = task, blind, seed

    def look(self, program: str, runs: Runs) -> Look:
        """Run a program blinded, if there is something to hide. Raises what `run_unit` does.

        This comes before any sample of the batch runs with the tests as they are: those hold the values that a later
        one could learn from what an earlier one left behind, by whatever channel.
        """
        known = self._blind
        if not known.files:
            return Look(reason=known.reason)
        ran = runs.blind(program, known.files[0][1], self._task.required)
        judged, denied = judged_plainly(self._task, ran), known.denied(_observed(ran))
        if denied or judged.outcome is not Outcome.PASSED:
            return Look(reason=denied or f"its blinded tests did not pass: {judged.reason}"[:300])
        evidence = Evidence(checked=known.checked, expected=known.expected)
        return Look(judged=replace(judged, ran=replace(ran, observations=b""), trust=Trust.BLIND, evidence=evidence))

    def judge(self, program: str, look: Look, runs: Runs) -> Judged:
        """Judge a program by a look, else by its tests among others that must fail. Raises what `run_unit` does."""
        if look.judged is not None:
            return look.judged
        source, planted = _planted(self._task, self._seed())
        ran = runs.plain(program, self._task.tests + source, (*self._task.required, *planted))
        said = [ran.statuses[test] for test in planted if test in ran.statuses]
        judged = judged_plainly(self._task, _without(ran, planted))
        if UnitStatus.PASSED in said:
            return replace(judged, outcome=Outcome.TAMPERED, reason="a test planted to fail was reported as passed")
        if judged.outcome is not Outcome.PASSED:
            return judged
        if len(said) == len(planted) and FAILING.issuperset(said):
            reference = {PROGRAM: self._task.reference or ""}
            trust, evidence = watched(len(planted), flags_of_sources({PROGRAM: program}, reference))
        else:
            trust, evidence = Trust.CLAIM, Evidence(reason="a test planted to fail was not reported as failed")
        reason = "; ".join(filter(None, (evidence.reason, f"not blind: {look.reason}" if look.reason else "")))
        return replace(judged, trust=trust, evidence=replace(evidence, reason=reason))


def _planted(task: UnittestTask, rng: random.Random) -> tuple[str, tuple[str, ...]]:
    """Write tests that must fail, for the end of a task's tests; with their ids."""
    name = "".join(rng.choices(string.ascii_lowercase, k=LETTERS))
    if task.runner == "pytest":
        return _FUNCTIONS.format(name=name), (f"test_throws_{name}", f"test_asserts_{name}")
    return _CASES.format(name=name), (f"Test{name}.test_throws", f"Test{name}.test_asserts")


def _without(ran: UnitRun, tests: tuple[str, ...]) -> UnitRun:
    return replace(ran, statuses={test: status for test, status in ran.statuses.items() if test not in tests})
