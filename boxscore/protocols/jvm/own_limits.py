"""Wall-clock limits that tests set themselves: on a busy machine, correct code exceeds them too.

One rule for all who run tests in a JVM. If such limits are all that a candidate fails by, all of its tests run once
more, since one may depend on another, and that run decides. If they are all that it fails by again, it is charged,
unless the reference, which runs then, exceeds a limit at the same tests: then this machine is too slow, and there is no
verdict.

That a test was late is the word of a process that the candidate shares. One that pretends gets that second run, judged
as the first would have been, and a reference that does not wait for it. Neither run proves a level of trust: blinded
tests have run before, and negated ones run after, just as often as they would otherwise.
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
"""How frameworks report it (the last is AssertJ): by a class of theirs, and its words if it has other uses."""

_FAILED = {Status.FAILED, Status.ERROR}
_WHOLE = {None, Outcome.BUILD_FAILED}


def late_tests(ran: TestRun, tests: Sequence[str]) -> tuple[str, ...]:
    """Pick the tests that failed by time limits of their own: all of them if the first such limit ended the run."""
    if ran.outcome is not None:
        return tuple(tests) if ran.late else ()
    return tuple(test for test in tests if _is_late(ran, test))


def run_in_time(run: Run, files: Files, required: Sequence[str], *, reference: Run | None) -> TestRun:
    """Run tests, and all of them once more if the first run failed by time limits alone.

    Raises what a run does, and BoxLost if the second does so too and the reference is late as well.
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
        text = f"this machine is too busy: the reference exceeds the time limit of {late[0]} too"
        raise BoxLost(text, cause=LossCause.OUTSIDE)
    return ran


def run_unhurried(run: Run, files: Files, required: Sequence[str], *, reference: Run) -> TestRun | None:
    """Run code whose tests need not pass; None if it did not finish and nobody knows whether that is its own doing.

    Limits other than wall-clock ones are its own doing, and so is what ends it twice while the reference is in time.
    Raises what a run does.
    """
    ran = run(files, required)
    if _is_unhurried(ran, required):
        return ran
    ran = run(files, required)
    return ran if _is_unhurried(ran, required) or _is_unhurried(reference(files, required), required) else None


def _by_clocks_alone(ran: TestRun, required: Sequence[str]) -> bool:
    """Whether time limits are all that a run failed by. A skipped test may have depended on a late one."""
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
    """Whether a run would end like this on any machine: by finishing, or by a limit other than a wall-clock one."""
    if ran.outcome in _WHOLE:
        return not late_tests(ran, required)
    return ran.limit is not None and ran.limit is not LimitName.WALL
