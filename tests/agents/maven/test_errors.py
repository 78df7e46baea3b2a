"""What is read out of the log of a build by Maven."""

from __future__ import annotations

import pytest

from boxscore.agents.maven.errors import BuildError, below, read_errors, same_errors, snippet

TREE = "/testbed"
COMPILER = """[INFO] Scanning for projects...
[INFO] -------------------------------------------------------------
[ERROR] COMPILATION ERROR :
[INFO] -------------------------------------------------------------
[ERROR] /testbed/src/main/java/a/Sum.java:[3,21] package javax.xml.bind does not exist
[ERROR] /testbed/core/src/main/java/a/Text.java:[12,5] cannot find symbol
  symbol:   class JAXBContext
  location: class a.Text
[INFO] 2 errors
[INFO] BUILD FAILURE
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.8.1:compile
"""
PLUGIN = """[INFO] --- war:2.2:war ---
[INFO] BUILD FAILURE
[INFO] Total time:  1.2 s
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-war-plugin:2.2:war: Cannot access defaults field
[ERROR]
[ERROR] Re-run Maven using the -X switch to enable full debug logging.
"""
TESTS = """[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 0.31 s <<< FAILURE! - in a.SumTest
[INFO] Results:
[INFO]
[ERROR] Failures:
[ERROR]   SumTest.adds:9 expected:<3> but was:<4>
[INFO]
[ERROR] Tests run: 2, Failures: 1, Errors: 0, Skipped: 0
[INFO] BUILD FAILURE
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-surefire-plugin:2.22.2:test: There are test failures.
"""


def test_errors_of_the_compiler_name_file_line_and_column() -> None:
    """Errors of the compiler name file line and column."""
    first, second = read_errors(COMPILER, TREE)
    assert first == BuildError(
        path="src/main/java/a/Sum.java", line=3, column=21, message="package javax.xml.bind does not exist"
    )
    assert second.path == "core/src/main/java/a/Text.java"
    assert second.message.splitlines()[1:] == ["  symbol:   class JAXBContext", "  location: class a.Text"]


def test_a_build_that_fails_elsewhere_has_one_error_of_the_project() -> None:
    """A build that fails elsewhere has one error of the project."""
    (error,) = read_errors(PLUGIN, TREE)
    assert (error.path, error.line) == ("pom.xml", 0)
    assert "Cannot access defaults field" in error.message
    assert "Total time" not in error.message


def test_tests_that_fail_are_named_without_how_long_they_took() -> None:
    """Tests that fail are named without how long they took."""
    (error,) = read_errors(TESTS, TREE)
    assert "SumTest.adds:9 expected:<3> but was:<4>" in error.message
    assert "There are test failures" in error.message
    assert "elapsed" not in error.message


@pytest.mark.parametrize("log", ["", "Killed", "[FATAL] Non-resolvable parent POM", "[ERROR] COMPILATION ERROR :\n"])
def test_a_log_that_breaks_off_still_gives_an_error(log: str) -> None:
    """A log that breaks off still gives an error."""
    assert len(read_errors(log, TREE)) == 1


def test_errors_are_the_same_wherever_they_have_moved() -> None:
    """Errors are the same wherever they have moved."""
    moved = COMPILER.replace("[3,21]", "[7,1]")
    assert same_errors(read_errors(COMPILER, TREE), read_errors(moved, TREE))
    other = COMPILER.replace("JAXBContext", "Marshaller")
    assert not same_errors(read_errors(COMPILER, TREE), read_errors(other, TREE))


def test_a_snippet_has_five_lines_on_either_side_and_marks_the_error() -> None:
    """A snippet has five lines on either side and marks the error."""
    source = "\n".join(f"line {number}" for number in range(1, 21))
    lines = snippet(source, 10).splitlines()
    assert (lines[0], lines[-1], len(lines)) == ("line 5", "line 15", 11)
    assert lines[5] == "line 10  //  Compilation error is at this line."
    assert snippet(source, 21) == snippet(source, 0) == ""


def test_paths_are_told_below_the_tree() -> None:
    """Paths are told below the tree."""
    assert below(TREE, "/testbed/a/../b.java") == "b.java"
    assert below(TREE, "/testbeds/b.java") == "/testbeds/b.java"
