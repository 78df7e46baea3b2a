"""Blinded tests of the *unittest* protocol: found with the reference, and what a program's run of them says.

The tests are one file to `boxscore.protocols.blind`. In place of the old code of patches stands what everybody has: a
program with the reference's names and imports whose functions do nothing, and the code of the prompt.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore import syntax
from boxscore.protocols.blind.evidence import BlindTests, Evidence, weigh
from boxscore.protocols.blind.files import PythonFile
from boxscore.protocols.blind.language import Python
from boxscore.protocols.blind.learn import BlindRun, Learner, SuiteFacts
from boxscore.protocols.blind.literals import UNKNOWN, value_of
from boxscore.protocols.blind.observations import Observations, read_observations
from boxscore.protocols.canaries.text import CannotRewriteError
from boxscore.protocols.statuses import Status
from boxscore.protocols.unittest.run import OBSERVATIONS
from boxscore.protocols.unittest.task import UnitStatus

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.protocols.blind.observations import Observation
    from boxscore.protocols.unittest.layer import Run
    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.unittest.task import UnittestTask

PATH = "tests.py"
STATUSES = {
    UnitStatus.PASSED: Status.PASSED,
    UnitStatus.FAILED: Status.FAILED,
    UnitStatus.ERROR: Status.ERROR,
    UnitStatus.SKIPPED: Status.SKIPPED,
    UnitStatus.EXPECTED_FAILURE: Status.XFAIL,
    UnitStatus.UNEXPECTED_SUCCESS: Status.FAILED,
}
MAX_STUBS = 4


class BlindUnit(Struct, frozen=True, kw_only=True):
    """What is known of a task's blinded tests.

    They are `exact` if a run of them in which everything is right is one that passes: where nothing is hidden but
    literals. `owners` name the one test that hangs on a hidden value, where there is one.
    """

    blind: BlindTests
    exact: bool = False
    owners: dict[int, str] = {}
    unsure: bool = False

    @property
    def tests(self) -> str:
        """The blinded source; "" where it is not worth running it."""
        return self.blind.files[0][1] if self.blind.files else ""

    def required(self, task: UnittestTask) -> tuple[str, ...]:
        """The ids by which a blinded run reports the required tests."""
        return tuple(map(unit_id, self.blind.blind_names(map(blind_id, task.required))))

    def as_they_were(self, ran: UnitRun) -> UnitRun:
        """Give a run's tests the ids that they had."""
        if not self.blind.names:
            return ran
        names = {unit_id(name): unit_id(original) for name, original in self.blind.names.items()}
        statuses = {names.get(test, test): status for test, status in ran.statuses.items()}
        return replace(
            ran, statuses=statuses, reasons={names.get(test, test): why for test, why in ran.reasons.items()}
        )

    def evidence(self, ran: UnitRun) -> Evidence:
        """Say what a run of the blinded tests is evidence of."""
        return weigh(self.blind, observed(ran))

    def failed(self, ran: UnitRun) -> frozenset[str] | None:
        """The tests that fail because something else came than they expect; None where that is not known of all.

        A test that fails otherwise may leave its values out.
        """
        observations = observed(ran)
        if observations.misused or not observations.whole:
            return None
        each = {one.number: weigh(BlindTests(hidden=(one,)), observations) for one in self.blind.hidden}
        wrong = {self.owners.get(number, "") for number, found in each.items() if found.wrong}
        left = {self.owners.get(number, "") for number, found in each.items() if found.lacking or found.near}
        passed = {test for test, status in ran.statuses.items() if status is UnitStatus.PASSED} - wrong
        return None if "" in wrong | left or (ran.outcome is None and left & passed) else frozenset(wrong)


def observed(ran: UnitRun) -> Observations:
    """Read what a run sent; one that sent more than is read did not send all."""
    found = read_observations(ran.observations)
    return found if ran.observed_all else Observations(seen=found.seen, misused=found.misused, whole=False)


def not_worth(task: UnittestTask) -> BlindTests | None:
    """Return tests that hide nothing if reading a task's shows that nothing in them is worth hiding, else None."""
    return _learner(task, {}).not_worth()


def learn_blind(task: UnittestTask, plain: UnitRun, run: Run) -> BlindUnit:
    """Find out what can be hidden of a task's tests, given a plain run of its reference. Raises what a run raises."""
    reference = task.reference or ""
    learner = _learner(task, _statuses(plain))

    def solved(files: Sequence[tuple[str, str]], names: Sequence[str]) -> BlindRun:
        return _blind_run(run(reference, _only(files, task.tests), tuple(map(unit_id, names))))

    def unsolved(files: Sequence[tuple[str, str]], _names: Sequence[str]) -> BlindRun:
        runs = [run(stub, _only(files, task.tests), task.required) for stub in stubs(task)]
        return BlindRun(statuses={}, observations=_together(map(observed, runs)))

    learned = learner.learn(solved, unsolved)
    return _described(task, learned.tests, unsure=learned.unsure)


def _learner(task: UnittestTask, statuses: Mapping[str, Status]) -> Learner:
    required = tuple(map(blind_id, task.required))
    suite = SuiteFacts(required=required, failing=required, told=texts_told(task), place=OBSERVATIONS, plain_cases=True)
    return Learner(suite, {PATH: task.tests}, statuses, language=Python(marks_reached=False))


def _only(files: Sequence[tuple[str, str]], otherwise: str) -> str:
    return files[0][1] if files else otherwise


def _described(task: UnittestTask, blind: BlindTests, *, unsure: bool) -> BlindUnit:
    exact, owners = True, dict[int, str]()
    with suppress(CannotRewriteError):
        file = PythonFile(PATH, task.tests, 0)
        for one in blind.hidden:
            exact = exact and value_of(one.source) is not UNKNOWN
            tests = {".".join((*classes, name)) for classes, name in file.users(one.number)}
            if len(tests) == 1 and tests <= set(task.required):
                owners[one.number] = tests.pop()
    return BlindUnit(blind=blind, exact=exact and bool(blind.files), owners=owners, unsure=unsure)


def blind_id(test: str) -> str:
    """The id by which a test is known beside its file."""
    head, bracket, parameters = test.partition("[")
    return "::".join((PATH, *head.split("."))) + bracket + parameters


def unit_id(test: str) -> str:
    """The test of such an id, as runs report it."""
    head, bracket, parameters = test.removeprefix(f"{PATH}::").partition("[")
    return head.replace("::", ".") + bracket + parameters


def _statuses(ran: UnitRun) -> Mapping[str, Status]:
    return {blind_id(test): STATUSES[status] for test, status in ran.statuses.items()}


def _blind_run(ran: UnitRun) -> BlindRun:
    return BlindRun(statuses=_statuses(ran), observations=observed(ran), whole=ran.outcome is None)


def _together(several: Iterable[Observations]) -> Observations:
    """What any of some runs sent."""
    seen: dict[int, tuple[Observation, ...]] = {}
    for one in several:
        for number, found in one.seen.items():
            seen[number] = (*seen.get(number, ()), *found)
    return Observations(seen=seen)


def texts_told(task: UnittestTask) -> tuple[str, ...]:
    """What models are told, and what is to be seen in the box: texts shown, docstrings of the reference, and files."""
    texts = (one.decode("utf-8", "replace") for _, one in task.files)
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
                if task.entry_point in _defined(text + end):
                    found[text + end] = None
                    break
    return tuple(found)[:MAX_STUBS]


def _defined(source: str) -> set[str]:
    return {getattr(node, "name", "") for node in syntax.parse(source).body}


def _emptied(program: str) -> str:
    try:
        tree = syntax.parse(program)
    except syntax.NOT_PYTHON:
        return ""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            node.body = [ast.Pass()]
    return ast.unparse(tree)
