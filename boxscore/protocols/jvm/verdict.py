"""From one run in a JVM to an outcome: each required test must have been reported, and have passed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.protocols.unittest.verdict import MISSING, verdict_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.jvm.run import TestRun
    from boxscore.records import Outcome


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
