"""Tests in a JVM beside a class that must fail, and tests with limits of time of their own."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.jvm.protection import Suite, judge, late_tests, planted_class, run_in_time
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.statuses import Status
from boxscore.records import LimitName, Outcome, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.protocols.jvm.protection import Files


JUPITER = "package org.example;\nimport org.junit.jupiter.api.Test;\nclass ATest { @Test void a() {} }\n"
JUNIT4 = "import static org.junit.Assert.*;\npublic class ATest { @org.junit.Test public void a() {} }\n"
SUITE = Suite(files=(("org/example/ATest.java", JUPITER),), required=("org.example.ATest#a",))
P, F, E = Status.PASSED, Status.FAILED, Status.ERROR


class Runner:
    def __init__(self, own: Status = P, planted: Sequence[Status] = (E, F), *, compiles: bool = True) -> None:
        self.own, self.planted, self.compiles = own, planted, compiles
        self.asked: list[Sequence[str]] = []

    def __call__(self, files: Files, required: Sequence[str]) -> TestRun:
        self.asked.append(required)
        assert len(files) == len(required[1:]) // 2 + 1
        if len(files) > 1 and not self.compiles:
            return TestRun(outcome=Outcome.BUILD_FAILED, reason="no")
        statuses = {required[0]: self.own, **dict(zip(required[1:], self.planted, strict=False))}
        return TestRun(statuses=statuses)


@pytest.mark.parametrize(
    ("runner", "outcome", "trust", "runs"),
    [
        (Runner(), "passed", "watched", 1),
        (Runner(F), "wrong", "claim", 1),
        (Runner(planted=(P, P)), "tampered", "claim", 1),
        (Runner(planted=(E, P)), "tampered", "claim", 1),
        (Runner(F, planted=(E, P)), "tampered", "claim", 1),
        (Runner(planted=()), "passed", "claim", 1),
        (Runner(planted=(E,)), "passed", "claim", 1),
        (Runner(planted=(E, Status.SKIPPED)), "passed", "claim", 1),
        (Runner(compiles=False), "passed", "claim", 2),
        (Runner(F, compiles=False), "wrong", "claim", 2),
    ],
)
def test_a_pass_is_watched_where_what_must_fail_does(runner: Runner, outcome: str, trust: str, runs: int) -> None:
    found = judge(SUITE, runner, None)

    assert (found.outcome, found.trust, len(runner.asked)) == (outcome, trust, runs)
    assert set(found.ran.statuses) <= {*SUITE.required}
    assert bool(found.evidence.in_words) is (outcome == "passed")


@pytest.mark.parametrize(
    ("path", "source", "owner", "words"),
    [
        ("org/example/ATest.java", JUPITER, "org.example.ATest", "package org.example;\npublic class Planted"),
        ("org/example/ATest.java", JUPITER, "org.example.ATest$Inner", "@org.junit.jupiter.api.Test"),
        ("ATest.java", JUNIT4, "ATest", "org.junit.Assert.assertEquals(1, 2)"),
        ("ATest.java", JUNIT4.replace("org.junit", "org.testng"), "ATest", "@org.testng.annotations.Test"),
        ("ATest.java", "import junit.framework.TestCase;", "ATest", "Test extends junit.framework.TestCase {"),
        ("ATest.java", "class ATest extends some.Cases {}", "ATest", None),
        ("ATest.java", JUNIT4, "BTest", None),
    ],
)
def test_the_class_is_of_the_framework_of_the_tests(path: str, source: str, owner: str, words: str | None) -> None:
    planted = planted_class(Suite(files=((path, source),), required=(f"{owner}#a",)), random.Random(1))

    if words is None:
        assert planted is None
        return
    assert planted is not None
    assert words in planted.source
    assert planted.path.rpartition("/")[0] == path.rpartition("/")[0]
    name = planted.path.rpartition("/")[2].removesuffix(".java")
    assert f"public class {name}" in planted.source
    assert all(test.rpartition("#")[0].endswith(name) for test in planted.tests)


def test_where_none_is_known_the_tests_run_as_they_are() -> None:
    suite = Suite(files=(("ATest.java", "class ATest {}"),), required=("ATest#a",))
    run: Callable[[Files, Sequence[str]], TestRun] = Runner()

    found = judge(suite, run, None)

    assert (found.trust, found.evidence.reason) == (Trust.CLAIM, "no test that must fail is known for its framework")


QUICK, SLOW, OTHER = "demo.A#quick", "demo.A#slow", "demo.A#other"
TESTS = (QUICK, SLOW, OTHER)
TIMED_OUT = "org.opentest4j.AssertionFailedError: execution timed out after 1000 ms"
WRONG = "org.opentest4j.AssertionFailedError: expected: <1> but was: <2>"
ENDED = TestRun(outcome=Outcome.TIMEOUT, limit=LimitName.WALL, late=SLOW, reason=f"{SLOW} took longer than 1 s")


class Code:
    def __init__(self, *runs: TestRun) -> None:
        self._runs, self.asked = iter(runs), list[tuple[str, ...]]()

    def run(self, files: Files, required: Sequence[str]) -> TestRun:
        self.asked.append(tuple(required))
        return next(self._runs)


def ran(tests: Sequence[str] = TESTS, **failing: str) -> TestRun:
    reasons = {f"demo.A#{name}": why for name, why in failing.items()}
    return TestRun(
        statuses={test: Status.FAILED if test in reasons else Status.PASSED for test in tests},
        reasons=reasons,
        invocations=dict.fromkeys(tests, 1),
        passes={test: int(test not in reasons) for test in tests},
    )


LATE = ran(slow=TIMED_OUT)
UNNAMED = replace(ENDED, late="a test", statuses={QUICK: Status.PASSED})


@pytest.mark.parametrize(
    ("reason", "is_late"),
    [
        (TIMED_OUT, True),
        ("org.opentest4j.AssertionFailedError: execution exceeded timeout of 1000 ms by 7 ms", True),
        ("java.util.concurrent.ExecutionException: java.util.concurrent.TimeoutException", True),
        ("java.lang.Exception: test timed out after 1000 milliseconds", True),
        ("org.testng.internal.thread.ThreadTimeoutException: Method A.slow() didn't finish", True),
        (
            "java.lang.AssertionError: \nExpecting\n  <CompletableFuture[Incomplete]>\nto be completed within 1L S.",
            True,
        ),
        (WRONG, False),
    ],
)
def test_what_says_that_a_test_was_late(reason: str, *, is_late: bool) -> None:
    assert late_tests(ran(slow=reason), TESTS) == ((SLOW,) if is_late else ())
    assert late_tests(TestRun(statuses={SLOW: Status.PASSED}, reasons={SLOW: reason}), TESTS) == ()


@pytest.mark.parametrize(
    ("runs", "reference"),
    [
        # what fails for another reason too: a clock is not all that it failed by
        ([ran(other=WRONG)], []),
        ([ran(slow=TIMED_OUT, other=WRONG)], []),
        ([ran([SLOW, QUICK], slow=TIMED_OUT)], []),
        ([replace(ENDED, statuses={QUICK: Status.FAILED}, reasons={QUICK: WRONG})], []),
        ([replace(ENDED, late="", reason="the tests were ended by their limit: wall")], []),
        # the second run decides, whatever is wrong with it
        ([replace(LATE, statuses={**LATE.statuses, OTHER: Status.SKIPPED}), ran()], []),
        ([ENDED, ran()], []),
        ([LATE, ran(other=WRONG)], []),
        ([LATE, TestRun(outcome=Outcome.TAMPERED, reason="the report has an unknown status")], []),
        # late each time, where the reference passes one of these tests, or fails otherwise than by a clock
        ([LATE, LATE], [ran(other=TIMED_OUT)]),
        ([LATE, LATE], [ran(slow=WRONG)]),
        ([ran(quick=TIMED_OUT, slow=TIMED_OUT, other=TIMED_OUT)] * 2, [LATE]),
        ([ENDED, ENDED], [replace(ENDED, late=OTHER, statuses={QUICK: Status.PASSED, SLOW: Status.PASSED})]),
        ([UNNAMED, UNNAMED], [ran(quick=TIMED_OUT)]),
        ([LATE, ran(other=TIMED_OUT)], [LATE]),
    ],
)
def test_the_last_run_counts(runs: list[TestRun], reference: list[TestRun]) -> None:
    code, asked = Code(*runs), Code(*reference)

    assert run_in_time(code.run, (), TESTS, reference=asked.run) == runs[-1]
    assert code.asked == [TESTS] * len(runs)
    assert asked.asked == [TESTS] * len(reference)


@pytest.mark.parametrize(
    ("late", "reference"),
    [
        (LATE, LATE),
        (LATE, ENDED),
        (LATE, TestRun(outcome=Outcome.TIMEOUT, limit=LimitName.WALL, statuses={QUICK: Status.PASSED})),
        (LATE, replace(ran(quick=TIMED_OUT), statuses={QUICK: Status.FAILED, SLOW: Status.SKIPPED})),
        (ran(quick=TIMED_OUT, slow=TIMED_OUT), ran(quick=TIMED_OUT, slow=TIMED_OUT)),
        (ENDED, replace(ENDED, statuses={QUICK: Status.PASSED})),
        (UNNAMED, replace(ENDED, late=SLOW)),
    ],
)
def test_nothing_is_charged_where_the_reference_is_late_too(late: TestRun, reference: TestRun) -> None:
    with pytest.raises(BoxLost, match="too busy") as caught:
        run_in_time(Code(late, late).run, (), TESTS, reference=Code(reference).run)

    assert caught.value.cause is LossCause.OUTSIDE


def test_without_a_reference_a_test_is_charged_that_is_late_twice() -> None:
    assert run_in_time(Code(LATE, LATE).run, (), TESTS, reference=None).statuses[SLOW] is Status.FAILED
