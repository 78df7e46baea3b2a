"""What lies beside a tree in a box: jars from outside, the grader's own classes, and the class paths made of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.maven.command import IMAGE_REPOSITORY

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from boxscore.boxes.contract import Box
    from boxscore.protocols.migration.material import Material
    from boxscore.protocols.migration.resolved import Artefact

    Fetch = Callable[[str], bytes | None]

BROUGHT = "/scratch/artefacts"
BROUGHT_BYTES, BROUGHT_FILES = 1 << 30, 2000
"""More than a project needs that its image has not: jars are held in memory."""


class Jars(Struct, frozen=True, kw_only=True):
    """Jars by their paths in a Maven repository: digests of those that the image has, and the others themselves."""

    in_image: Mapping[str, str] = {}
    brought: Mapping[str, bytes] = {}

    def put(self, box: Box) -> None:
        """Put into a box what its image lacks."""
        if self.brought:
            box.put_folder(BROUGHT, self.brought)

    def place(self, artefact: Artefact) -> str:
        """Where a jar is in a box."""
        return f"{IMAGE_REPOSITORY if artefact.path in self.in_image else BROUGHT}/{artefact.path}"


def bring(needed: Iterable[Artefact], in_image: Mapping[str, str], fetch: Fetch) -> tuple[Jars, tuple[str, ...]]:
    """Fetch the jars that an image lacks; name those that there are none of, or too many. Raises what `fetch` does."""
    brought: dict[str, bytes] = {}
    missing: list[str] = []
    left = BROUGHT_BYTES
    for one in needed:
        if one.path in in_image:
            continue
        data = fetch(one.path) if left > 0 and len(brought) < BROUGHT_FILES else None
        left -= len(data or b"")
        if data is None:
            missing.append(f"{one.name}:{one.version}")
        else:
            brought[one.path] = data
    return Jars(in_image=in_image, brought=brought), tuple(missing)


def class_path(
    material: Material, module: str, jars: Jars, own: Callable[[str, bool], str | None], *, tests: bool
) -> tuple[str, ...]:
    """What stands beside a module's own classes when it is compiled, or when its tests are.

    `own` gives the folder of the classes of another module, those of its tests or not; None where it has none.
    """
    folders = {project.name: project.folder for project in material.model.projects}
    entries = []
    for one in material.artefacts.get(module, ()):
        if not one.is_jar or not (tests or one.compiles):
            continue
        if one.name not in folders:
            entries.append(jars.place(one))
        elif (folder := own(folders[one.name], one.type == "test-jar" or one.classifier == "tests")) is not None:
            entries.append(folder)
    return tuple(dict.fromkeys(entries))
