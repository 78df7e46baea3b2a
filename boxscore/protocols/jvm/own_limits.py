"""Limits of time that tests set themselves, by the clock: on a busy machine right code runs into them too.

Tests that were late run once more, and no others do. Those that are late again are charged to the code under test,
unless the reference is late in them as well: then it is this machine that is too slow, and there is no verdict.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.statuses import Status

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.jvm.layer import Files, Run
    from boxscore.protocols.jvm.run import TestRun

_LATE = re.compile(r"timed out after \d|exceeded timeout of \d|within the time-out \d")
"""How JUnit 5, JUnit 4 and TestNG say so."""


def late_tests(ran: TestRun, tests: Sequence[str]) -> tuple[str, ...]:
    """Those of some tests that failed by a limit of time of their own; all where the first such ended the run."""
    if ran.outcome is not None:
        return tuple(tests) if ran.late else ()
    failing = {Status.FAILED, Status.ERROR}
    return tuple(
        test for test in tests if ran.statuses.get(test) in failing and _LATE.search(ran.reasons.get(test, ""))
    )


def run_in_time(run: Run, files: Files, required: Sequence[str], *, reference: Run | None) -> TestRun:
    """Run tests, and once more those that were late. Raises what a run does, BoxLost if the reference is late too."""
    ran = run(files, required)
    late = late_tests(ran, required)
    if late:
        ran = _joined(ran, run(files, late), late)
        late = late_tests(ran, late)
    if late and reference is not None and late_tests(reference(files, late), late):
        text = f"this machine is too busy: the reference too runs into the limit of time of {late[0]}"
        raise BoxLost(text, cause=LossCause.OUTSIDE)
    return ran


def _joined(ran: TestRun, again: TestRun, late: Sequence[str]) -> TestRun:
    """A run, with what became of some of its tests in another."""
    if ran.late:
        return again
    if again.outcome is not None:
        return ran
    seen = [test for test in late if test in again.statuses]
    return replace(
        ran,
        statuses={**ran.statuses, **{test: again.statuses[test] for test in seen}},
        reasons={**ran.reasons, **{test: again.reasons.get(test, "") for test in seen}},
        invocations={**ran.invocations, **{test: again.invocations.get(test, 0) for test in seen}},
        passes={**ran.passes, **{test: again.passes.get(test, 0) for test in seen}},
    )
