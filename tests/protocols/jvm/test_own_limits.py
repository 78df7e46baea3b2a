"""Tests with limits of time of their own, on a machine that is too busy for them or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.jvm.own_limits import late_tests, run_in_time
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.jvm.verdict import Files

QUICK, SLOW, OTHER = "demo.A#quick", "demo.A#slow", "demo.A#other"
TESTS = (QUICK, SLOW, OTHER)
TIMED_OUT = "org.opentest4j.AssertionFailedError: execution timed out after 1000 ms"
WRONG = "org.opentest4j.AssertionFailedError: expected: <1> but was: <2>"
COMPLETION = "java.util.concurrent.CompletionException: "
FORGED = f"{WRONG[:-2]} ==> execution timed out after 1 ms\n\tjava.util.concurrent.TimeoutException: >"
SEVERAL = "org.opentest4j.MultipleFailuresError: "
ENDED = TestRun(outcome=Outcome.TIMEOUT, limit=LimitName.WALL, late=SLOW, reason=f"{SLOW} took longer than 1 s")


class Code:
    """Code whose runs come to what is said, one after the other; `asked` are the tests that each was to run."""

    def __init__(self, *runs: TestRun) -> None:
        self._runs, self.asked = iter(runs), list[tuple[str, ...]]()

    def run(self, files: Files, required: Sequence[str]) -> TestRun:
        """Run tests."""
        self.asked.append(tuple(required))
        return next(self._runs)


def ran(tests: Sequence[str] = TESTS, **failing: str) -> TestRun:
    """A run in which all tests pass but those that are named, for their reasons."""
    reasons = {f"demo.A#{name}": why for name, why in failing.items()}
    return TestRun(
        statuses={test: Status.FAILED if test in reasons else Status.PASSED for test in tests},
        reasons=reasons,
        invocations=dict.fromkeys(tests, 1),
        passes={test: int(test not in reasons) for test in tests},
    )


@pytest.mark.parametrize(
    "reason",
    [
        TIMED_OUT,
        "org.opentest4j.AssertionFailedError: sorted ==> execution timed out after 1000 ms",
        "org.opentest4j.AssertionFailedError: two\nlines ==> execution timed out after 1000 ms",
        "org.opentest4j.AssertionFailedError: execution exceeded timeout of 1000 ms by 7 ms",
        "java.util.concurrent.TimeoutException: slow() timed out after 2 seconds",
        "java.util.concurrent.TimeoutException",
        "java.util.concurrent.ExecutionException: java.util.concurrent.TimeoutException",
        f"{COMPLETION}{COMPLETION}java.util.concurrent.TimeoutException: slow",
        "org.junit.runners.model.TestTimedOutException: test timed out after 1000 milliseconds",
        "java.lang.Exception: test timed out after 1000 milliseconds",
        "org.testng.internal.thread.ThreadTimeoutException: Method A.slow() didn't finish within the time-out 1000",
        "org.awaitility.core.ConditionTimeoutException: Condition was not fulfilled within 10 seconds.",
        "java.lang.AssertionError: \nExpecting\n  <CompletableFuture[Incomplete]>\nto be completed within 1L Seconds.",
        "java.lang.AssertionError: [b] \nExpecting\n  <CompletableFuture[Incomplete]>\nto be completed within 1L S.",
        f"{SEVERAL}Multiple Failures (1 failure)\n\t{TIMED_OUT}",
        f"{SEVERAL}all of them (2 failures)\n\t{TIMED_OUT}\n\tjava.util.concurrent.TimeoutException: <no message>",
    ],
)
def test_what_says_that_a_test_was_late(reason: str) -> None:
    """Each framework says it in its way; a test that passed was not late, whatever its reason."""
    assert late_tests(ran(slow=reason), TESTS) == (SLOW,)
    assert late_tests(TestRun(statuses={SLOW: Status.PASSED}, reasons={SLOW: reason}), TESTS) == ()


@pytest.mark.parametrize(
    "reason",
    [
        WRONG,
        "java.lang.RuntimeException: execution timed out after 1000 ms",
        "java.lang.IllegalStateException: java.util.concurrent.TimeoutException",
        "java.lang.Exception: the test timed out after 1000 milliseconds of doing nothing",
        "org.opentest4j.AssertionFailedError: expected: <1> but was: < ==> execution timed out after 1000 ms>",
        'java.lang.AssertionError: \nExpecting actual:\n  "to be completed within 1 s: TimeoutException"\nto be empty',
        'java.lang.AssertionError: [a] \nWas: "] \nExpecting <CompletableFuture[Incomplete to be completed within "',
        f"{SEVERAL}Multiple Failures (2 failures)\n\t{TIMED_OUT}\n\t{WRONG}",
        f"{SEVERAL}Multiple Failures (1 failure)\n\t{FORGED}",
        f"{SEVERAL}Multiple Failures (3 failures)\n\t{TIMED_OUT}",
    ],
)
def test_what_code_under_test_says_makes_no_test_late(reason: str) -> None:
    """It chooses messages and values: the words count where a framework has them alone."""
    assert late_tests(ran(slow=reason), TESTS) == ()


@pytest.mark.parametrize(
    "first",
    [
        ran(other=WRONG),
        ran(slow=TIMED_OUT, other=WRONG),
        ran([SLOW, QUICK], slow=TIMED_OUT),
        ran([*TESTS, "demo.A#unasked"], slow=TIMED_OUT),
        replace(ENDED, statuses={QUICK: Status.FAILED}, reasons={QUICK: WRONG}),
        replace(ENDED, late="", reason="the tests were ended by their limit: wall"),
    ],
)
def test_what_fails_for_another_reason_too_runs_once(first: TestRun) -> None:
    """A clock is not all that it failed by, so another run could not make it pass."""
    code = Code(first)

    assert run_in_time(code.run, (), TESTS, reference=Code().run) == first
    assert code.asked == [TESTS]


def test_a_run_that_failed_by_clocks_alone_is_repeated_as_a_whole() -> None:
    """A test may depend on one before it, so that one by itself would come to something else."""
    second = ran()
    code = Code(replace(ran(slow=TIMED_OUT), statuses={**ran(slow=TIMED_OUT).statuses, OTHER: Status.SKIPPED}), second)

    assert run_in_time(code.run, (), TESTS, reference=Code().run) == second
    assert code.asked == [TESTS, TESTS]


@pytest.mark.parametrize(
    "second",
    [
        ran(other=WRONG),
        ran(slow=TIMED_OUT, other=WRONG),
        ran([*TESTS, "demo.A#unasked"]),
        TestRun(outcome=Outcome.TAMPERED, reason="the report has an unknown status"),
        TestRun(outcome=Outcome.ERROR, reason="it ended"),
    ],
)
def test_the_second_run_decides(second: TestRun) -> None:
    """Whatever is wrong with it, a forgery too; the reference is not asked where it failed by more than a clock."""
    code = Code(ran(slow=TIMED_OUT), second)

    assert run_in_time(code.run, (), TESTS, reference=Code().run) == second


def test_a_test_that_is_late_each_time_is_charged() -> None:
    """The reference passes it; whether it is late elsewhere says nothing of that test."""
    code, reference = Code(ran(slow=TIMED_OUT), ran(slow=TIMED_OUT)), Code(ran(other=TIMED_OUT))

    found = run_in_time(code.run, (), TESTS, reference=reference.run)

    assert (found.statuses[SLOW], found.reasons[SLOW]) == (Status.FAILED, TIMED_OUT)
    assert reference.asked == [TESTS]


@pytest.mark.parametrize(
    "asked",
    [
        ran(slow=TIMED_OUT),
        ENDED,
        TestRun(outcome=Outcome.TIMEOUT, limit=LimitName.WALL, statuses={QUICK: Status.PASSED}),
        replace(ran(quick=TIMED_OUT), statuses={QUICK: Status.FAILED, SLOW: Status.SKIPPED, OTHER: Status.PASSED}),
    ],
)
def test_nothing_is_charged_where_the_reference_is_late_too(asked: TestRun) -> None:
    """That is trouble of ours, which is tried again as where a box was lost."""
    code, reference = Code(ran(slow=TIMED_OUT), ran(slow=TIMED_OUT)), Code(asked)

    with pytest.raises(BoxLost, match="too busy") as caught:
        run_in_time(code.run, (), TESTS, reference=reference.run)

    assert caught.value.cause is LossCause.OUTSIDE


@pytest.mark.parametrize(
    ("late", "asked", "charged"),
    [
        (ran(quick=TIMED_OUT, slow=TIMED_OUT, other=TIMED_OUT), ran(slow=TIMED_OUT), True),
        (ran(quick=TIMED_OUT, slow=TIMED_OUT), ran(quick=TIMED_OUT, slow=TIMED_OUT), False),
        (ran(quick=TIMED_OUT, slow=TIMED_OUT), ran(quick=TIMED_OUT, slow=WRONG), False),
        (ENDED, replace(ENDED, statuses={QUICK: Status.PASSED}), False),
        (ENDED, replace(ENDED, late=OTHER, statuses={QUICK: Status.PASSED, SLOW: Status.PASSED}), True),
        (replace(ENDED, late="a test", statuses={QUICK: Status.PASSED}), ran(quick=TIMED_OUT), True),
        (replace(ENDED, late="a test", statuses={QUICK: Status.PASSED}), replace(ENDED, late=SLOW), False),
    ],
)
def test_a_reference_that_passes_one_of_the_late_tests_is_in_time(
    late: TestRun, asked: TestRun, *, charged: bool
) -> None:
    """Else who feigns to be late everywhere would be left out wherever the reference is late at anything."""
    code, reference = Code(late, late), Code(asked)

    if charged:
        assert run_in_time(code.run, (), TESTS, reference=reference.run) == late
    else:
        with pytest.raises(BoxLost, match="too busy"):
            run_in_time(code.run, (), TESTS, reference=reference.run)


@pytest.mark.parametrize(
    ("asked", "charged"), [(ran(slow=TIMED_OUT), True), (ran(other=TIMED_OUT), False), (ran(), True)]
)
def test_of_a_candidate_that_is_late_elsewhere_each_time_the_last_run_counts(asked: TestRun, *, charged: bool) -> None:
    """What the reference is asked about are the tests that were late in it, and no others."""
    last = ran(other=TIMED_OUT)
    code, reference = Code(ran(slow=TIMED_OUT), last), Code(asked)

    if charged:
        assert run_in_time(code.run, (), TESTS, reference=reference.run) == last
    else:
        with pytest.raises(BoxLost, match=OTHER):
            run_in_time(code.run, (), TESTS, reference=reference.run)


def test_a_reference_that_fails_otherwise_is_no_witness_of_clocks() -> None:
    """Else nobody could be charged where it never passes, and who feigns to be late would be left out."""
    code, reference = Code(ran(slow=TIMED_OUT), ran(slow=TIMED_OUT)), Code(ran(slow=WRONG))

    assert run_in_time(code.run, (), TESTS, reference=reference.run).statuses[SLOW] is Status.FAILED


def test_without_a_reference_a_test_is_charged_that_is_late_twice() -> None:
    """There is nobody else to ask."""
    code = Code(ran(slow=TIMED_OUT), ran(slow=TIMED_OUT))

    assert run_in_time(code.run, (), TESTS, reference=None).statuses[SLOW] is Status.FAILED


def test_a_run_that_its_first_late_test_ended_is_run_again() -> None:
    """All of it, since what came after was not run."""
    code = Code(ENDED, ran())

    found = run_in_time(code.run, (), TESTS, reference=None)

    assert (found.outcome, code.asked) == (None, [TESTS, TESTS])
