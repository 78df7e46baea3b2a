"""Test inventories of Java sources and what became of tests between two; renames of packages that a candidate made."""

from __future__ import annotations

import pytest

from boxscore.protocols.migration.inventory import TOO_MUCH, Inventory, read_sources, weakened_tests
from boxscore.protocols.migration.inventory import test_inventory as inventory_of
from boxscore.protocols.migration.original import names_in, renamed_tests, renames_between

JUNIT_4 = """package toy;
import static org.junit.Assert.*;
import org.junit.Test;
public class CalcTest {
  @Test public void odd() { assertEquals("odd", 2, Calc.median(3, 1, 2)); }
  @Test public void even() { assertEquals(2.5, Calc.median(1, 2, 3, 4), 0); /* why */ }
  public void helper() { }
}
"""


def read(*sources: str) -> Inventory:
    return inventory_of({f"src/test/java/T{number}.java": text.encode() for number, text in enumerate(sources)})


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (JUNIT_4, {"toy.CalcTest#odd": "junit4", "toy.CalcTest#even": "junit4"}),
        ("class A extends junit.framework.TestCase { public void testX() {} void testY() {} }", {"A#testX": "junit3"}),
        ("class B extends A { public void testZ() {} } class A extends TestCase { }", {"B#testZ": "junit3"}),
        (
            "import org.junit.jupiter.api.*; class A { class B { @Test void x() {} @RepeatedTest(2) void y() {} } }",
            {"A$B#x": "junit5", "A$B#y": "junit5"},
        ),
        ("import org.testng.annotations.Test; @Test class A { public void x() {} void y() {} }", {"A#x": "testng"}),
        ("class A { @org.junit.jupiter.api.Test void x() {} }", {"A#x": "junit5"}),
        ("package a.b; enum E { ONE; @org.junit.Test public void x() {} }", {"a.b.E#x": "junit4"}),
    ],
)
def test_each_framework_has_its_own_tests(source: str, found: dict[str, str]) -> None:
    inventory = read(source)

    styles = {test.id: test.style for test in inventory.tests}

    assert styles == found
    assert set(inventory.ids) == set(found)


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        (JUNIT_4.replace("assertEquals(2.5, Calc.median(1, 2, 3, 4), 0);", ""), "its body has 0 checks, not 1"),
        (JUNIT_4.replace("@Test public void even", "public void even"), "its body has 0 checks, not 1"),
        (JUNIT_4.replace("class CalcTest", "class Other"), "its body has 0 checks, not 1"),
        ("}" * 5, "its body has 0 checks, not 1"),
    ],
)
def test_a_test_that_checks_less_is_weaker(source: str, reason: str) -> None:
    assert reason in weakened_tests(read(JUNIT_4), read(source))["toy.CalcTest#even"]


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
    assert weakened_tests(read(REFUSES % BEFORE), read(REFUSES % body)) == weakened


def test_a_source_that_takes_too_long_is_unreadable() -> None:
    hostile = b"class A { void x() { " + b"a < b > ( " * 60_000

    assert read_sources({"A.java": b"class A {}"})["A.java"].types[0].name == "A"
    assert read_sources({"A.java": hostile}, cpu_s=1)["A.java"].problem in {TOO_MUCH, "a part of it is no Java"}


SERVLET = (("javax.servlet", "jakarta.servlet"),)


def test_a_rename_is_one_that_the_candidate_made() -> None:
    source = b"import javax.servlet.Filter; import javax.inject.Inject; class A {}"
    base = names_in([source])
    now = [b"import jakarta.servlet.Filter; import javax.inject.Inject; class A {}"]

    assert renames_between(base, now) == SERVLET
    assert renames_between(base, [source]) == ()
    assert renames_between(base, [*now, b"class B { javax.servlet.Filter f; }"]) == ()
    assert (
        renames_between(base, [*now, b'/* javax.servlet */ class B { String s = "javax.servlet.Filter"; }']) == SERVLET
    )


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"import javax.servlet.*;", b"import jakarta.servlet.*;"),
        (b"class A { javax.servlet.http.Cookie c; }", b"class A { jakarta.servlet.http.Cookie c; }"),
        (b'class A { String s = "javax.servlet.x"; }', b'class A { String s = "javax.servlet.x"; }'),
        (b"class A { /* javax.servlet.x */ } // javax.servlet", b"class A { /* javax.servlet.x */ } // javax.servlet"),
        (
            b"import javax.servletx.A; import my.javax.servlet.B;",
            b"import javax.servletx.A; import my.javax.servlet.B;",
        ),
    ],
)
def test_renames_touch_code_alone(source: bytes, expected: bytes) -> None:
    assert renamed_tests({"A.java": source}, SERVLET).get("A.java", source.decode()) == expected.decode()


@pytest.mark.timeout(60)
@pytest.mark.parametrize("part", [b"/* ", b'"\\"', b"org.a", b"'", b".javax.servlet"])
def test_hostile_sources_take_no_longer_than_others(part: bytes) -> None:
    assert renames_between(frozenset({"javax.servlet"}), [part * (1_000_000 // len(part))]) == ()
