"""What the effective pom of a migrated project may not say, seen beside that of the project as it was."""

from __future__ import annotations

import itertools
import posixpath
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.migration.plugin_faults import plugin_faults
from boxscore.protocols.migration.test_settings import test_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.migration.model import EffectiveModel, Element, Project

CHECKS = ("modules", "release", "poms")
"""The checks that poms can fail, in the order in which their faults are told."""

SERVICES = re.compile(
    r"(?:.*/)?META-INF/services/"
    r"(?:javax\.annotation\.processing\.|com\.sun\.source\.|org\.junit\.|org\.testng\.|org\.apache\.maven\.|java\.)[\w.]+"
    r"|(?:.*/)?junit-platform\.properties"
)
"""Files that have code run in compilers and test runners that nothing names."""

FIRST_WITH_RELEASE = (3, 6)
"""The first version of the compiler's plugin that knows `release`."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What poms are judged against.

    `release` is the Java that must be compiled for. `tree_paths` and `base_paths` are the files of the tree with the
    candidate's patch and of the one as it was, and `changed_paths` those that the patch added or changed.
    `repositories` are absolute paths of local Maven repositories that only the grader fills: agents of the tests' JVM
    may come from there.
    """

    release: int
    tree_paths: frozenset[str]
    base_paths: frozenset[str]
    changed_paths: frozenset[str] = frozenset()
    repositories: tuple[str, ...] = ()


def pom_faults(base: EffectiveModel, now: EffectiveModel, around: Surroundings) -> tuple[tuple[str, str], ...]:
    """Give each fault as its check of CHECKS and a reason; none if the poms are those of an honest migration.

    What the project had before is no fault.
    """
    return (
        *(("modules", reason) for reason in _module_faults(base, now, around)),
        *(("release", reason) for reason in _release_faults(now, around.release)),
        *(
            ("poms", reason)
            for reason in itertools.chain(
                _folder_faults(base, now),
                plugin_faults(base, now),
                test_faults(base, now, around.repositories),
                _source_faults(base, now),
                _service_faults(around),
            )
        ),
    )


def _module_faults(base: EffectiveModel, now: EffectiveModel, around: Surroundings) -> Iterator[str]:
    for before in base.projects:
        after = now.at(before.folder)
        if after is None:
            yield f"{_named(before)} is no longer a module of the build"
        elif after.packaging != before.packaging:
            yield f"{_named(before)} has the packaging {after.packaging[:100]!r}, not {before.packaging!r}"
    for project in now.projects:
        if posixpath.join(project.folder, "pom.xml") not in around.tree_paths:
            yield f"{_named(project)} has no pom where Maven says that it is"
    own = {project.name for project in base.projects}
    used = {one.name for project in base.projects for one in (*project.dependencies, *project.managed)}
    used |= {plugin.name for project in base.projects for plugin in project.plugins}
    for project in now.projects:
        if project.name in used - own:
            yield f"the build makes {project.name} itself, which the project took from a repository"


def _release_faults(now: EffectiveModel, release: int) -> Iterator[str]:
    for project in now.projects:
        plugin = project.plugin("maven-compiler-plugin")
        if plugin is None or project.packaging == "pom":
            continue
        for execution in plugin.executions:
            if "compile" in execution.goals and execution.phase != "none":
                target = compiled_for(project, execution.configuration)
                if target != release:
                    what = "no release that can be told" if target is None else f"Java {target}"
                    yield f"{_named(project)} compiles for {what}, not for Java {release}"


def compiled_for(project: Project, configuration: Element) -> int | None:
    """Give the Java that an execution of the compiler's plugin compiles for, None if that cannot be told."""
    plugin = project.plugin("maven-compiler-plugin")
    version = tuple(int(number) for number in re.findall(r"\d{1,9}", plugin.version if plugin else "")[:2])
    found = configuration.get("target") or project.properties.get("maven.compiler.target", "")
    if not version or version >= FIRST_WITH_RELEASE:
        release = configuration.get("release") or project.properties.get("maven.compiler.release", "")
        found = release or found
    number = re.fullmatch(r"(?:1\.)?(\d{1,3})", found.strip())
    return int(number[1]) if number else None


def _folder_faults(base: EffectiveModel, now: EffectiveModel) -> Iterator[str]:
    for before in base.projects:
        after = now.at(before.folder)
        if after is None:
            continue
        for what, one, other in (
            ("builds", before.build_directory, after.build_directory),
            ("has its sources", before.source_directory, after.source_directory),
            ("has its tests", before.test_source_directory, after.test_source_directory),
            ("has its classes", before.output_directory, after.output_directory),
            ("has the classes of its tests", before.test_output_directory, after.test_output_directory),
        ):
            if one != other:
                yield f"{_named(before)} {what} in {other[:200]!r}, not in {one!r}"
        if after.test_resources[: len(before.test_resources)] != before.test_resources:
            yield f"{_named(before)} has the resources of its tests in {list(after.test_resources)!r:.300}"
        for path in (*after.resources, *after.test_resources):
            if posixpath.isabs(path) and path not in (*before.resources, *before.test_resources):
                yield f"{_named(before)} has resources outside the tree: {path[:200]!r}"


def _source_faults(base: EffectiveModel, now: EffectiveModel) -> Iterator[str]:
    """Where artefacts come from: repositories that are files, and jars that are named by their paths."""
    known = {url for project in base.projects for url in project.repositories}
    paths = {one.system_path for project in base.projects for one in (*project.dependencies, *project.managed)}
    for project in now.projects:
        for url in project.repositories:
            if url not in known and not url.lower().startswith(("https://", "http://")):
                yield f"{_named(project)} has a repository that is not on the network: {url[:200]!r}"
        for one in (*project.dependencies, *project.managed):
            if one.scope == "system" and one.system_path not in paths:
                yield f"{_named(project)} takes {one.name} from a path: {one.system_path[:200]!r}"


def _service_faults(around: Surroundings) -> Iterator[str]:
    for path in sorted((around.tree_paths - around.base_paths) | around.changed_paths):
        if SERVICES.fullmatch(path):
            yield f"{path} has code run in the compiler or in what runs the tests"


def _named(project: Project) -> str:
    return f"the module {project.folder}" if project.folder else "the root module"
