"""Wall-clock limits that tests set themselves: on a busy machine, correct code exceeds them too.

One rule for all who run tests in a JVM. If such limits are all that a candidate fails by, all of its tests run once
more, since one may depend on another, and that run decides. If they are all that it fails by again, the reference runs.
It is asked about the tests that were late in the run that decides, whichever were late before: if it passes one of
them, the candidate is charged; if it passes none, and is late itself, this machine is too slow, and there is no
verdict.

That a test was late is the word of a process that the candidate shares. One that pretends gets that second run, judged
as the first would have been, and a reference that does not wait for it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.statuses import Status
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.jvm.run import TestRun
    from boxscore.protocols.jvm.verdict import Files, Run

_LATE = re.compile(
    r"""
    org\.opentest4j\.AssertionFailedError:\ (?:.*\ ==>\ )?  # JUnit 5's assertions, after the words of the test
        execution\ (?:timed\ out\ after\ \d+\ ms|exceeded\ timeout\ of\ \d+\ ms\ by\ \d+\ ms)
    | (?:java\.util\.concurrent\.(?:Execution|Completion)Exception:\ )*
        java\.util\.concurrent\.TimeoutException(?::.*)?    # JUnit 5's @Timeout, and futures
    | (?:org\.junit\.runners\.model\.TestTimedOutException|java\.lang\.Exception):
        \ test\ timed\ out\ after\ \d+\ \w+                 # JUnit 4, and 4.11 or older
    | org\.testng\.internal\.thread\.ThreadTimeoutException:.*
    | org\.awaitility\.core\.ConditionTimeoutException:.*
    | java\.lang\.AssertionError:\s+(?:\[[^\n]*\]\s+)?       # the test's name for what it compares
        Expecting\s+<CompletableFuture\[Incomplete.*\sto\ be\ completed\ within\ .*
    """,
    re.VERBOSE | re.DOTALL,
)
"""How frameworks report it (the last is AssertJ): by a class of theirs, and its words if it has other uses."""

_SEVERAL = re.compile(r"org\.opentest4j\.MultipleFailuresError: .*? \((\d{1,4}) failures?\)\n\t(.*)", re.DOTALL)
"""What JUnit 5's `assertAll` says of several failures, each behind a tab on a line of its own."""

MOST_REASON_CHARS = 2_000  # several times what our runner sends of one: a longer one is not its own

_FAILED = {Status.FAILED, Status.ERROR}


def late_tests(ran: TestRun, tests: Sequence[str]) -> tuple[str, ...]:
    """Pick the tests that failed by time limits of their own: all of them if the first such limit ended the run."""
    if ran.outcome is not None:
        return tuple(tests) if ran.late else ()
    return tuple(test for test in tests if _is_late(ran, test))


def run_in_time(run: Run, files: Files, required: Sequence[str], *, reference: Run | None) -> TestRun:
    """Run tests, and all of them once more if the first run failed by time limits alone.

    Raises what a run does, and BoxLost if the second does so too and the reference, late itself, passes none of the
    tests that were late in it.
    """
    ran = run(files, required)
    if not _by_clocks_alone(ran, required):
        return ran
    ran = run(files, required)
    if reference is None or not _by_clocks_alone(ran, required):
        return ran
    late = _late_by_name(ran, required)
    asked = reference(files, required)
    passes = any(asked.statuses.get(test) is Status.PASSED for test in late)
    if not passes and (asked.outcome is Outcome.TIMEOUT or late_tests(asked, required)):
        text = f"this machine is too busy: the reference exceeds the time limit of {late[0]} too"
        raise BoxLost(text, cause=LossCause.OUTSIDE)
    return ran


def _by_clocks_alone(ran: TestRun, required: Sequence[str]) -> bool:
    """Whether time limits are all that a run failed by. A skipped test may have depended on a late one."""
    if ran.outcome is not None and not ran.late:
        return False
    reported = ran.statuses.keys()
    if reported - {*required} or (ran.outcome is None and {*required} - reported):
        return False
    failing = [test for test, status in ran.statuses.items() if status in _FAILED]
    return bool(failing or ran.late) and all(_is_late(ran, test) for test in failing)


def _late_by_name(ran: TestRun, required: Sequence[str]) -> tuple[str, ...]:
    """The tests that a run says were late; if it does not name the one that ended it, all that it does not tell of."""
    late = [test for test in required if test == ran.late or _is_late(ran, test)]
    return tuple(late or [test for test in required if test not in ran.statuses] or required)


def _is_late(ran: TestRun, test: str) -> bool:
    return ran.statuses.get(test) in _FAILED and _says_late(ran.reasons.get(test, ""))


def _says_late(reason: str) -> bool:
    """Whether a reason is that of a test that was late; of several failures together, all of them have to be."""
    if len(reason) > MOST_REASON_CHARS:
        return False
    if (several := _SEVERAL.fullmatch(reason)) is None:
        return _LATE.fullmatch(reason) is not None
    count, failures = int(several[1]), several[2].split("\n\t")
    return len(failures) == count and all(_LATE.fullmatch(one) for one in failures)
