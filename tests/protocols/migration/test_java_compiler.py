"""The grader's own compiler: what it is not even started for."""

from __future__ import annotations

import pytest

from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.errors import BoxError
from boxscore.protocols.migration.java_compiler import Job, compile_java, options_of
from boxscore.protocols.migration.pom import read_effective_pom
from boxscore.records import Limits
from boxscore.testing import FakeBackend
from tests.protocols.migration.effective_poms import ROOT, compiler, effective, project


@pytest.mark.parametrize("name", ["A\n-processorpath\n/testbed\n.java", "a/\x1b.java", "A\r.java"])
def test_names_that_would_begin_options_are_refused(name: str) -> None:
    """A line's end in a file of arguments ends a word, quoted or not, and the next word may be an option."""
    job = Job(sources={name: b"class A {}"}, class_path=())

    with FakeBackend().box(BoxSpec()) as box:
        found = compile_java(box, job, java="/jdk", limits=Limits())

    assert found.failed
    assert "a source has a name that no compiler is given" in found.message


@pytest.mark.parametrize("exit_code", [126, 127])
def test_a_compiler_that_is_not_even_started_is_trouble_of_ours(exit_code: int) -> None:
    """The shell says so by a code that no `javac` ends with, whatever a source is called."""
    done = Completed(exit_code=exit_code, stderr=b"mkdir: no space left on device", wall_s=0.1)

    with (
        FakeBackend(run=lambda _: done).box(BoxSpec()) as box,
        pytest.raises(BoxError, match="no space left on device"),
    ):
        compile_java(box, Job(sources={"A.java": b""}, class_path=()), java="/jdk", limits=Limits())


def test_a_compiler_that_gives_up_is_not_excused_by_the_name_of_a_source() -> None:
    """A folder may be called like the words of a shell that failed."""
    done = Completed(exit_code=3, stdout=b"Note: bash:/A.java has more.\nThe system is out of resources.\n", wall_s=0.1)

    with FakeBackend(run=lambda _: done).box(BoxSpec()) as box:
        found = compile_java(box, Job(sources={"bash:/A.java": b""}, class_path=()), java="/jdk", limits=Limits())

    assert "the compiler ended with exit code 3" in found.message


def test_options_that_change_what_compiles_are_taken_over() -> None:
    """No others: `--enable-preview` alone is refused by every `javac`, and its classes by a JVM without it."""
    words = ("-parameters", "--add-exports", "java.base/sun.nio.ch=ALL-UNNAMED", "--enable-preview", "-Werror")
    arguments = "".join(f"<arg>{word}</arg>" for word in words)
    text = effective(project(plugins=compiler(f"<compilerArgs>{arguments}</compilerArgs>")))

    assert options_of(read_effective_pom(text, root=ROOT).projects[0]) == words[:3]
