"""Compile a project with what a sample gives, and its tests; lay it out in a box, and run the tests there."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.folders import fault
from boxscore.checks import first_of
from boxscore.protocols.jvm.protection import Suite
from boxscore.protocols.jvm.run import Runner, TestRun, run_tests
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.project.compiler import Unit
from boxscore.protocols.project.task import limits_in_force, parameters_of, project_files
from boxscore.records import CompileError, Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.jvm.protection import Files
    from boxscore.protocols.project.compiler import Compiled, JavaCompiler, JavaTools
    from boxscore.protocols.project.task import GivenFiles, ProjectTask

    RunLaid = Callable[["Laid", Sequence[str]], TestRun]
    RunProject = Callable[[Box, ProjectTask, JavaTools, "Laid", Sequence[str]], TestRun]


JDK = ("java", "jdk", "sun", "com.sun")
"""Packages of Java itself; those below `javax` are left out, which others have too."""

OF_TESTS = (
    *("junit", "org.junit", "org.hamcrest", "org.opentest4j", "org.apiguardian", "org.testng", "org.assertj"),
    *("org.mockito", "net.bytebuddy", "org.objenesis", "org.powermock", "org.easymock", "boxscore"),
)
"""Packages of what tests are written and run with, ours among them."""

RESERVED = (
    *(f"{package.replace('.', '/')}/" for package in (*JDK, *OF_TESTS)),
    *("javax/", "netscape/javascript/", "org/ietf/jgss/", "org/w3c/dom/", "org/xml/sax/"),
)
"""Packages of the JDK, and of what tests are run with."""


def shadowing(classes: Iterable[str], shadowed: Iterable[str]) -> Refused | None:
    """Refuse classes, by their names, in reserved packages, and those that libraries have, too (`shadowed`)."""
    found = sorted({*shadowed, *(name for name in classes if name.startswith(RESERVED))})
    if not found:
        return None
    reason = f"its classes would stand in for those of the JDK or of libraries: {_names(found)}"
    return Refused(outcome=Outcome.TAMPERED, reason=reason)


def colliding(classes: Iterable[str], tests: Iterable[str]) -> Refused | None:
    """Refuse classes that have the name of a test's class, or that are named as if they were within one."""
    theirs = {outermost(name) for name in tests}
    found = sorted(name for name in classes if outermost(name) in theirs)
    if not found:
        return None
    reason = f"its classes would stand in for those of the tests: {_names(found)}"
    return Refused(outcome=Outcome.TAMPERED, reason=reason)


def _names(found: list[str]) -> str:
    return first_of([name.replace("/", ".")[:200] for name in found], 3)


def outermost(name: str) -> str:
    """The class that one is, or is inside of, by names with slashes."""
    folder, slash, simple = name.rpartition("/")
    return f"{folder}{slash}{simple.partition('$')[0] or simple}"


PROJECT = "/scratch/project"
BUILD = "build"  # in which no file of a project may be
MAIN, TESTS = f"{BUILD}/classes/java/main", f"{BUILD}/classes/java/test"
AS_BYTES = "surrogateescape"  # sources that are no UTF-8 stay what they are, byte for byte


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


class Laid(Struct, frozen=True, kw_only=True):
    """What is put into the folder of a project before its tests run there, by paths in it.

    `class_path` are the folders in which classes and resources are looked for, behind the libraries.
    """

    files: Mapping[str, bytes]
    class_path: tuple[str, ...]


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


def suite_of(task: ProjectTask) -> Suite:
    """The tests of a task."""
    tests = sources_of(dict(task.tests), task.test_sources)
    files = tuple((path, data.decode("utf-8", AS_BYTES)) for path, data in tests.items())
    return Suite(files=files, required=task.required)


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
    unit = Unit(sources=sources, classes=classes, libraries=task.libraries, release=task.release)
    made = compiler.compile(unit)
    if made.outcome is None:
        return made.classes
    failed = _unbuilt(made)
    return Unbuilt(outcome=failed.outcome, reason=f"its tests: {failed.reason}", errors=failed.errors)


def _unbuilt(made: Compiled) -> Unbuilt:
    return Unbuilt(outcome=made.outcome or Outcome.BUILD_FAILED, reason=made.reason, errors=made.errors)


def _refused(why: Refused) -> Unbuilt:
    return Unbuilt(outcome=why.outcome, reason=why.reason, compiled=True)


def sources_of(files: Mapping[str, bytes], below: str) -> dict[str, bytes]:
    """Those of the files that are Java sources below a folder."""
    return {path: data for path, data in files.items() if path.startswith(f"{below}/") and path.endswith(".java")}


def unwritable(classes: Mapping[str, bytes]) -> Refused | None:
    """Refuse classes whose names cannot be those of files, as a compiler does that writes them."""
    for name in classes:
        if why := fault(f"{name}.class"):
            shown = ascii(name)[:100]
            return Refused(outcome=Outcome.BUILD_FAILED, reason=f"the class {shown} cannot be written to a file: {why}")
    return None


def laid_out(
    task: ProjectTask, files: Mapping[str, bytes], classes: Mapping[str, bytes], tests: Mapping[str, bytes]
) -> Laid:
    """Lay out a project: its files and the resources of its tests, but not their sources; and all class files."""
    sources = sources_of(dict(task.tests), task.test_sources)
    beside = {path: data for path, data in task.tests if path not in sources}
    made = {f"{MAIN}/{name}.class": data for name, data in classes.items()}
    made |= {f"{TESTS}/{name}.class": data for name, data in tests.items()}
    places = (TESTS, MAIN, *reversed(task.resources))
    return Laid(files={**files, **beside, **made}, class_path=tuple(f"{PROJECT}/{path}" for path in places))


def run_project(box: Box, task: ProjectTask, tools: JavaTools, laid: Laid, required: Sequence[str]) -> TestRun:
    """Put a project into an empty box and run its tests there.

    Raises as `run_tests` does, and HarnessError where there is nothing to run them with.
    """
    runner = Runner(class_path=(tools.needed_runner(), *tools.jars))
    box.put_folder(PROJECT, laid.files)
    return run_tests(
        box,
        java=tools.home,
        class_path=laid.class_path,
        required=required,
        runner=runner,
        parameters=parameters_of(task),
        method_s=task.method_s,
        cwd=PROJECT,
        limits=limits_in_force(task),
    )
