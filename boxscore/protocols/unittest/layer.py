"""The seam for what makes a report of tests more than a claim: hidden values, and tests that must fail.

A report is written by the process that the program runs in, so by itself it is worth the program's word. A layer may
give other tests to run in their place, and look at what they sent; and it may have further tests run. What it holds
back never enters the box.
"""

from __future__ import annotations

import typing
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.records import Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.protocols.unittest.run import UnitRun
    from boxscore.protocols.unittest.task import UnittestTask

    Run = Callable[[str, str, Sequence[str]], UnitRun]  # of a program with tests, of which these are required


class Weighed(Struct, frozen=True, kw_only=True):
    """What a run is worth: its level, and what it came to where the layer has found more than its report says.

    The rest is what `UnittestDetail` has of it.
    """

    trust: Trust = Trust.CLAIM
    outcome: Outcome | None = None
    reason: str = ""
    blind_bits: float | None = None
    blind_reason: str = ""
    canaries: int | None = None
    canaries_reason: str = ""
    canary_bits: float | None = None


class KnownTests(typing.Protocol):
    """What a layer has learned of a task in an image: the tests to be run there, and how to weigh what they send."""

    @property
    def tests(self) -> str:
        """Source of the tests that samples run with."""

    @property
    def required(self) -> tuple[str, ...]:
        """The ids of those that must pass."""

    def weigh(self, program: str, ran: UnitRun, run: Run, *, passed: bool, samples: int) -> Weighed:
        """Weigh a run of these tests. `passed`: by its report, it passes; `samples` are graded of the instance.

        Further runs, by `run`, are in the same box, each in a process with an identity of its own. Raises what
        `run_unit` does.
        """


class ProtectiveLayer(typing.Protocol):
    """Learns of tasks, and remembers by all that it depends on; belongs to one grader."""

    def known(self, task: UnittestTask, run: Run) -> KnownTests:
        """What is known of a task; the reference may be run for that. Raises what `run_unit` does."""


class PlainTests(Struct, frozen=True, kw_only=True):
    """The tests as they are: whatever they report is a claim."""

    tests: str
    required: tuple[str, ...]

    def weigh(self, program: str, ran: UnitRun, run: Run, *, passed: bool, samples: int) -> Weighed:  # noqa: ARG002 - the seam's
        """Believe the report, at the level of a claim."""
        return Weighed()


class NoLayer:
    """Protects nothing."""

    def known(self, task: UnittestTask, run: Run) -> KnownTests:  # noqa: ARG002 - the seam's
        """Give the task's own tests."""
        return PlainTests(tests=task.tests, required=task.required)
