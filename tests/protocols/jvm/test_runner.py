"""Our runner in a real JVM, with each generation of JUnit."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.jvm.protection import jvm_verdict, late_tests
from boxscore.records import Outcome
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.jvm.run import TestRun

pytestmark = pytest.mark.bubblewrap

TESTS = read_samples(Path(__file__).with_name("tests.txt"))


def sources(*names: str) -> dict[str, str]:
    return {path: TESTS[path] for path in (f"demo/{name}.java" for name in names)}


def test_each_generation_of_junit_is_run(run_java: Callable[..., TestRun]) -> None:
    names = ("ThreeTest", "FourTest", "FiveTest")

    ran = run_java(sources(*names), classes=[f"demo.{name}" for name in names])

    assert {test: str(status) for test, status in ran.statuses.items()} == {
        "demo.ThreeTest#testOne": "PASSED",
        "demo.ThreeTest#testTwo": "FAILED",
        "demo.FourTest#positive": "PASSED",
        "demo.FourTest#one": "FAILED",
        "demo.FourTest#ignored": "SKIPPED",
        "demo.FiveTest#passes": "PASSED",
        "demo.FiveTest#raises": "ERROR",
        "demo.FiveTest#aborts": "SKIPPED",
        "demo.FiveTest#many": "PASSED",
        "demo.FiveTest#made": "PASSED",
        "demo.FiveTest$Inner#within": "PASSED",
    }
    assert (ran.outcome, ran.exit_code, ran.invocations["demo.FiveTest#many"]) == (None, 1, 3)
    assert "printed" in ran.output


def test_no_others_than_the_required_are_run(run_java: Callable[..., TestRun]) -> None:
    required = ["demo.FourTest#positive", "demo.FiveTest#many", "demo.FiveTest$Inner#within"]

    ran = run_java(sources("FourTest", "FiveTest"), required=required)

    assert jvm_verdict(ran, required) == (Outcome.PASSED, "")
    assert sorted(ran.statuses) == sorted(required)


def test_a_class_that_fails_around_its_tests_fails_them(run_java: Callable[..., TestRun]) -> None:
    ran = run_java(sources("AroundTest"), required=["demo.AroundTest#passes"])

    assert jvm_verdict(ran, ["demo.AroundTest#passes"])[0] is Outcome.ERROR


def test_a_test_that_takes_too_long_is_named(run_java: Callable[..., TestRun]) -> None:
    ran = run_java(sources("SlowTest"), required=["demo.SlowTest#sleeps"], method_s=0.5)

    assert (ran.outcome, ran.reason) == (Outcome.TIMEOUT, "demo.SlowTest#sleeps took longer than 0.5 s")


def test_tests_that_are_late_by_limits_of_their_own_are_known(run_java: Callable[..., TestRun]) -> None:
    names = ("LimitedByFourTest", "LimitedByFiveTest")

    ran = run_java(sources(*names), classes=[f"demo.{name}" for name in names])

    assert {*late_tests(ran, tuple(ran.statuses))} == {
        "demo.LimitedByFourTest#four",
        "demo.LimitedByFiveTest#annotated",
        "demo.LimitedByFiveTest#ended",
        "demo.LimitedByFiveTest#waited",
        "demo.LimitedByFiveTest#worded",
        "demo.LimitedByFiveTest#future",
    }, ran.reasons
