"""The controls: programs that a new box runs before any sample, to show that it tells right from wrong.

One does what samples need and must pass; the same tests must fail of another, and of a third that ends its process
before them there must be no report. A box that comes to anything else is lost, and it was ours. Where tests run under
pytest, the first runs under it as well: not every Python has it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import BoxLost, LossCause, SandboxUnavailable
from boxscore.protocols.unittest.run import run_unit
from boxscore.protocols.unittest.task import UnittestTask
from boxscore.protocols.unittest.verdict import verdict_of
from boxscore.records import Limits, Outcome

if TYPE_CHECKING:
    from boxscore.protocols.warm import WarmBox

CPU_S, WALL_S = 20.0, 120.0
TESTS = """
import os, tempfile, unittest
class TestCases(unittest.TestCase):
    def test_files(self):
        with tempfile.NamedTemporaryFile("w+") as file:
            file.write("control")
            file.flush()
            self.assertEqual(os.path.getsize(file.name), 7)
        with open("control", "w") as file:
            file.write("control")
    def test_value(self):
        self.assertEqual(control(7), 14)
"""
HELP = (
    "local boxes have the machine's Python, not a virtual environment's: use --backend docker, or install pytest there",
)
REQUIRED = ("TestCases.test_files", "TestCases.test_value")
PROGRAMS = (
    ("def control(number): return number + 7", Outcome.PASSED),
    ("def control(number): return number", Outcome.WRONG),
    ("import os\ndef control(number): os._exit(0)", Outcome.ERROR),
)


def prove(warm: WarmBox, limits: Limits) -> None:
    """Have a new box run all controls. Raises BoxLost with what came of one, unless it is as it must be."""
    task = _control(limits)
    for program, wanted in PROGRAMS:
        outcome, reason = verdict_of(run_unit(warm, task, program, TESTS, REQUIRED), REQUIRED)
        if outcome is not wanted:
            raise BoxLost(f"a box does not find {wanted} what is: {outcome}: {reason}", cause=LossCause.OUTSIDE)


def prove_pytest(warm: WarmBox, limits: Limits) -> None:
    """Have a box run the control that must pass under pytest.

    Raises SandboxUnavailable where its Python has no pytest, and BoxLost for anything else that comes of it.
    """
    program, wanted = PROGRAMS[0]
    ran = run_unit(warm, replace(_control(limits), runner="pytest"), program, TESTS, REQUIRED)
    outcome, reason = verdict_of(ran, REQUIRED)
    if ran.error_type == ModuleNotFoundError.__name__:
        raise SandboxUnavailable(f"these tests run under pytest, which boxes do not have: {reason}", details=HELP)
    if outcome is not wanted:
        raise BoxLost(f"a box runs no tests under pytest: {outcome}: {reason}", cause=LossCause.OUTSIDE)


def _control(limits: Limits) -> UnittestTask:
    own = Limits(cpu_s=CPU_S, wall_s=WALL_S, memory_bytes=limits.memory_bytes, processes=limits.processes)
    return UnittestTask(tests=TESTS, entry_point="control", reference=None, required=REQUIRED, limits=own)
