"""Tests in a JVM beside a class that must fail: what a run of them comes to, and which class that is."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.jvm.protection import Suite, judge, planted_class
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.statuses import Status
from boxscore.records import Outcome, Trust

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
