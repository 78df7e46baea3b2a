"""The last step: the tests of the project as it was, compiled and run on the grader's own classes, module by module."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import HarnessError
from boxscore.maven.command import java_home
from boxscore.protocols.jvm.run import Runner, TestRun, run_tests
from boxscore.protocols.migration.java_compiler import Job, Output, compile_java, options_of
from boxscore.protocols.migration.material import (
    below,
    classes_folder,
    placeable,
    test_classes_folder,
    test_resources,
    tests_folder,
    without_classes,
)
from boxscore.protocols.migration.processors import processors_beside
from boxscore.protocols.migration.test_settings import test_settings
from boxscore.protocols.migration.workplace import class_path
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.jvm.layer import Files
    from boxscore.protocols.migration.material import Material
    from boxscore.protocols.migration.model import Project
    from boxscore.protocols.migration.workplace import Jars
    from boxscore.protocols.retry import During
    from boxscore.records import Limits

_SERVICES = tuple(
    f"META-INF/services/{package}" for package in ("org.junit.", "org.testng.", "javax.annotation.processing.")
)
"""Files by which a class path has code run in compilers and in what runs tests."""

OPTION_BYTES = 64 << 10
"""More than anybody's JVM is given; a word of a command may have twice that, and is no program's where it has more."""


class Testable(Struct, frozen=True, kw_only=True):
    """A project whose main classes the grader has compiled: what its tests are run on.

    `classes` are by module; `built` are files of its own build, by their paths in the tree, of which resources are
    taken. `tree` is where the tree is in a box.
    """

    __test__ = False

    material: Material
    jars: Jars
    classes: Mapping[str, Mapping[str, bytes]]
    built: Mapping[str, bytes]
    tree: str


def run_module(  # noqa: PLR0913, PLR0917 - what is run, where, and under what
    box: Box,
    module: str,
    under: Testable,
    files: Files,
    required: Sequence[str],
    limits: Limits,
    during: During,
    *,
    classes: Sequence[str] | None = None,
) -> TestRun:
    """Compile test sources against the grader's classes in a fresh box, and run the required tests of a module there.

    Sources that do not compile come to BUILD_FAILED. Code of the candidate runs `during`. Raises BoxError, HarnessError
    where there is no such module.
    """
    project = under.material.model.at(module)
    if project is None:
        raise HarnessError(f"there is no module {module!r}")
    place = _Place(box, under, limits)
    under.jars.put(box)
    compiled = place.tests_of(project, {path: text.encode() for path, text in files})
    if compiled.failed:
        return _not_compiled(compiled)
    class_path = place.tested_with(project, compiled)
    with during():
        return run_tests(
            box,
            java=java_home(under.material.release),
            class_path=class_path,
            required=required,
            classes=classes,
            options=options_of_tests(project),
            cwd=f"{under.tree}/{project.folder}".rstrip("/"),
            limits=limits,
        )


class _Place:
    """Where things are in one box, each below a folder of a name that nobody knows."""

    def __init__(self, box: Box, under: Testable, limits: Limits) -> None:
        self._box, self._under, self._limits = box, under, limits
        self._root = f"/scratch/run-{secrets.token_hex(8)}"
        self._main: dict[str, tuple[str, ...]] = {}
        self._tests: dict[str, Output] = {}

    def put(self, name: str, files: Mapping[str, bytes]) -> str:
        """Put files into a folder; "" where there are none."""
        if not files:
            return ""
        folder = f"{self._root}/{name}-{len(self._main)}"
        self._box.put_folder(folder, files)
        return folder

    def main_of(self, module: str) -> tuple[str, ...]:
        """The folders of a module's main classes and resources."""
        if module not in self._main:
            self._main[module] = ()
            project = self._under.material.model.at(module)
            built = {} if project is None else without_classes(below(self._under.built, classes_folder(project)))
            resources = {path: data for path, data in built.items() if not _configures_tests(path)}
            classes = self._under.classes.get(module, {})
            found = (self.put("main", classes), self.put("main-resources", placeable(resources, {})))
            self._main[module] = tuple(folder for folder in found if folder)
        return self._main[module]

    def tests_of(self, project: Project, sources: Mapping[str, bytes]) -> Output:
        """Compile the tests of a module. Processors come out of jars alone: none of the candidate's classes runs."""
        beside = self.beside(project)
        job = Job(
            sources=sources,
            class_path=(*Runner().class_path, *self.main_of(project.folder), *beside),
            processors=processors_beside(project, self._under.jars, beside),
            options=options_of(project),
        )
        java = java_home(self._under.material.release)
        return compile_java(self._box, job, java=java, limits=self._limits)

    def tested_with(self, project: Project, tests: Output) -> tuple[str, ...]:
        """The class path of a module's tests, which have been compiled."""
        resources = self.put("resources", _resources(self._under, project))
        entries = (tests.folder, resources, *self.main_of(project.folder), *self.beside(project))
        return tuple(entry for entry in entries if entry)

    def beside(self, project: Project) -> tuple[str, ...]:
        """What stands on the class path of a module's tests beside its own classes."""
        return class_path(self._under.material, project.folder, self._under.jars, self._own, tests=True)

    def _own(self, module: str, tests: bool) -> str | None:  # noqa: FBT001 - as `class_path` asks
        if not tests:
            return ":".join(self.main_of(module)) or None
        if module not in self._tests:
            project = self._under.material.model.at(module)
            if project is None:
                return None
            self._tests[module] = Output(folder="")  # where two modules' tests need each other's
            files = below(self._under.material.tests, tests_folder(project))
            self._tests[module] = self.tests_of(project, files)
        return self._tests[module].folder or None


def _not_compiled(compiled: Output) -> TestRun:
    if compiled.limit is not None:
        return TestRun(outcome=Outcome.BUILD_FAILED, reason=f"the {compiled.limit} limit ended the compiler of tests")
    first = (
        f"{compiled.errors[0].path}:{compiled.errors[0].line}: {compiled.errors[0].message}" if compiled.errors else ""
    )
    return TestRun(outcome=Outcome.BUILD_FAILED, reason=f"its tests do not compile: {first or compiled.message}")


def _resources(under: Testable, project: Project) -> dict[str, bytes]:
    """The resources of a module's tests: those of the project as it was, beside new ones that its own build copied.

    None of the new ones has the name of one that was there: its build may have put it elsewhere.
    """
    built = without_classes(below(under.built, test_classes_folder(project)))
    own = {path.rpartition("/")[2] for path in under.material.resources}
    found = {path: data for path, data in built.items() if path.rpartition("/")[2] not in own}
    found = {path: data for path, data in found.items() if not _configures_tests(path)}
    before: dict[str, bytes] = {}
    for folder in reversed(test_resources(project)):
        before.update(below(under.material.resources, folder))
    return placeable(found, before) | before


def _configures_tests(path: str) -> bool:
    name = path.rpartition("/")[2]
    return name == "junit-platform.properties" or path.startswith(_SERVICES)


def options_of_tests(project: Project) -> tuple[str, ...]:
    """Options of the JVM of a module's tests: the harmless ones of those that its build gives it, without agents."""
    settings = test_settings(project, ())
    words = (*settings.arguments, *(f"-D{name}={value}" for name, value in settings.properties.items()))
    left, kept = OPTION_BYTES, []
    for word in words:
        left -= len(word.encode(errors="replace"))
        if word.isprintable() and left >= 0:
            kept.append(word)
    return tuple(kept)
