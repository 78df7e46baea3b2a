"""Ways to run a program beside tests, and what a run of them comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.judged import JudgedTests
from boxscore.protocols.unittest.task import can_skip
from boxscore.protocols.unittest.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.unittest.task import UnittestTask

    Run = Callable[[str, str, Sequence[str]], UnitRun]  # of a program with tests, of which these are required


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
