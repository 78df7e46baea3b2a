"""The controls: programs that a new box runs before any sample, to show that it tells right from wrong.

One does what samples need and must pass; the same tests must fail of another, and of a third that ends its process
before them there must be no report. A box that comes to anything else is lost, and it was ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import BoxLost, LossCause
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
REQUIRED = ("TestCases.test_files", "TestCases.test_value")
PROGRAMS = (
    ("def control(number): return number + 7", Outcome.PASSED),
    ("def control(number): return number", Outcome.WRONG),
    ("import os\ndef control(number): os._exit(0)", Outcome.ERROR),
)


def prove(warm: WarmBox, limits: Limits) -> None:
    """Have a new box run all controls. Raises BoxLost with what came of one, unless it is as it must be."""
    own = Limits(cpu_s=CPU_S, wall_s=WALL_S, memory_bytes=limits.memory_bytes, processes=limits.processes)
    task = UnittestTask(tests=TESTS, entry_point="control", reference=None, required=REQUIRED, limits=own)
    for program, wanted in PROGRAMS:
        outcome, reason = verdict_of(run_unit(warm, task, program, TESTS, REQUIRED), REQUIRED)
        if outcome is not wanted:
            raise BoxLost(f"a box does not find {wanted} what is: {outcome}: {reason}", cause=LossCause.OUTSIDE)
