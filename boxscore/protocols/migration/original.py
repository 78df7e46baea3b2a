"""The project as it was: which tests it had, found out by its own build with the old Java, without any candidate."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import HarnessError
from boxscore.images.watch import current_watch
from boxscore.protocols.learned import LearnedRecords
from boxscore.protocols.migration.builds import is_test_path, test_sources
from boxscore.protocols.migration.inventory import SourceReading, read_source
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.retry import at_reference
from boxscore.protocols.statuses import Status
from boxscore.protocols.versions import protocol_version
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from boxscore.protocols.migration.builds import Builds
    from boxscore.protocols.migration.task import MigrationTask
    from boxscore.protocols.patch.boxes import Boxes

_NO_CODE = r"\"(?:\\.|[^\"\\\n])*+\"?|'(?:\\.|[^'\\\n]){1,8}'|//.*|/\*(?:[^*]|\*(?!/))*+(?:\*/)?"
_NAME = re.compile(rf"{_NO_CODE}|(?<![\w.$])(javax|jakarta)\.(\w++)")
"""Text constants and comments, or the first two parts of a name. What ends nowhere goes to the end: hostile sources
take no longer than others.
"""


def renamed_tests(tests: Mapping[str, bytes], now: Iterable[bytes]) -> dict[str, str]:
    """Those of some test sources, by path, that name what moved from `javax` to `jakarta`, with the new names.

    Moved is what the sources `now` name in the new way alone.
    """
    used = {found for data in now for found in _NAME.findall(data.decode(errors="replace"))}
    moved = {name for root, name in used if root == "jakarta" and ("javax", name) not in used}
    found = {}
    for path, data in tests.items() if moved else ():
        try:
            text = data.decode()
        except UnicodeDecodeError:  # which nobody could write back as it was
            continue
        changed = _NAME.sub(lambda one: f"jakarta.{one[2]}" if one[2] in moved else one[0], text)
        if changed != text:
            found[path] = changed
    return found


_RAN = re.compile(r"Tests run: [1-9]")


class Learned(Struct, frozen=True, kw_only=True):
    """What the build of a project as it was came to: the tests that passed, and the modules with classes.

    `left_out` are other tests that it ran, and what became of them.
    """

    tests: tuple[str, ...] = ()
    modules: tuple[str, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()


class Original(Struct, frozen=True, kw_only=True):
    """The project as it was, and what must still be true of it: `tests` that must pass, `modules` that have classes.

    `sources` are its poms and Java sources; `test_paths` all files below its folders of tests; `readings` say what the
    Java sources among these hold.
    """

    tests: tuple[str, ...]
    modules: tuple[str, ...]
    sources: Mapping[str, bytes]
    test_paths: tuple[str, ...]
    readings: Mapping[str, SourceReading]


class Originals:
    """Projects as they were: the last one in memory, what its build came to in a cache."""

    def __init__(self, cache: Path, boxes: Boxes, builds: Builds) -> None:
        self._cache, self._boxes, self._builds = cache / "migrations", boxes, builds
        self._records = LearnedRecords()
        self._last: tuple[str, Original] | None = None

    def of(self, task: MigrationTask) -> Original:
        """The project of a task. Raises HarnessError where it cannot be built as it was, and what a box raises."""
        key = fingerprint(self._boxes.find_image(task.image), task.image, protocol_version(""))
        asked = fingerprint(key, task.tests, task.modules)
        if self._last is None or self._last[0] != asked:
            self._last = asked, self._read(task, key)
        return self._last[1]

    def _read(self, task: MigrationTask, key: str) -> Original:
        found = self._builds.original(task)
        test_paths = tuple(name for name in found.names if is_test_path(name))
        learned = Learned()
        if task.tests is None or task.modules is None:

            def learn() -> tuple[Learned, bool]:
                with current_watch().work(f"building {task.image.name} as it was, with Java 8"), at_reference():
                    return self._learn(task, test_paths), False

            learned = self._records.found(self._cache / f"{key}-build.json", Learned, learn)
        has_sources = {
            name.partition("src/main/java/")[0].rstrip("/") for name in found.files if "src/main/java/" in name
        }
        modules = task.modules and tuple(one for one in task.modules if one in has_sources)
        return Original(
            tests=learned.tests if task.tests is None else task.tests,
            modules=learned.modules if modules is None else modules,
            sources=found.files,
            test_paths=test_paths,
            readings={path: read_source(data) for path, data in test_sources(found.files).items()},
        )

    def _learn(self, task: MigrationTask, test_paths: tuple[str, ...]) -> Learned:
        name = task.image.name
        built = self._builds.build(task, None, test_paths, java=8, during=at_reference)
        if isinstance(built, Refused):
            raise HarnessError(f"{name} as it was: {built.reason}")
        if built.limit is not None or (built.exit_code != 0 and not built.statuses):
            raise HarnessError(f"{name} cannot be built as it was: {built.log[-400:].strip()}")
        if built.unread:
            raise HarnessError(f"{name} is too large to be graded: {built.unread}")
        passed = tuple(test for test, status in built.statuses.items() if status is Status.PASSED)
        left_out = tuple((test, str(status)) for test, status in built.statuses.items() if status is not Status.PASSED)
        if not passed and (left_out or _RAN.search(built.log)):  # which must not look like a project without any
            raise HarnessError(f"{name} as it was: none of the tests that its build ran is reported as passed")
        return Learned(tests=passed, modules=tuple(sorted(built.modules)), left_out=left_out)
