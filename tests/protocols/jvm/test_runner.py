"""Our runner in a real JVM, with each generation of JUnit."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.jvm.protection import jvm_verdict, late_tests
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.jvm.run import TestRun

pytestmark = pytest.mark.bubblewrap

THREE = """
package demo;
public class ThreeTest extends junit.framework.TestCase {
    public void testOne() { assertEquals(1, 1); }
    public void testTwo() { assertEquals(1, 2); }
}
"""
FOUR = """
package demo;
import static org.junit.Assert.*;
import java.util.*;
import org.junit.*;
import org.junit.runner.RunWith;
import org.junit.runners.Parameterized;
@RunWith(Parameterized.class)
public class FourTest {
    @Parameterized.Parameters
    public static List<Object[]> data() { return Arrays.asList(new Object[] {1}, new Object[] {2}); }
    final int number;
    public FourTest(int number) { this.number = number; }
    @Test public void positive() { assertTrue(number > 0); }
    @Test public void one() { assertEquals(1, number); }
    @Test @Ignore public void ignored() {}
}
"""
FIVE = """
package demo;
import static org.junit.jupiter.api.Assertions.*;
import java.util.*;
import org.junit.jupiter.api.*;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
class FiveTest {
    @Test void passes() { System.out.println("printed"); assertEquals("a", "a"); }
    @Test void raises() { throw new IllegalStateException("why"); }
    @Test void aborts() { Assumptions.assumeTrue(false); }
    @ParameterizedTest @ValueSource(ints = {1, 2, 3}) void many(int number) { assertTrue(number > 0); }
    @TestFactory List<DynamicTest> made() { return Arrays.asList(DynamicTest.dynamicTest("x", () -> {})); }
    @Nested class Inner { @Test void within() {} }
}
"""
AROUND = """
package demo;
import org.junit.jupiter.api.*;
class AroundTest {
    @AfterAll static void after() { throw new IllegalStateException("after"); }
    @Test void passes() {}
}
"""
SLOW = """
package demo;
class SlowTest {
    @org.junit.jupiter.api.Test void sleeps() throws Exception { Thread.sleep(100_000); }
}
"""

LIMITED_BY_FOUR = """
package demo;
public class LimitedByFourTest {
    @org.junit.Test(timeout = 50) public void four() throws Exception { Thread.sleep(60_000); }
    @org.junit.Test(timeout = 60_000) public void quick() {}
}
"""
LIMITED_BY_FIVE = """
package demo;
import static java.time.Duration.ofMillis;
import static java.util.concurrent.TimeUnit.MILLISECONDS;
import static org.junit.jupiter.api.Assertions.*;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.*;
class LimitedByFiveTest {
    static final char[] LONG = new char[1000];
    @Test @Timeout(value = 50, unit = MILLISECONDS) void annotated() throws Exception { Thread.sleep(60_000); }
    @Test void ended() { assertTimeoutPreemptively(ofMillis(50), () -> Thread.sleep(60_000), "why"); }
    @Test void worded() { assertTimeoutPreemptively(ofMillis(50), () -> Thread.sleep(60_000), new String(LONG)); }
    @Test void future() throws Exception { new CompletableFuture<String>().get(50, MILLISECONDS); }
    @Test void waited() { assertTimeout(ofMillis(5), () -> Thread.sleep(100)); }
    @Test void wrong() { assertTimeoutPreemptively(ofMillis(60_000), () -> assertEquals(1, 2)); }
}
"""


def test_each_generation_of_junit_is_run(run_java: Callable[..., TestRun]) -> None:
    sources = {"demo/ThreeTest.java": THREE, "demo/FourTest.java": FOUR, "demo/FiveTest.java": FIVE}

    ran = run_java(sources, classes=["demo.ThreeTest", "demo.FourTest", "demo.FiveTest"])

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

    ran = run_java({"demo/FourTest.java": FOUR, "demo/FiveTest.java": FIVE}, required=required)

    assert jvm_verdict(ran, required) == (Outcome.PASSED, "")
    assert sorted(ran.statuses) == sorted(required)


def test_a_class_that_fails_around_its_tests_fails_them(run_java: Callable[..., TestRun]) -> None:
    ran = run_java({"demo/AroundTest.java": AROUND}, required=["demo.AroundTest#passes"])

    assert jvm_verdict(ran, ["demo.AroundTest#passes"])[0] is Outcome.ERROR


def test_a_test_that_takes_too_long_is_named(run_java: Callable[..., TestRun]) -> None:
    ran = run_java({"demo/SlowTest.java": SLOW}, required=["demo.SlowTest#sleeps"], method_s=0.5)

    assert (ran.outcome, ran.reason) == (Outcome.TIMEOUT, "demo.SlowTest#sleeps took longer than 0.5 s")


def test_tests_that_are_late_by_limits_of_their_own_are_known(run_java: Callable[..., TestRun]) -> None:
    sources = {"demo/LimitedByFourTest.java": LIMITED_BY_FOUR, "demo/LimitedByFiveTest.java": LIMITED_BY_FIVE}

    ran = run_java(sources, classes=["demo.LimitedByFourTest", "demo.LimitedByFiveTest"])

    assert {*late_tests(ran, tuple(ran.statuses))} == {
        "demo.LimitedByFourTest#four",
        "demo.LimitedByFiveTest#annotated",
        "demo.LimitedByFiveTest#ended",
        "demo.LimitedByFiveTest#waited",
        "demo.LimitedByFiveTest#worded",
        "demo.LimitedByFiveTest#future",
    }, ran.reasons
