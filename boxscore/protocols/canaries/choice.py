"""Which tests get canaries, and in how many forms.

A forger need not forge all tests, only those that it does not pass. So what counts is what stands in the way of forging
a single one: each test that is preferred (one of FAIL_TO_PASS) has many forms of its own. The others stand for all that
must go on to pass; a sample of them has two forms each, one of which is negated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.canaries.ids import ParsedId, locate
from boxscore.protocols.canaries.source import Key, TestFile
from boxscore.protocols.canaries.text import CannotRewriteError

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Iterable, Mapping

FORMS = 128  # of all preferred tests together, as far as the least and the most for one allow
LEAST_FORMS, MOST_FORMS = 4, 32
MOST_PREFERRED, MOST_TESTS, LEAST_OTHERS = 64, 24, 8
MANY_IDS = 50  # a function with more required parameters than this gets negated tests only where others do not suffice


class RequiredFunction(Struct, frozen=True):
    """One test function and the required ids that run it."""

    path: str
    key: Key
    places: dict[str, ParsedId]
    preferred: list[bool]  # whether any id is, for each of them


class Chooser:
    """The test functions that required ids run, and why other ids have none; gives out those to be rewritten."""

    def __init__(self, files: Mapping[str, str], *, runner: str, rng: random.Random) -> None:
        self.modules: dict[str, TestFile] = {}
        self.skipped: dict[str, str] = {}
        self._files, self._runner, self._rng = files, runner, rng
        self._broken: dict[str, str] = {}
        self._groups: dict[tuple[str, Key], RequiredFunction] = {}

    def add(self, test_ids: Iterable[str], *, preferred: Collection[str]) -> None:
        """Take note of required ids."""
        for test_id in test_ids:
            place = locate(test_id, runner=self._runner, paths=self._files)
            key = place if isinstance(place, str) else self._find(place)
            if isinstance(place, str) or isinstance(key, str):
                self.skipped[test_id] = str(key)
                continue
            group = self._groups.setdefault((place.path, key), RequiredFunction(place.path, key, {}, []))
            group.places[test_id] = place
            group.preferred.append(test_id in preferred)

    def _find(self, place: ParsedId) -> Key | str:
        path = place.path
        if path not in self.modules and path not in self._broken:
            try:
                self.modules[path] = TestFile(self._files[path])
            except CannotRewriteError as error:
                self._broken[path] = f"{path} {error}"
        if path in self._broken:
            return self._broken[path]
        return self.modules[path].find(place.scope, place.name)

    def choose(self) -> tuple[list[RequiredFunction], list[RequiredFunction]]:
        """Draw preferred tests and others, in either case those first that have few parameters."""
        groups = list(self._groups.values())
        self._rng.shuffle(groups)
        groups.sort(key=lambda group: len(group.places) > MANY_IDS)
        preferred = self._first([group for group in groups if any(group.preferred)], MOST_PREFERRED)
        room = max(LEAST_OTHERS, MOST_TESTS - len(preferred))
        return preferred, self._first([group for group in groups if not any(group.preferred)], room)

    def _first(self, groups: Iterable[RequiredFunction], most: int) -> list[RequiredFunction]:
        chosen: list[RequiredFunction] = []
        for group in groups:
            if len(chosen) == most:
                break
            problem = self.modules[group.path].problem(group.key, self._rng)
            if problem:
                self.skipped.update(dict.fromkeys(group.places, problem))
            else:
                chosen.append(group)
        return chosen


def forms_each(group: RequiredFunction, *, preferred: int, most: int) -> int:
    """Return how many forms one of a number of preferred tests gets, if they have about `most` runs together."""
    return max(LEAST_FORMS, min(MOST_FORMS, most // (preferred * len(group.places))))
