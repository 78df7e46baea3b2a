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
BUILD = "build"  # in which no file of a project may be
MAIN, TESTS = f"{BUILD}/classes/java/main", f"{BUILD}/classes/java/test"


class Laid(Struct, frozen=True, kw_only=True):
    """What is put into the folder of a project before its tests run there, by paths in it.

    `class_path` are the folders in which classes and resources are looked for, behind the libraries.
    """

    files: Mapping[str, bytes]
    class_path: tuple[str, ...]


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
