"""The third step: the grader's own compiler over the sources of a project, module by module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.maven.command import java_home
from boxscore.protocols.migration.java_compiler import (
    Job,
    Output,
    compile_java,
    encoding_of,
    options_of,
    with_folder,
)
from boxscore.protocols.migration.material import GENERATED, below, build_folder, sources_folder, within
from boxscore.protocols.migration.processors import processors_beside
from boxscore.protocols.migration.steps import Compiled
from boxscore.protocols.migration.workplace import class_path

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.boxes.contract import Box
    from boxscore.protocols.migration.material import Material
    from boxscore.protocols.migration.model import Project
    from boxscore.protocols.migration.workplace import Jars
    from boxscore.records import Limits

BY_PROCESSORS = "annotations/"  # which the grader's own compiler runs too
HELPER = ("build-helper-maven-plugin", "org.codehaus.mojo")


def compile_modules(
    box: Box, material: Material, generated: Mapping[str, bytes], jars: Jars, limits: Limits
) -> Compiled:
    """Compile all main sources in the order of the build, in a box in which no code of the candidate runs.

    `generated` are sources that the project's build made, by their paths in the tree. Raises BoxError.
    """
    jars.put(box)
    outputs: dict[str, Output] = {}

    def own(module: str, tests: bool) -> str | None:  # noqa: FBT001 - as `class_path` asks
        return None if tests or module not in outputs else outputs[module].folder

    for project in material.compiled_modules():
        entries = class_path(material, project.folder, jars, own, tests=False)
        job = Job(
            sources=main_sources(project, material.sources, generated, tree=material.tree),
            class_path=entries,
            processors=processors_beside(project, jars, entries),
            options=options_of(project),
            encoding=encoding_of(project),
        )
        output = compile_java(box, job, java=java_home(material.release), limits=limits)
        outputs[project.folder] = output
        if output.failed:
            errors = with_folder(output.errors, within(project.folder, ""))
            return Compiled(errors=errors, message=output.message, limit=output.limit)
    return Compiled(classes={module: output.classes for module, output in outputs.items()})


def main_sources(
    project: Project, sources: Mapping[str, bytes], generated: Mapping[str, bytes], *, tree: str = ""
) -> dict[str, bytes]:
    """A module's sources, by their paths in its folders of them: its own, those that are added, and generated ones."""
    found = dict(below(sources, sources_folder(project)))
    for folder in added_folders(project, tree):
        found = {**below(sources, folder), **found}
    for path, data in below(generated, f"{build_folder(project)}/{GENERATED}").items():
        if not path.startswith(BY_PROCESSORS):
            found.setdefault(f"{GENERATED}/{path}", data)
    return {path: data for path, data in found.items() if path.endswith(".java")}


def added_folders(project: Project, tree: str = "") -> tuple[str, ...]:
    """Folders of sources that a plugin adds, seen from the tree, which is where poms say that they are."""
    plugin = project.plugin(*HELPER)
    if plugin is None:
        return ()
    told = [
        source.text
        for execution in plugin.executions
        if "add-source" in execution.goals
        for source in execution.configuration.all("sources", "source")
    ]
    inside = tuple(path.removeprefix(f"{tree}/") if tree else path for path in told)
    return tuple(
        one if one != path else within(project.folder, path)
        for one, path in zip(inside, told, strict=True)
        if not one.startswith("/")
    )
