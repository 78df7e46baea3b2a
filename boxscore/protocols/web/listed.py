"""The tests in the specs of a project, as the runner lists them: listed once, and kept in the cache."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.learned import LearnedRecords
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.protocols.web.task import WebTask


class Listed(Struct, frozen=True, kw_only=True):
    """The ids of the tests of all steps, in order."""

    tests: tuple[str, ...]


class ListedTests:
    """Remembers lists of tests, by everything that they depend on, in a folder of `cache`."""

    def __init__(self, cache: Path) -> None:
        self._folder = cache / "web-tests"
        self._records = LearnedRecords()
        self._last: tuple[str, Listed] | None = None

    def of(self, task: WebTask, environment: str, learn: Callable[[], tuple[str, ...]]) -> tuple[str, ...]:
        """The tests of a task, listed now if they never were in this `environment`. Raises what `learn` does."""
        files = (task.reference, task.start, task.assets)  # which some specs read while they are listed
        key = fingerprint(environment, task.steps, task.specs, task.settings, files)
        if self._last is None or self._last[0] != key:
            path = self._folder / f"{key}.json"
            self._last = key, self._records.found(path, Listed, lambda: (Listed(tests=learn()), False))
        return self._last[1].tests
