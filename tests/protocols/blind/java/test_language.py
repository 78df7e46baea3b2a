"""Test files of Java for patches: what is hidden, how old code is asked, and what an id names."""

from __future__ import annotations

import pytest

from boxscore.protocols.blind.java.language import JAVA
from boxscore.protocols.blind.java.runtime import runtime
from boxscore.protocols.blind.language import WHOLE

PATH = "src/test/java/a/b/PlumTest.java"
OURS = "Boxscore_PlumTest_"
HEAD = """package a.b;
import static org.junit.Assert.*;
import org.junit.Test;
public class PlumTest {{
    @Test public void plum() throws Exception {{ {} }}
    @Test public void pear() {{ }}
    private void help() {{ {} }}
}}
"""
TRIED = f"try {{ g(x); }} catch (Throwable boxscoreError) {{ {OURS}.failed(); }}"
ASSERTJ = HEAD.replace(
    "import org.junit.Test;", "import static org.assertj.core.api.Assertions.*; import org.junit.Test;"
)


def hidden(body: str, head: str = HEAD, helper: str = "") -> tuple[list[str], str]:
    """What is hidden of a test with a body, and what the body becomes."""
    file = JAVA.read(PATH, head.format(body, helper), 0)
    text = file.rewrite({one.number for one in file.hidden}, "/place")
    return [one.source for one in file.hidden], text.partition("Exception { ")[2].partition(" }\n")[0]


def soft(body: str, helper: str = "") -> str:
    """What the body of a blinded test becomes for old code."""
    file = JAVA.read(PATH, HEAD.format(body, helper), 0)
    text = JAVA.soft(file.rewrite({one.number for one in file.hidden}, "/place"))
    return text.partition(f'{OURS}.within("test"); ')[2].partition(" }\n")[0]


@pytest.mark.parametrize(
    ("body", "sources", "left"),
    [
        ('assertEquals("a-b", f());', ["'a-b'"], f"{OURS}.equal(0, f());"),
        ("assertEquals(0.5, f(), 0.1);", ["0.5"], f"{OURS}.near(0, f());"),
        ("assertEquals('x', f());", ["java('x')"], f"{OURS}.equal(0, f());"),
        ('assertEquals(List.of("a", "b"), f());', ["['a', 'b']"], f"{OURS}.equal(0, f());"),
        ("assertArrayEquals(new int[] {7, 8}, f());", ["[7, 8]"], f"{OURS}.equal(0, f());"),
        ('assertLinesMatch(List.of("a"), f());', ["['a']"], f"{OURS}.near(0, f());"),
        ('assertTrue(f().contains("a"));', ["'a'"], f"{OURS}.part(0, f());"),
        ('assertThat(f(), containsString("a"));', ["'a'"], f"{OURS}.part(0, f());"),
        ('assertThat(f(), is(startsWith("a")));', ["'a'"], f"{OURS}.part(0, f());"),
        ('assertThat(f()).isEqualTo("a");', ["'a'"], f"{OURS}.equal(0, f());"),
        (
            'try { assertEquals("a", f()); } catch (IOException e) { }',
            ["'a'"],
            f"try {{ {OURS}.equal(0, f()); }} catch (IOException e) {{ }}",
        ),
    ],
)
def test_what_is_expected_is_taken_out(body: str, sources: list[str], left: str) -> None:
    """Of equality, likeness and parts; messages go too."""
    assert hidden(body) == (sources, left)


def test_steps_of_a_chain_are_taken_out() -> None:
    """What AssertJ's chains ask of their values, and of what these say."""
    thrown, shown = "assertThatThrownBy(() -> f()).isInstanceOf(E.class)", "assertThat(g()).isNotNull()"

    sources, left = hidden(f'{thrown}.hasMessage("a"); {shown}.contains("b");', ASSERTJ)

    assert sources == ["'a'", "'b'"]
    assert f".isInstanceOf(E.class).satisfies(boxscoreSeen -> {OURS}.equal(0, boxscoreSeen.getMessage()));" in left
    assert f"assertThat(g()).isNotNull().satisfies(boxscoreSeen -> {OURS}.part(1, boxscoreSeen));" in left


@pytest.mark.parametrize(
    "body",
    [
        'await().untilAsserted(() -> assertEquals("a", f()));',
        'assertThrows(AssertionError.class, () -> assertEquals("a", f()));',
        'try { assertEquals("a", f()); } catch (AssertionError e) { }',
        'while (true) { assertEquals("a", f()); }',
        'assertFalse(f().contains("a"));',
        'assertThat(f(), not(containsString("a")));',
    ],
)
def test_what_need_not_hold_stays(body: str) -> None:
    """A comparison that may fail without its test is none; neither is one that must not hold."""
    assert hidden(body)[0] == []


def test_a_rewritten_file_has_as_many_lines() -> None:
    """So that what a compiler says of a line can be understood."""
    source = HEAD.format('assertEquals(\n"a",\n\nf());', "")
    file = JAVA.read(PATH, source, 0)

    text = JAVA.without_runtime(file.rewrite({0}, "/place"))

    assert text.count("\n") == source.count("\n")


def test_a_value_belongs_to_its_test_and_that_of_a_helper_to_all() -> None:
    """Who calls a helper is not looked for."""
    file = JAVA.read(PATH, HEAD.format('assertEquals("a", f());', 'assertEquals("b", f());'), 0)

    assert [file.users(one.number) for one in file.hidden] == [{((), "plum")}, {((), "plum"), ((), "pear")}]


@pytest.mark.parametrize(
    ("test", "place"),
    [
        ("a.b.PlumTest", (PATH, WHOLE)),
        ("PlumTest", (PATH, WHOLE)),
        ("a.b.PlumTest#plum", (PATH, "plum")),
        ("a.b.PlumTest.plum", (PATH, "plum")),
        ("PlumTest > plum()", (PATH, "plum")),
        ("PlumTest > plum(int) > [1] 5", (PATH, "plum")),
        ("PlumTest > shown as something", None),
        ("a.b.PlumTest#inherited", None),
        (":core:test", None),
        ("a.b.OtherTest", None),
    ],
)
def test_an_id_names_a_method_or_a_class(test: str, place: tuple[str, str] | None) -> None:
    """As Maven, Gradle and their like write it; what is not seen to be in the file is unknown."""
    assert JAVA.places([test], {PATH: HEAD.format("", "")}) == {test: place}


@pytest.mark.parametrize(
    ("body", "left"),
    [
        ("f();", f"try {{ f(); }} catch (Throwable boxscoreError) {{ {OURS}.failed(); }}"),
        (
            "int x = f(); g(x);",
            f"int x; try {{ x = f(); }} catch (Throwable boxscoreError) {{ {OURS}.failed(); x = 0; }} {TRIED}",
        ),
        ("final X x = f();", f"final X x = {OURS}.<X>attempt(() -> (f()), null);"),
        (
            "E e = assertThrows(E.class, () -> f());",
            f"E e = {OURS}.<E>attemptThrown(() -> (assertThrows(E.class, () -> f())), null);",
        ),
        ("long x; x = f();", "long x; x = f();"),
        ('String x = "a";', 'String x = "a";'),
    ],
)
def test_a_statement_goes_on_after_an_error(body: str, left: str) -> None:
    """And says so; what a later statement needs to have a value is left."""
    assert soft(body) == left


def test_what_an_error_says_is_reached_where_none_came() -> None:
    """That is lacking; what else ends in an error may have the value right behind it."""
    thrown = soft('E e = assertThrows(E.class, () -> f()); assertEquals("a", e.getMessage()); assertEquals("b", f());')

    assert f"{OURS}.equal({OURS}.reached(0), e.getMessage());" in thrown
    assert f"{OURS}.equal({OURS}.at(1), f());" in thrown


def test_an_error_is_asked_what_it_says_before_its_class() -> None:
    """One of another class has the words too."""
    source = ASSERTJ.format('assertThatThrownBy(() -> f()).isInstanceOf(E.class).hasMessage("a");', "")
    file = JAVA.read(PATH, source, 0)

    text = JAVA.soft(file.rewrite({0}, "/place"))

    asked = f".satisfies(boxscoreSeen -> {OURS}.equal(0, boxscoreSeen.getMessage()))"
    assert f"try {{ {OURS}.reached(0); assertThatThrownBy(() -> f()){asked}.isInstanceOf(E.class){asked}" in text


def test_errors_that_a_test_looks_at_are_left_to_it() -> None:
    """In a `try` that catches them, and in functions."""
    text = soft("try { f(); } catch (E e) { g(); } h(() -> { f(); });")

    assert "{ f(); } catch (E e)" in text
    assert f"try {{ g(); }} catch (Throwable boxscoreError) {{ {OURS}.failed();" in text
    assert "h(() -> { f(); });" in text


@pytest.mark.parametrize(
    ("called", "is_noted"),
    [
        ("f()", False),
        ("f().g()", True),
        ("f().part", True),
        ("{ for (Object one : f()) { } }", True),
        ("help()", True),
        ("this.help()", True),
        ("other.help()", False),
    ],
)
def test_an_error_of_several_calls_may_be_that_of_another(called: str, *, is_noted: bool) -> None:
    """Old code may say what is right once the first of them is fixed."""
    bound = soft(f'E e = assertThrows(E.class, () -> {called});\nassertEquals("plum", e.getMessage());')
    chain = f'assertThatThrownBy(() -> {called}).hasMessage("plum");'
    file = JAVA.read(PATH, ASSERTJ.format(chain, ""), 0)
    chained = JAVA.soft(file.rewrite({0}, "/place"))

    failed = f"{OURS}.failed();"
    assert (f"{failed} E e = " in bound) is is_noted
    assert (f"{failed} assertThatThrownBy(" in chained) is is_noted


@pytest.mark.parametrize(
    ("statement", "is_noted"),
    [
        ('assertEquals("a", assertThrows(E.class, () -> f().g()).getMessage());', True),
        ('assertEquals("a", assertThrows(E.class, () -> f()).getMessage());', False),
        ("e = assertThrows(E.class, () -> f().g());", True),
        ("e = assertThrows(E.class, (Executable) () -> f());", False),
        ("e = assertThrows(E.class, PlumTest::help);", True),
        ("e = assertThrows(E.class, Plum::help);", False),
        ("e = assertThrows(E.class, run);", True),
        ("Throwable e = catchThrowable(() -> f().g());", True),
        ("Throwable e = catchThrowable(() -> f());", False),
        ("return assertThrows(E.class, () -> f().g());", True),
        ("assertThrows(E.class, () -> f().g());", False),
    ],
)
def test_what_hangs_on_an_error_of_several_steps_is_noted(statement: str, *, is_noted: bool) -> None:
    """However it is taken; where nothing hangs on it, it is an assertion."""
    assert soft(statement).removeprefix("try { ").startswith(f"{OURS}.failed(); ") is is_noted


def test_a_field_of_an_error_of_several_steps_spoils_the_file() -> None:
    """Any test may read it."""
    source = HEAD.replace("PlumTest {{", "PlumTest {{ static Throwable E = catchThrowable(() -> f().g());").format(
        "", ""
    )

    text = JAVA.soft(JAVA.read(PATH, source, 0).rewrite((), "/place"))

    assert f"static {{ {OURS}.lost(); }} static Throwable E = " in text


def test_what_a_helper_is_given_to_run_may_make_several_steps() -> None:
    """It says what any of them says."""
    tried = "try {{ given.run(); fail(); }} catch (E e) {{ said = e; }}"
    source = HEAD.replace("help() {{ {} }}", f"help(Runnable given) {{{{ {tried} {{}} }}}}").format("", "")

    text = JAVA.soft(JAVA.read(PATH, source, 0).rewrite((), "/place"))

    assert f"catch (E e) {{ {OURS}.failed();" in text


@pytest.mark.parametrize(
    ("tried", "is_noted"),
    [
        ("x = f();", True),
        ("f(); fail();", False),
        ("f().g(); fail();", True),
        ('f(); Assertions.fail("no error");', False),
        ("help(); fail();", True),
    ],
)
def test_errors_that_a_test_catches_are_noted(tried: str, *, is_noted: bool) -> None:
    """Old code may be right once they are fixed; but where none is a failure they are what the test asks for."""
    text = soft(f"String x; try {{ {tried} }} catch (E e) {{ x = null; }}")

    assert (f"catch (E e) {{ {OURS}.failed();" in text) is is_noted


@pytest.mark.parametrize(
    ("compared", "is_lacking"),
    [
        ("f()", True),
        ("f(1, x)", True),
        ("a.b.N.f(x)", True),
        ("f(N.FAST)", False),
        ("f(FAST)", False),
        ("f(N::g)", False),
    ],
)
def test_what_a_call_is_given_may_be_what_is_lacking(compared: str, *, is_lacking: bool) -> None:
    """Old code has the method then, and may have its value right."""
    text = soft_file(f'int x = 1;\nassertEquals("a", {compared});', helper="", others="")
    lines = {at for at, line in enumerate(text.splitlines(), 1) if compared in line}

    assert (".lacks(0, " in JAVA.without(text, lines)) is is_lacking


def test_lines_that_do_not_compile_are_found() -> None:
    """As Maven and javac say them; of other files nothing is known."""
    log = (
        f"[ERROR] /testbed/{PATH}:[12,34] cannot find symbol\n"
        f"/testbed/{PATH}:15: error: ';' expected\n"
        "[ERROR] /testbed/src/main/java/a/Other.java:[3,1] no\n"
        f"/testbed/{PATH}:16: warning: old\n"
    )

    assert JAVA.unbuilt(log, [PATH]) == {PATH: {12, 15}}


def test_what_does_not_compile_is_taken_for_an_error() -> None:
    """A variable is empty, then gone; a comparison was reached; a method whose head is wrong is gone."""
    text = soft_file(
        'N n = new N();\nassertEquals("a", n.f());\nf();', helper="", others="\n    private void g(N n) { }\n"
    )
    lines = {at for at, line in enumerate(text.splitlines(), 1) if "N n" in line or "n.f()" in line}

    once = JAVA.without(text, lines)
    again = JAVA.without(once, {at for at, line in enumerate(once.splitlines(), 1) if "N n" in line})

    assert "N n = null /* absent */;" in once
    assert "N n" not in again
    assert "n.f()" not in once
    assert f'{OURS}.lacks(0, "f"); {OURS}.failed();' in once
    assert "try { f(); }" in again


def soft_file(body: str, helper: str, others: str) -> str:
    """A whole blinded file for old code."""
    source = HEAD.replace(
        "    private void help", others.replace("{", "{{").replace("}", "}}") + "    private void help"
    )
    file = JAVA.read(PATH, source.format(body, helper), 0)
    return JAVA.soft(file.rewrite({one.number for one in file.hidden}, "/place"))


def test_a_file_without_our_class_is_rewritten_too() -> None:
    """A helper that is new with the tests may not compile with the old code either."""
    text = JAVA.without("class H {\n  N n;\n  int f() {\n    return n.g();\n  }\n}\n", {2, 4})

    assert "N n" in text
    assert 'System.setProperty("boxscore.failed", "1"); return 0;' in text


def test_what_is_ours_is_taken_out_again() -> None:
    """A reader of the file finds no values in it."""
    file = JAVA.read(PATH, HEAD.format('assertEquals("a", f());', ""), 0)

    text = file.rewrite({0}, "/place")

    assert runtime(OURS, "/place") in text
    assert "Plain" not in JAVA.without_runtime(text)
