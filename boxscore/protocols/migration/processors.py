"""Processors of annotations that a project names apart from its class path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.migration.java_compiler import COMPILER
from boxscore.protocols.migration.resolved import Artefact, is_word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from boxscore.protocols.migration.model import EffectiveModel, Project
    from boxscore.protocols.migration.workplace import Jars


def named_processors(project: Project) -> tuple[Artefact, ...]:
    """The artefacts that a project's compiler is told to take processors from, without what these depend on.

    Of several executions those of the plugin's own configuration count.
    """
    plugin = project.plugin(COMPILER)
    if plugin is None:
        return ()
    managed = {one.name: one.version for one in (*project.managed, *project.dependencies)}
    found = []
    paths = (path for told in plugin.configuration.all("annotationProcessorPaths") for path in told.children)
    for path in paths:  # of whatever name, as Maven has it
        group, artifact = path.get("groupId"), path.get("artifactId")
        version = path.get("version") or managed.get(f"{group}:{artifact}", "")
        classifier = path.get("classifier")
        words = (*group.split("."), artifact, version, *([classifier] if classifier else []))
        if all(map(is_word, words)):
            found.append(Artefact(group=group, artifact=artifact, version=version, classifier=classifier))
    return tuple(found)


def all_processors(model: EffectiveModel) -> tuple[Artefact, ...]:
    """Those of all modules."""
    return tuple(one for project in model.projects for one in named_processors(project))


def processors_beside(project: Project, jars: Jars, class_path: Iterable[str]) -> tuple[str, ...]:
    """Where a compiler finds a module's processors: those that are named, or the jars on its class path.

    Never the classes of another module: a processor of the tree would be code of the candidate's, and a library that
    writes the file that names it makes one of a mere class.
    """
    named = processors_of(project, jars)
    return tuple(one for one in class_path if one.endswith(".jar")) if named is None else named


def processors_of(project: Project, jars: Jars) -> tuple[str, ...] | None:
    """Where a module's processors are in a box; None where they are looked for on its class path."""
    named = named_processors(project)
    return tuple(jars.place(one) for one in named) if named else None
