"""Tests with limits of time of their own, on a machine that is too busy for them or is not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.jvm.blind import learn_blind
from boxscore.protocols.jvm.layer import Known, Runs
from boxscore.protocols.jvm.own_limits import late_tests, run_in_time
from boxscore.protocols.jvm.protection import Protection
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, Outcome, Trust
from tests.protocols.jvm.test_protection import REQUIRED, RIGHT, SUITE, Played

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.protocols.jvm.layer import Files

QUICK, SLOW, OTHER = "demo.A#quick", "demo.A#slow", "demo.A#other"
TESTS = (QUICK, SLOW, OTHER)
TIMED_OUT = "org.opentest4j.AssertionFailedError: execution timed out after 1000 ms"
WRONG = "org.opentest4j.AssertionFailedError: expected: <1> but was: <2>"
ENDED = TestRun(outcome=Outcome.TIMEOUT, limit=LimitName.WALL, late=SLOW, reason=f"{SLOW} took longer than 1 s")


class Code:
    """Code whose runs come to what is said, one after the other; `asked` are the tests that each was to run."""

    def __init__(self, *runs: TestRun) -> None:
        self._runs, self.asked = iter(runs), list[tuple[str, ...]]()

    def run(self, files: Files, required: Sequence[str]) -> TestRun:
        """Run tests."""
        self.asked.append(tuple(required))
        return next(self._runs)


class Late(Played):
    """Right code that is late in its first test, the first so many times."""

    times = 1

    def run(self, files: Files, required: Sequence[str]) -> TestRun:
        """Run tests."""
        ran = super().run(files, required)
        self.times -= 1
        if self.times < 0:
            return ran
        late = REQUIRED[0]
        return replace(ran, statuses={**ran.statuses, late: Status.FAILED}, reasons={late: TIMED_OUT})


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
        "org.opentest4j.AssertionFailedError: execution exceeded timeout of 1000 ms by 7 ms",
        "java.util.concurrent.TimeoutException: slow() timed out after 2 seconds",
        "org.junit.runners.model.TestTimedOutException: test timed out after 1000 milliseconds",
        "org.testng.internal.thread.ThreadTimeoutException: Method A.slow() didn't finish within the time-out 1000",
    ],
)
def test_what_says_that_a_test_was_late(reason: str) -> None:
    """Each framework says it in its way; a test that passed was not late, whatever its reason."""
    assert late_tests(ran(slow=reason), TESTS) == (SLOW,)
    assert late_tests(TestRun(statuses={SLOW: Status.PASSED}, reasons={SLOW: reason}), TESTS) == ()


def test_tests_that_are_in_time_run_once() -> None:
    """Whatever else makes them fail."""
    code = Code(ran(other=WRONG))

    found = run_in_time(code.run, (), TESTS, reference=Code().run)

    assert (found.statuses[OTHER], code.asked) == (Status.FAILED, [TESTS])


def test_a_test_that_was_late_by_chance_passes() -> None:
    """It runs once more, with no others; what became of these stays as it was."""
    code = Code(ran(slow=TIMED_OUT, other=WRONG), ran([SLOW]))

    found = run_in_time(code.run, (), TESTS, reference=Code().run)

    assert code.asked == [TESTS, (SLOW,)]
    assert found.statuses == {QUICK: Status.PASSED, SLOW: Status.PASSED, OTHER: Status.FAILED}
    assert (found.passes[SLOW], found.invocations[SLOW]) == (1, 1)


def test_a_test_that_is_late_each_time_is_charged() -> None:
    """The reference is asked for that test alone, and is in time."""
    code, reference = Code(ran(slow=TIMED_OUT), ran([SLOW], slow=TIMED_OUT)), Code(ran([SLOW]))

    found = run_in_time(code.run, (), TESTS, reference=reference.run)

    assert (found.statuses[SLOW], found.reasons[SLOW]) == (Status.FAILED, TIMED_OUT)
    assert reference.asked == [(SLOW,)]


def test_nothing_is_charged_where_the_reference_is_late_too() -> None:
    """That is trouble of ours, which is tried again as where a box was lost."""
    code, reference = Code(ran(slow=TIMED_OUT), ran([SLOW], slow=TIMED_OUT)), Code(ran([SLOW], slow=TIMED_OUT))

    with pytest.raises(BoxLost, match="too busy") as caught:
        run_in_time(code.run, (), TESTS, reference=reference.run)

    assert caught.value.cause is LossCause.OUTSIDE


def test_without_a_reference_a_test_is_charged_that_is_late_twice() -> None:
    """There is nobody else to ask."""
    code = Code(ran(slow=TIMED_OUT), ran([SLOW], slow=TIMED_OUT))

    assert run_in_time(code.run, (), TESTS, reference=None).statuses[SLOW] is Status.FAILED


def test_a_run_that_its_first_late_test_ended_is_run_again() -> None:
    """All of it, since what came after was not run."""
    code = Code(ENDED, ran())

    found = run_in_time(code.run, (), TESTS, reference=None)

    assert (found.outcome, code.asked) == (None, [TESTS, TESTS])


def test_another_run_that_comes_to_no_report_changes_nothing() -> None:
    """The first said what there is to say."""
    code = Code(ran(slow=TIMED_OUT), TestRun(outcome=Outcome.ERROR, reason="it ended"))

    found = run_in_time(code.run, (), TESTS, reference=Code(ran([SLOW])).run)

    assert (found.outcome, found.statuses[SLOW]) == (None, Status.FAILED)


def test_a_sample_that_was_late_once_passes(tmp_path: Path) -> None:
    """The layer that protects tests runs them so."""
    known = Protection(tmp_path, "here").known(SUITE, Known(reference=Played(RIGHT).runs))
    candidate = Late(RIGHT)

    judged = known.judge(known.look(Played(RIGHT).runs), candidate.runs, samples=1)

    assert (judged.outcome, judged.trust) == (Outcome.PASSED, Trust.BLIND)
    assert candidate.times < 0


def test_what_was_learned_while_a_reference_was_late_is_not_kept() -> None:
    """On a machine that is not busy its values could stay hidden."""
    reference = Late(RIGHT)

    assert learn_blind(SUITE, Known(reference=Runs(reference.run, reference.run))).unsure
    assert not learn_blind(SUITE, Known(reference=Runs(reference.run, reference.run))).unsure
