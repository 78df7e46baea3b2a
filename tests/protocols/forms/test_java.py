"""What tests of Java expect, and copies of them that expect something else."""

from __future__ import annotations

import random
import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.canaries.clues import Contents
from boxscore.protocols.forms.java import Java
from boxscore.protocols.forms.plan import literal_forms, literal_windows

if TYPE_CHECKING:
    from pathlib import Path

HEAD = "package a.b;\nimport static org.junit.jupiter.api.Assertions.*;\nimport org.junit.jupiter.api.Test;\n"


def source(body: str, annotation: str = "@Test") -> str:
    """A file with one test."""
    return f"{HEAD}class ATest {{\n  {annotation}\n  void works() {{\n{body}\n  }}\n}}\n"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ('assertEquals("some text", f(1));', [["some", "text"]]),
        ('assertEquals(-4L, f(1), "why");', [[-4]]),
        ("assertEquals(List.of(1, 2), f());", [[1, 2]]),
        ("assertArrayEquals(new int[] {1, 2}, f());", [[1, 2]]),
        ("assertThat(f()).isEqualTo(31);", [[31]]),
        ('assertThat(f(), is("word"));', [["word"]]),
        ('String want = "a b";\nassertEquals(want, f());', [["a", "b"]]),
        ("try { assertEquals(3, f()); } finally { g(); }", [[3]]),
        # What is not reached by each run, or used otherwise, hides nothing.
        ("if (x) { assertEquals(3, f()); }", []),
        ("for (int i : f()) assertEquals(3, i);", []),
        ("if (x) return;\nassertEquals(3, f());", []),
        ("try { assertEquals(3, f()); } catch (Error e) { }", []),
        ("int want = 3;\ng(want);\nassertEquals(want, f());", []),
        ("assertNotEquals(3, f());", []),
        ("assertEquals(2.5, f(), 0.1);", []),
        ("assertEquals(LocalDate.of(2020, 1, 2), f());", []),
    ],
)
def test_what_may_be_said_otherwise(body: str, expected: list[list[object]]) -> None:
    """Literals that each run compares are found, in all usual libraries."""
    (test,) = Java().read("ATest.java", source(body), "word").tests
    assert [[choice.true for choice in one.choices] for one in test.assertions] == expected


NO_TESTS = ["@Test(expected = E.class)", "@ParameterizedTest", "@RepeatedTest(2)", "@BeforeEach"]


@pytest.mark.parametrize("annotation", NO_TESTS)
def test_what_is_no_plain_test_has_no_forms(annotation: str) -> None:
    """Of one that waits for an exception a failure may be taken for it."""
    assert Java().read("ATest.java", source("assertEquals(3, f());", annotation), "word").tests == ()


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("a.b.ATest.works", {"a.b.ATest#works"}),
        ("ATest#works", {"a.b.ATest#works"}),
        ("a.b.ATest", {"a.b.ATest#works", "a.b.ATest#fails"}),
        ("a.b.BTest", set()),
    ],
)
def test_ids_name_methods_or_whole_classes(test: str, expected: set[str]) -> None:
    """A class stands for all its tests."""
    assert set(Java().named([test], ["a.b.ATest#works", "a.b.ATest#fails"])) == expected


def test_what_does_not_compile_with_the_old_code_is_left_out() -> None:
    """Methods go, and imports of what is not there."""
    text = "import a.B;\nclass A {\n  void b() {\n    x();\n  }\n  void c() {}\n}\n"
    assert Java().without_lines(text, {1, 4}) == "\nclass A {\n  \n  void c() {}\n}\n"


def test_forms_are_run_by_java(tmp_path: Path) -> None:
    """Each original passes, and each negated test fails: with assertions like JUnit's, since that is not here."""
    java = shutil.which("java")
    if java is None or shutil.which("javac") is None:
        pytest.skip("no java here")
    text = source(
        '    // 1247\n    assertEquals("fee 1247 of 40", fee(40), "not 1247");\n'
        "    int size = 16;\n    assertEquals(size, fee(400).length());"
    ).replace(
        "class ATest {", 'class ATest {\n  static String fee(int x) { return "fee " + (x * 31 + 7) + " of " + x; }\n'
    )
    files, rng = {"ATest.java": text}, random.Random(1)
    windows = literal_windows(files, ["ATest"], Java(), Contents(), forms=40, rng=rng)
    plan = literal_forms(files, windows, Java(), rng, blank=True)
    written = plan.files["ATest.java"]
    assert written.count("1247") == 1
    program = written.replace(HEAD, "").replace("@Test", "").replace("class ATest {", f"class ATest {{\n{ASSERTIONS}")
    (tmp_path / "ATest.java").write_text(program)

    done = subprocess.run([java, "ATest.java"], cwd=tmp_path, capture_output=True, text=True, check=False)

    said = dict(line.split() for line in done.stdout.splitlines())
    passed = {one.word for one in plan.forms if said[f"works_{one.word}"] == "true"}
    assert passed == {one.word for one in plan.forms if one.passes}
    assert plan.negated > 20


ASSERTIONS = """
  static void assertEquals(Object one, Object other, String... message) {
    if (!one.equals(other)) throw new AssertionError();
  }
  public static void main(String[] arguments) throws Exception {
    for (var one : ATest.class.getDeclaredMethods()) {
      if (!one.getName().startsWith("works")) continue;
      boolean passed = true;
      try { one.invoke(new ATest()); } catch (java.lang.reflect.InvocationTargetException error) { passed = false; }
      System.out.println(one.getName() + " " + passed);
    }
  }
"""
