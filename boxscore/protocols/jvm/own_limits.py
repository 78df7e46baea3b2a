"""Limits of time that tests set themselves, by the clock: on a busy machine right code runs into them too.

One rule for all who run tests in a JVM. Where clocks alone fail a candidate, all of its tests run once more, since one
may depend on another, and that run decides. Who fails by clocks alone again is charged, unless the reference, asked
then, runs into a clock at the same tests: then it is this machine that is too slow, and there is no verdict.

That a test was late is the word of a process that the candidate shares. Who feigns it gets that one run more, judged as
the first would have been, and a reference that does not wait for it. No level is proved by either run: blinded tests
have run before, and negated ones run after, each as often as without.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.jvm.layer import Files, Run
    from boxscore.protocols.jvm.run import TestRun

_LATE = re.compile(
    r"""
    org\.opentest4j\.AssertionFailedError:\ (?:.*\ ==>\ )?  # JUnit 5's assertions, after the words of the test
        execution\ (?:timed\ out\ after\ \d+\ ms|exceeded\ timeout\ of\ \d+\ ms\ by\ \d+\ ms)
    | (?:java\.util\.concurrent\.(?:Execution|Completion)Exception:\ )?
        java\.util\.concurrent\.TimeoutException(?::.*)?    # JUnit 5's @Timeout, and futures
    | (?:org\.junit\.runners\.model\.TestTimedOutException|java\.lang\.Exception):
        \ test\ timed\ out\ after\ \d+\ \w+                 # JUnit 4, and 4.11 or older
    | org\.testng\.internal\.thread\.ThreadTimeoutException:.*
    | org\.awaitility\.core\.ConditionTimeoutException:.*
    | java\.lang\.AssertionError:\s+Expecting\s+<CompletableFuture\[Incomplete.*\sto\ be\ completed\ within\ .*
    """,
    re.VERBOSE | re.DOTALL,
)
"""How frameworks say so (the last is AssertJ): a class of theirs, and words where it is thrown for other reasons."""

_FAILED = {Status.FAILED, Status.ERROR}
_WHOLE = {None, Outcome.BUILD_FAILED}


def late_tests(ran: TestRun, tests: Sequence[str]) -> tuple[str, ...]:
    """Those of some tests that failed by a limit of time of their own; all where the first such ended the run."""
    if ran.outcome is not None:
        return tuple(tests) if ran.late else ()
    return tuple(test for test in tests if _is_late(ran, test))


def run_in_time(run: Run, files: Files, required: Sequence[str], *, reference: Run | None) -> TestRun:
    """Run tests, and all of them once more where clocks alone failed the first run.

    Raises what a run does, and BoxLost where they do so again and fail the reference too.
    """
    ran = run(files, required)
    if not _by_clocks_alone(ran, required):
        return ran
    ran = run(files, required)
    if reference is None or not _by_clocks_alone(ran, required):
        return ran
    asked = reference(files, required)
    late = [test for test in late_tests(ran, required) if asked.statuses.get(test) is not Status.PASSED]
    if late and (asked.outcome is Outcome.TIMEOUT or late_tests(asked, required)):
        text = f"this machine is too busy: the reference too runs into the limit of time of {late[0]}"
        raise BoxLost(text, cause=LossCause.OUTSIDE)
    return ran


def run_unhurried(run: Run, files: Files, required: Sequence[str], *, reference: Run) -> TestRun | None:
    """Run code whose tests need not pass; None where it did not come to its end and nobody knows whose doing that is.

    Limits that no clock sets are its own doing, and so is what ends it twice while the reference is in time beside it.
    Raises what a run does.
    """
    ran = run(files, required)
    if _is_unhurried(ran, required):
        return ran
    ran = run(files, required)
    return ran if _is_unhurried(ran, required) or _is_unhurried(reference(files, required), required) else None


def _by_clocks_alone(ran: TestRun, required: Sequence[str]) -> bool:
    """Whether limits of time are all that a run failed by. What was skipped then may have waited for a late test."""
    if ran.outcome is not None and not ran.late:
        return False
    reported = ran.statuses.keys()
    if reported - {*required} or (ran.outcome is None and {*required} - reported):
        return False
    failing = [test for test, status in ran.statuses.items() if status in _FAILED]
    return bool(failing or ran.late) and all(_is_late(ran, test) for test in failing)


def _is_late(ran: TestRun, test: str) -> bool:
    return ran.statuses.get(test) in _FAILED and _LATE.fullmatch(ran.reasons.get(test, "")) is not None


def _is_unhurried(ran: TestRun, required: Sequence[str]) -> bool:
    """Whether a run came to what it comes to on any machine: its end, or a limit that no clock sets."""
    if ran.outcome in _WHOLE:
        return not late_tests(ran, required)
    return ran.limit is not None and ran.limit is not LimitName.WALL
