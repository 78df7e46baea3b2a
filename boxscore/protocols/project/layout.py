"""How a project lies in the box where its tests run: what is put there, and the class path."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.folders import fault
from boxscore.protocols.project.files import Refused
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.project.task import ProjectTask

PROJECT = "/scratch/project"
MAIN, TESTS = f"{PROJECT}/build/classes/java/main", f"{PROJECT}/build/classes/java/test"


class Prepared(Struct, frozen=True, kw_only=True):
    """What is put into a box before tests run there: folders by their paths, each with its files.

    `class_path` are the folders in which classes and resources are looked for, behind the libraries; tests run in
    `folder`.
    """

    folders: Mapping[str, Mapping[str, bytes]]
    class_path: tuple[str, ...]
    folder: str = PROJECT


def sources_of(files: Mapping[str, bytes], below: str) -> dict[str, bytes]:
    """Those of the files that are Java sources below a folder."""
    return {path: data for path, data in files.items() if path.startswith(f"{below}/") and path.endswith(".java")}


def class_files(classes: Mapping[str, bytes]) -> dict[str, bytes]:
    """Class files by the paths that a class path has them at."""
    return {f"{name}.class": data for name, data in classes.items()}


def unwritable(classes: Mapping[str, bytes]) -> Refused | None:
    """Refuse classes whose names cannot be those of files, as a compiler does that writes them."""
    for name in classes:
        if why := fault(f"{name}.class"):
            shown = ascii(name)[:100]
            return Refused(outcome=Outcome.BUILD_FAILED, reason=f"the class {shown} cannot be written to a file: {why}")
    return None


def prepared(
    task: ProjectTask, files: Mapping[str, bytes], classes: Mapping[str, bytes], tests: Mapping[str, bytes]
) -> Prepared:
    """Lay out a project: its files and the resources of its tests, but not their sources; and all class files."""
    tests_sources = sources_of(dict(task.tests), task.test_sources)
    beside = {path: data for path, data in task.tests if path not in tests_sources}
    folders = {PROJECT: {**files, **beside}, MAIN: class_files(classes), TESTS: class_files(tests)}
    resources = tuple(f"{PROJECT}/{path}" for path in reversed(task.resources))
    return Prepared(folders=folders, class_path=(TESTS, MAIN, *resources))
