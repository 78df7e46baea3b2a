"""A project's tests, and the runs of one candidate beside them."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from boxscore.protocols.jvm.layer import Suite
from boxscore.protocols.jvm.run import TestRun
from boxscore.protocols.project.build import Built, Unbuilt, build, compile_tests
from boxscore.protocols.project.layout import laid_out, sources_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boxscore.protocols.jvm.layer import Files
    from boxscore.protocols.project.compiler import JavaCompiler
    from boxscore.protocols.project.files import GivenFiles
    from boxscore.protocols.project.layout import Laid
    from boxscore.protocols.project.task import ProjectTask

    RunLaid = Callable[[Laid, Sequence[str]], TestRun]

AS_BYTES = "surrogateescape"  # sources that are no UTF-8 stay what they are, byte for byte


def suite_of(task: ProjectTask) -> Suite:
    """The tests of a task."""
    tests = sources_of(dict(task.tests), task.test_sources)
    files = tuple((path, data.decode("utf-8", AS_BYTES)) for path, data in tests.items())
    return Suite(files=files, required=task.required)


class Project:
    """One candidate's project: compiled when first asked for, then run as often as it takes, each time in a new box."""

    def __init__(self, task: ProjectTask, given: GivenFiles, compiler: JavaCompiler, run: RunLaid) -> None:
        self._task, self._given, self._compiler, self._run = task, given, compiler, run

    @cached_property
    def built(self) -> Built | Unbuilt:
        """What compiling came to. Raises what `build` does."""
        return build(self._compiler, self._task, self._given)

    def run(self, files: Files, required: Sequence[str]) -> TestRun:
        """Compile tests against it, and run those that are required. Raises BoxError."""
        built = self.built
        if isinstance(built, Unbuilt):
            return TestRun(outcome=built.outcome, reason=built.reason)
        tests = self._tests(built, {path: text.encode("utf-8", AS_BYTES) for path, text in files})
        if isinstance(tests, Unbuilt):
            return TestRun(outcome=tests.outcome, reason=tests.reason)
        return self._run(laid_out(self._task, built.files, built.classes, tests), required)

    def _tests(self, built: Built, sources: Mapping[str, bytes]) -> Mapping[str, bytes] | Unbuilt:
        if sources == sources_of(dict(self._task.tests), self._task.test_sources):
            return built.tests
        return compile_tests(self._compiler, self._task, built.classes, sources)
