"""Which tests Java sources hold, and which of them check less than before."""

from __future__ import annotations

import pytest

from boxscore.protocols.migration.inventory import SourceReading, read_source, read_sources, weakened_tests
from boxscore.protocols.migration.inventory import test_inventory as inventory_of
from boxscore.protocols.migration.original import renamed_tests

JUNIT_4 = """package toy;
import static org.junit.Assert.*;
import org.junit.Test;
public class CalcTest {
  @Test public void odd() { assertEquals("odd", 2, Calc.median(3, 1, 2)); }
  @Test public void even() { assertEquals(2.5, Calc.median(1, 2, 3, 4), 0); /* why */ }
  public void helper() { }
}
"""


def read(source: str) -> list[SourceReading]:
    return [read_source(source.encode())]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (JUNIT_4, ("toy.CalcTest#odd", "toy.CalcTest#even")),
        ("class A { class B { @Test void x() {} @RepeatedTest(2) void y() {} } }", ("A$B#x", "A$B#y")),
        ("class A { @org.junit.jupiter.api.Test void x() {} void y() { new B() { @Test void z() {} }; } }", ("A#x",)),
        ("package a.b; enum E { ONE; @org.junit.Test public void x() {} }", ("a.b.E#x",)),
    ],
)
def test_annotated_methods_are_tests(source: str, found: tuple[str, ...]) -> None:
    assert inventory_of({"T.java": source.encode()}) == found


@pytest.mark.parametrize(
    "source",
    [
        JUNIT_4.replace("assertEquals(2.5, Calc.median(1, 2, 3, 4), 0);", ""),
        JUNIT_4.replace("@Test public void even", "public void other"),
        JUNIT_4.replace("class CalcTest", "class Other"),
        "}" * 5,
    ],
)
def test_a_test_that_checks_less_is_weaker(source: str) -> None:
    even = "toy.CalcTest#even"

    assert weakened_tests([even], read(JUNIT_4), read(source)) == {even: "its body has 0 checks, not 1"}
    assert weakened_tests(["toy.CalcTest#inherited"], read(JUNIT_4), read(source)) == {}


REFUSES = """class CalcTest {
  @Test public void refuses() {
    %s
  }
}
"""
BEFORE = """try {
      Calc.median();
      fail("nothing has no median");
    } catch (IllegalArgumentException expected) {
      assertEquals("nothing", expected.getMessage());
    }"""
FEWER = {"CalcTest#refuses": "its body has 1 checks, not 2"}


@pytest.mark.parametrize(
    ("body", "weakened"),
    [
        ('assertEquals("nothing", assertThrows(IllegalArgumentException.class, Calc::median).getMessage());', {}),
        ("var checked = assertThrows(IllegalArgumentException.class, Calc::median); use(checked, checked);", FEWER),
        ("Stream.of(run(Calc::median)).map(this::thrown).peek(Assertions::assertNotNull).forEach(this::check);", {}),
    ],
)
def test_only_calls_and_references_to_methods_are_checks(body: str, weakened: dict[str, str]) -> None:
    assert weakened_tests(["CalcTest#refuses"], read(REFUSES % BEFORE), read(REFUSES % body)) == weakened


OVERLOADED = "class A { @Test void x() { %s } void x(int of) { assertTrue(of > 0); assertTrue(of < 9); } }"


def test_a_helper_of_a_tests_name_is_no_test() -> None:
    before = read(OVERLOADED % "assertEquals(1, one());")
    without_helper = read("class A { @Test void x() { assertEquals(1, one()); } }")

    assert weakened_tests(["A#x"], before, read(OVERLOADED % "")) == {"A#x": "its body has 0 checks, not 1"}
    assert weakened_tests(["A#x"], before, without_helper) == {}


def test_a_source_that_takes_too_long_is_unreadable() -> None:
    hostile = b"class A { void x() { " + b"a < b > ( " * 60_000

    assert read_sources({"A.java": b"class A {}"})["A.java"].listed == (("class", "A"),)
    assert read_sources({"A.java": hostile}, cpu_s=1)["A.java"].checks in ({}, {"A#x": 0})


MOVED = b"import jakarta.servlet.Filter; import javax.inject.Inject; class A {}"


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"import javax.servlet.*; import javax.inject.*;", b"import jakarta.servlet.*; import javax.inject.*;"),
        (b"class A { javax.servlet.http.Cookie c; }", b"class A { jakarta.servlet.http.Cookie c; }"),
        (b'class A { String s = "javax.servlet.x"; } // javax.servlet', None),
        (b"import javax.servletx.A; import my.javax.servlet.B;", None),
    ],
)
def test_moved_packages_have_their_new_names_in_code(source: bytes, expected: bytes | None) -> None:
    renamed = renamed_tests({"A.java": source}, [MOVED, b'/* javax.servlet */ class B { String s = "javax.servlet"; }'])

    assert renamed == ({} if expected is None else {"A.java": expected.decode()})
    assert renamed_tests({"A.java": source}, [MOVED, b"class B { javax.servlet.Filter f; }"]) == {}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", [b"/* ", b'"\\"', b"javax.a", b"'", b".javax.servlet"])
def test_hostile_sources_take_no_longer_than_others(part: bytes) -> None:
    assert renamed_tests({"A.java": b""}, [part * (1_000_000 // len(part))]) == {}
