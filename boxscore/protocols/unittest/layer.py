"""The seam for what makes a report of tests more than a claim: hidden values, and tests that must fail.

A report is written by the process that the program runs in, so by itself it is worth the program's word. A layer may
have other tests run in their place, and look at what they sent; and it may have further tests run. What it holds back
never enters a box in which a program could look for it.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.judged import JudgedTests
from boxscore.protocols.unittest.task import can_skip
from boxscore.protocols.unittest.verdict import verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.protocols.blind.evidence import Evidence
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


class Look(Struct, frozen=True, kw_only=True):
    """What a blinded run of a program has shown: that run, what it is evidence of, and the tests that surely failed.

    `failed` is None where it does not tell that of all.
    """

    ran: UnitRun
    evidence: Evidence
    failed: frozenset[str] | None


class KnownTests(typing.Protocol):
    """What a layer has learned of a task in an image."""

    def look(self, program: str, runs: Runs) -> Look | None:
        """Run a program blinded, if there is something to hide. Raises what `run_unit` does.

        This comes before any sample of the batch runs with the tests as they are: those hold the values that a later
        one could learn from what an earlier one left behind, by whatever channel.
        """

    def judge(self, program: str, look: Look | None, runs: Runs, *, samples: int) -> Judged:
        """Judge a program by a look and as many more runs as it takes; `samples` are graded of the instance.

        Raises what `run_unit` does.
        """


class ProtectiveLayer(typing.Protocol):
    """Learns of tasks, and remembers by all that it depends on; belongs to one grader."""

    def known(self, task: UnittestTask, runs: Runs) -> KnownTests:
        """What is known of a task. `runs` are of its reference, now or while a sample is judged. Raises as they do."""


def judged_plainly(task: UnittestTask, ran: UnitRun) -> Judged:
    """What a run of the task's tests came to, as far as its report is believed."""
    skipped_passes = task.skipped_passes and can_skip(task.tests)
    outcome, reason = verdict_of(ran, task.required, skipped_passes=skipped_passes)
    return Judged(ran=ran, outcome=outcome, reason=reason)
