"""Runs of tests beside programs in this process, in place of a box."""

from __future__ import annotations

import json
import unittest
from types import ModuleType
from typing import TYPE_CHECKING, Any

from boxscore.protocols.unittest.protection import Runs
from boxscore.protocols.unittest.run import OBSERVATIONS, UnitRun
from boxscore.protocols.unittest.task import UnitStatus, UnittestTask, test_ids
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


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
    return UnittestTask(tests=tests, entry_point="f", reference=reference, required=test_ids(tests), shown=tuple(shown))
