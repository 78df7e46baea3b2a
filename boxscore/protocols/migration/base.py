"""The project as it was: its model, sources and tests, found out with the old Java without any candidate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec
from msgspec import Struct

from boxscore.cache import read_record, write_cached
from boxscore.errors import HarnessError, ProtocolError
from boxscore.images.watch import current_watch
from boxscore.protocols.migration.admitted import JVM_CONFIG
from boxscore.protocols.migration.files import read_tree
from boxscore.protocols.migration.material import Material, test_resources
from boxscore.protocols.migration.reading import SourceReading  # noqa: TC001 - a field of a record
from boxscore.protocols.migration.reading_apart import reading_apart
from boxscore.protocols.migration.study import (
    Modelled,
    hashes_in_image,
    model_tree,
    place_of,
    read_model,
    read_sources,
    staged,
)
from boxscore.protocols.migration.version import version
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.migration.maven_box import MavenBox
    from boxscore.protocols.migration.model import EffectiveModel
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.boxes import Boxes

OLD: Final = 8


class Base(Struct, frozen=True, kw_only=True):
    """The project as it was: `names` of all files of its tree, its `poms`, and `config`, its `.mvn/jvm.config`.

    `readings` say what each of its sources holds.
    """

    material: Material
    names: frozenset[str]
    readings: dict[str, SourceReading] = {}
    poms: dict[str, bytes] = {}
    config: bytes = b""

    @property
    def model(self) -> EffectiveModel:
        """What its poms came to under the old Java."""
        return self.material.model


class Bases:
    """What is known of projects as they were: of the last one in memory, what Maven said of each in `cache`."""

    def __init__(self, cache: Path, boxes: Boxes, maven: MavenBox) -> None:
        self._cache, self._boxes, self._maven = cache / "migrations", boxes, maven
        self._last: tuple[str, Base] | None = None

    def key(self, task: MigrationTask) -> str:
        """What all that is known of a project as it was hangs on."""
        return fingerprint(self._boxes.find_image(task.image), task.image, version(""))

    def of(self, task: MigrationTask) -> Base:
        """The project of a task as it was. Raises HarnessError where it cannot be made out, what a box raises."""
        key = self.key(task)
        if self._last is None or self._last[0] != key:
            self._last = key, self._read(task, key)
        return self._last[1]

    def _read(self, task: MigrationTask, key: str) -> Base:
        path = self._cache / f"{key}-model.json"
        with self._boxes.open(task) as box:
            files = read_sources(box, ORIGINAL, task)
            if files.problem:
                raise HarnessError(f"{task.image.name} is too large to be graded: {files.problem}")
            modelled = read_record(path, Modelled)
            if modelled is None:
                modelled = self._model(box, task)
                write_cached(path, msgspec.json.encode(modelled))
            try:
                model, artefacts = read_model(modelled, task.image.tree)
            except ProtocolError as error:
                raise HarnessError(f"{task.image.name}: its poms cannot be read: {error}") from error
            folders = tuple(f"{folder}/" for one in model.projects for folder in test_resources(one) if folder)
            resources = read_tree(box, ORIGINAL, task.limits, folders=folders or ("\0",))
            if resources.problem:
                raise HarnessError(f"{task.image.name}: the resources of its tests are too large: {resources.problem}")
            needed = Material(release=OLD, model=model, artefacts=artefacts).needed()
            in_image = hashes_in_image(box, (one.path for one in needed), task)
        sources = {name: data for name, data in files.files.items() if name.endswith(".java")}
        material = Material(
            release=OLD,
            model=model,
            artefacts=artefacts,
            in_image=in_image,
            sources=sources,
            tests=sources,
            resources=resources.files,
            tree=task.image.tree,
        )
        poms = {name: data for name, data in files.files.items() if name.endswith("pom.xml")}
        config = files.files.get(JVM_CONFIG, b"")
        return Base(
            material=material, readings=reading_apart(sources), names=frozenset(files.names), poms=poms, config=config
        )

    def _model(self, box: Box, task: MigrationTask) -> Modelled:
        with current_watch().work(f"learning what the poms of {task.image.name} come to under Java {OLD}"):
            staged(box, task, None, place_of(task))
            modelled = model_tree(box, task, self._maven, java=OLD)
        if modelled.problem:
            raise HarnessError(f"{task.image.name} as it was, under Java {OLD}: {modelled.problem}")
        return modelled
