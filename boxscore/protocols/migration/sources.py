"""What the sources of a migrated project hold, seen beside those of the project as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.migration.inventory import inventory_of
from boxscore.protocols.migration.judge import SPLIT
from boxscore.protocols.migration.material import tests_folder
from boxscore.protocols.migration.reading_apart import reading_apart
from boxscore.protocols.migration.renames import renamed, renames_between
from boxscore.protocols.migration.test_changes import changed_tests

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.protocols.migration.base import Base
    from boxscore.protocols.migration.official import Listed
    from boxscore.protocols.migration.reading import SourceReading
    from boxscore.protocols.migration.steps import Expected

MAX_KNOWN_CHARS = 4 << 20


def read_again(base: Base, sources: Mapping[str, bytes]) -> dict[str, SourceReading]:
    """What sources hold; those that are not as they were are read apart."""
    before = base.material.sources
    changed = {path: data for path, data in sources.items() if before.get(path) != data}
    known = {path: base.readings[path] for path in sources if path not in changed}
    return {**known, **reading_apart(changed)}


def weakened_tests(base: Base, readings: Mapping[str, SourceReading], expected: Expected) -> Iterator[str]:
    """Say which expected tests are not what they were, module by module."""
    wanted = frozenset(expected.tests)
    for project in base.model.projects:
        before, now = (_inside(found, tests_folder(project)) for found in (base.readings, readings))
        for change in changed_tests(inventory_of(before), inventory_of(now)) if before else ():
            name = f"{project.folder}{SPLIT}{change.test}"
            if change.weakens and name in wanted:
                yield f"{name}: {change.reason}"


def _inside(readings: Mapping[str, SourceReading], folder: str) -> dict[str, SourceReading]:
    return {path: found for path, found in readings.items() if path.startswith(f"{folder}/")}


def _names(readings: Mapping[str, SourceReading]) -> Iterator[str]:
    return (name for found in readings.values() for name in found.names)


def renamed_tests(base: Base, readings: Mapping[str, SourceReading]) -> dict[str, bytes]:
    """The tests of the project as it was, with the new names of packages that its sources have moved to."""
    renames = renames_between(_names(base.readings), _names(readings))
    folders = tuple(f"{tests_folder(project)}/" for project in base.model.projects)
    return {path: renamed(data, renames) for path, data in base.material.tests.items() if path.startswith(folders)}


def root_tests(readings: Mapping[str, SourceReading]) -> dict[str, Listed | None]:
    """What MigrationBench's own parser lists of the sources that it looks at."""
    return {path: found.listed for path, found in _inside(readings, "src/test").items()}
