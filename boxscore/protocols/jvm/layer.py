"""What a suite of tests in a JVM is, how it is run against a candidate's classes, and what that came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.judged import JudgedTests
from boxscore.protocols.jvm.run import TestRun  # noqa: TC001 - a field of a record
from boxscore.protocols.jvm.verdict import jvm_verdict

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Files = tuple[tuple[str, str], ...]
    Run = Callable[[Files, Sequence[str]], TestRun]
    """Compile test sources against one candidate's classes, and run required tests, each time in a fresh box.

    It is given all test sources of the suite, and the ids that are then required. Sources that do not compile come to a
    run with the outcome BUILD_FAILED. Raises what `run_tests` does.
    """


class Suite(Struct, frozen=True, kw_only=True):
    """The tests of an instance: the paths and sources of all test classes, and the ids that must pass."""

    files: tuple[tuple[str, str], ...]
    required: tuple[str, ...]


class Judged(JudgedTests, frozen=True, kw_only=True):
    """What a candidate's tests came to, with the run that decided it."""

    ran: TestRun


def judged_plainly(suite: Suite, ran: TestRun) -> Judged:
    """What a run of the tests came to, as far as its report is believed."""
    outcome, reason = jvm_verdict(ran, suite.required)
    return Judged(ran=ran, outcome=outcome, reason=reason)
