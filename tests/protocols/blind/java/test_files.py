"""Which values can be taken out of sources of tests in Java, and the sources without them."""

from __future__ import annotations

import pytest

from boxscore.protocols.blind.java.files import JavaFile
from boxscore.protocols.canaries.text import CannotRewriteError

HEAD = "package demo;\nimport static org.junit.Assert.*;\npublic class T {{\n  @Test public void a() {{\n{}\n  }}\n}}\n"


def rewritten(body: str, head: str = HEAD) -> tuple[list[str], str]:
    """The values that can be hidden in the body of a test, and what is left of that."""
    file = JavaFile("T.java", head.format(body), 0)
    text = file.rewrite({one.number for one in file.sites})
    before, _, after = head.format("\0").partition("\0")
    return [one.source for one in file.sites], text.removeprefix(before).removesuffix(after)


@pytest.mark.parametrize(
    ("body", "sources", "left"),
    [
        ('assertEquals("a\\n", f());', [r"'a\n'"], "boxscore.jvm.Blind.equal(0, f());"),
        ("assertEquals(-5, f(g(1)));", ["-5"], "boxscore.jvm.Blind.equal(0, f(g(1)));"),
        ("assertEquals(0.5, f(), 0.01);", ["java: 0.5"], "boxscore.jvm.Blind.near(0, f());"),
        ('Assert.assertEquals("told", 5, f());', ["5"], "boxscore.jvm.Blind.equal(0, f());"),
        ('assertEquals("m", 0.5, f(), 0.1);', ["java: 0.5"], "boxscore.jvm.Blind.near(0, f());"),
        ('assertEquals(f(), "late");', ["'late'"], "boxscore.jvm.Blind.equal(0, f());"),
        ("assertArrayEquals(new int[] {1, 2}, f());", ["java: new int[] {1, 2}"], "boxscore.jvm.Blind.equal(0, f());"),
        ('assertTrue("x1".equals(f()));', ["'x1'"], "boxscore.jvm.Blind.equal(0, f());"),
        ("assertThat(f(), is(equalTo(12)));", ["12"], "boxscore.jvm.Blind.equal(0, f());"),
        ('assertThat(f()).isEqualTo("x");', ["'x'"], "boxscore.jvm.Blind.equal(0, f());"),
        ("check(() -> assertEquals(7, f()));", ["7"], "check(() -> boxscore.jvm.Blind.equal(0, f()));"),
        ("assertEquals(7, f()); // it is 7", ["7"], "boxscore.jvm.Blind.equal(0, f());           "),
        ('String e = "x"; assertEquals(e, f());', ["'x'"], "String e = null; boxscore.jvm.Blind.equal(0, f());"),
        ("long e = 5; assertEquals(e, f());", ["5"], "long e = 0; boxscore.jvm.Blind.equal(0, f());"),
    ],
)
def test_a_known_value_is_taken_out(body: str, sources: list[str], left: str) -> None:
    """What is expected goes, with messages and comments; what is tested stays."""
    assert rewritten(body) == (sources, left)


@pytest.mark.parametrize(
    "body",
    [
        "assertEquals(f(), g());",
        "assertEquals(1, 2);",
        "assertTrue(f());",
        "assertEquals(true, f());",
        "assertNull(f());",
        'String e = "x"; use(e); assertEquals(e, f());',
        'String e = "x"; e = g(); assertEquals(e, f());',
        "var e = 5; assertEquals(e, f());",
        'other.assertEquals("x", f());',
        'assertThat(f()).isEqualTo("x").isNotNull();',
    ],
)
def test_what_is_used_otherwise_stays(body: str) -> None:
    """Nothing is hidden that the test needs, or that there are only two of."""
    assert rewritten(body) == ([], body)


def test_arguments_of_testng_are_the_other_way_round() -> None:
    """Whichever side is written down is the one that is expected."""
    head = HEAD.replace("org.junit.Assert", "org.testng.Assert")

    assert rewritten('assertEquals(f(), 5, "message");', head) == (["5"], "boxscore.jvm.Blind.equal(0, f());")


def test_an_own_method_of_the_name_is_no_comparison() -> None:
    """A test that has its own `assertEquals` may mean something else by it."""
    head = HEAD.replace("public class T {{", "public class T {{ void assertEquals(int a, int b) {{}}")

    assert rewritten("assertEquals(5, f());", head) == ([], "assertEquals(5, f());")


def test_all_of_a_variable_is_hidden_or_nothing() -> None:
    """A value that one comparison needs back is there for all of its variable."""
    source = HEAD.format('String e = "x"; assertEquals(e, f()); assertEquals(e, g()); assertEquals(7, h());')
    file = JavaFile("T.java", source, 0)

    text = file.rewrite({0, 2})

    assert 'String e = "x"; assertEquals(e, f()); assertEquals(e, g()); boxscore.jvm.Blind.equal(2, h());' in text


def test_sites_name_the_method_that_they_are_in() -> None:
    """Of nested classes too."""
    file = JavaFile("T.java", "package a.b; class T { class U { void c() { assertEquals(5, f()); } } }", 3)

    assert [(one.number, one.test, one.line) for one in file.sites] == [(3, "a.b.T$U#c", 1)]


def test_what_is_no_java_is_refused() -> None:
    """A source that cannot be read hides nothing."""
    with pytest.raises(CannotRewriteError):
        JavaFile("T.java", "class {", 0)


HELPED = """class T {
  void check(int x) { assertEquals(48211, x); }
  void twice(int x) { check(x); check(x); }
  void run() { twice(f()); }
  @Test void a() { BODY }
}
"""


@pytest.mark.parametrize(
    "body",
    [
        "try { check(f()); } catch (AssertionError e) { g(); }",
        "try { twice(f()); } catch (Throwable e) { g(); }",
        "retry(() -> check(f()));",
        "await(this::run);",
        "while (g()) check(f());",
    ],
)
def test_what_may_fail_without_its_test_stays(body: str) -> None:
    """A right program may fail it, and the test take that; so it is in a method that is called there."""
    assert not JavaFile("T.java", HELPED.replace("BODY", body), 0).sites


@pytest.mark.parametrize(
    "body", ["check(f());", "try { run(); } catch (IOException e) { fail(); }", "all.forEach(one -> check(one));"]
)
def test_a_helper_that_fails_its_test_has_values_to_take_out(body: str) -> None:
    """However it is called."""
    assert [one.source for one in JavaFile("T.java", HELPED.replace("BODY", body), 0).sites] == ["48211"]


def test_what_is_caught_stays() -> None:
    """Where the reference does not fail there, nothing else would show it."""
    sources, _ = rewritten("try { assertEquals(5, f()); } catch (AssertionError e) { assertEquals(7, f()); }")

    assert sources == ["7"]
