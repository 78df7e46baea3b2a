"""The tests of an instance in a JVM, how they are run against a candidate's classes, and what that comes to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.protocols.jvm.run import TestRun  # noqa: TC001 - a field of a record
from boxscore.protocols.statuses import JudgedTests
from boxscore.protocols.unittest.verdict import MISSING, verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.records import Outcome

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


def jvm_verdict(ran: TestRun, required: Sequence[str]) -> tuple[Outcome, str]:
    """Say what a run came to, as far as its report is believed, and why. What was skipped did not pass."""
    lost = {test: why for test in required if (why := ran.unloaded.get(test.partition("#")[0]))}
    outcome, reason = verdict_of(replace(ran, reasons={**lost, **ran.reasons}), required)
    if lost and ran.outcome is None and not ran.statuses:
        reason = f"{reason}: {next(iter(lost))}: {next(iter(lost.values()))}"
    return outcome, reason


def shown_statuses(ran: TestRun, required: Sequence[str]) -> dict[str, str]:
    """The status of each required test, `MISSING` where none was reported."""
    return {test: str(ran.statuses.get(test, MISSING)) for test in required}


def several_invocations(ran: TestRun, required: Sequence[str]) -> dict[str, tuple[int, int]]:
    """How often each required test passed that was run more than once, and how often it was run."""
    return {test: (ran.passes.get(test, 0), count) for test in required if (count := ran.invocations.get(test, 0)) > 1}
