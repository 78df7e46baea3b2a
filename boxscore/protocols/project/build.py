"""Compile a project with what a sample gives, then its tests: two steps, each of which may refuse the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.project.compiler import Unit
from boxscore.protocols.project.files import project_files
from boxscore.protocols.project.layout import sources_of, unwritable
from boxscore.protocols.project.shadow import colliding, shadowing
from boxscore.records import CompileError, Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.project.compiler import Compiled, JavaCompiler
    from boxscore.protocols.project.files import GivenFiles, Refused
    from boxscore.protocols.project.task import ProjectTask


class Built(Struct, frozen=True, kw_only=True):
    """A project and its tests, compiled: all of its files, and class files by their names."""

    files: Mapping[str, bytes]
    classes: Mapping[str, bytes]
    tests: Mapping[str, bytes]


class Unbuilt(Struct, frozen=True, kw_only=True):
    """Why a project is not run. `compiled` is False where the compiler did not get through."""

    outcome: Outcome
    reason: str
    compiled: bool = False
    errors: tuple[CompileError, ...] = ()


def build(compiler: JavaCompiler, task: ProjectTask, given: GivenFiles) -> Built | Unbuilt:
    """Compile a project and its tests. Raises what `JavaCompiler.compile` does."""
    files = project_files(task, given)
    sources = sources_of(files, task.sources)
    if not sources:
        return Unbuilt(outcome=Outcome.BUILD_FAILED, reason="the project has no sources")
    made = compiler.compile(Unit(sources=sources, libraries=task.libraries, release=task.release))
    if made.outcome is not None:
        return _unbuilt(made)
    if (why := shadowing(made.classes, made.shadowed) or unwritable(made.classes)) is not None:
        return _refused(why)
    tests = compile_tests(compiler, task, made.classes, sources_of(dict(task.tests), task.test_sources))
    if isinstance(tests, Unbuilt):
        return tests
    if (why := colliding(made.classes, tests)) is not None:
        return _refused(why)
    return Built(files=files, classes=made.classes, tests=tests)


def compile_tests(
    compiler: JavaCompiler, task: ProjectTask, classes: Mapping[str, bytes], sources: Mapping[str, bytes]
) -> Mapping[str, bytes] | Unbuilt:
    """Compile sources of tests, if there are any, against a project's classes. Raises as `build` does."""
    if not sources:
        return {}
    unit = Unit(sources=sources, classes=classes, libraries=task.libraries, release=task.release, with_runner=True)
    made = compiler.compile(unit)
    if made.outcome is None:
        return made.classes
    failed = _unbuilt(made)
    return Unbuilt(outcome=failed.outcome, reason=f"its tests: {failed.reason}", errors=failed.errors)


def _unbuilt(made: Compiled) -> Unbuilt:
    return Unbuilt(outcome=made.outcome or Outcome.BUILD_FAILED, reason=made.reason, errors=made.errors)


def _refused(why: Refused) -> Unbuilt:
    return Unbuilt(outcome=why.outcome, reason=why.reason, compiled=True)
