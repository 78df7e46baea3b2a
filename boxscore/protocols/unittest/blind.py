"""Blinded tests of the *unittest* protocol: found with the reference, and tried on what everybody has.

The tests are one file to `boxscore.protocols.blind`. In place of the old code of patches stands what everybody has: a
program with the reference's names and imports whose functions do nothing, and the code of the prompt.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax
from boxscore.protocols.blind.learn import BlindRun, BlindTests, Learner, Suite
from boxscore.protocols.blind.observations import Observations, read_observations
from boxscore.protocols.blind.words import readable_in
from boxscore.protocols.unittest.layer import judged_plainly
from boxscore.protocols.unittest.run import OBSERVATIONS
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.blind.learn import Files
    from boxscore.protocols.unittest.layer import Run
    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.unittest.task import UnittestTask

PATH = "tests.py"
MAX_STUBS = 4


class BlindUnit(Struct, frozen=True, kw_only=True):
    """What is known of a task's blinded tests; `unsure` if another time may show something else."""

    blind: BlindTests
    unsure: bool = False

    @property
    def tests(self) -> str:
        """The blinded source; "" where there is nothing to hide."""
        return self.blind.files[0][1] if self.blind.files else ""

    def denied(self, ran: UnitRun) -> str:
        """Say why a run does not show that all hidden values were right, "" if it does."""
        return self.blind.denied(_observed(ran))


def learn_blind(task: UnittestTask, run: Run) -> BlindUnit:
    """Find out what can be hidden of a task's tests with its reference. Raises what a run raises."""
    reference = task.reference
    if reference is None:
        return BlindUnit(blind=BlindTests(reason="there is no reference to try its tests on"))
    learner = Learner(Suite(files={PATH: task.tests}, within={PATH: _functions(task)}, place=OBSERVATIONS))
    told = readable_in("\n".join(_texts_told(task)))

    def beside(program: str) -> Callable[[Files], BlindRun]:
        def run_blind(files: Files) -> BlindRun:
            ran = run(program, files[0][1], task.required)
            passed = judged_plainly(task, ran).outcome is Outcome.PASSED
            return BlindRun(passed=passed, observations=_observed(ran))

        return run_blind

    standing = {one for one in learner.words if one in told}
    found = learner.learn(standing, beside(reference), tuple(map(beside, stubs(task))))
    return BlindUnit(blind=found.tests, unsure=found.unsure)


def _functions(task: UnittestTask) -> set[tuple[tuple[str, ...], str]]:
    """The functions of the required tests, by their classes and names."""
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
