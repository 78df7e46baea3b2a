"""Which tests get canaries, in how many forms, and which of these are negated: all that a forger must not know."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore._protocols._twin_forms import Kind
from boxscore._protocols._twin_ids import Place, locate
from boxscore._protocols._twin_source import Key, TestFile
from boxscore._protocols._twin_text import CannotRewriteError

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Iterable, Mapping

BITS = 20  # a blind forger passes with a chance of at most 2^-BITS
MOST_FORMS = 64  # of all tests together
MANY_IDS = 50  # a function with more required parameters than this gets twins only where others do not suffice


class Group(Struct, frozen=True):
    """One test function and the required ids that run it."""

    path: str
    key: Key
    places: dict[str, Place]


class Chooser:
    """The test functions that required ids run, and why other ids have none; gives out those to be rewritten."""

    def __init__(self, files: Mapping[str, str], *, runner: str, rng: random.Random) -> None:
        self.modules: dict[str, TestFile] = {}
        self.skipped: dict[str, str] = {}
        self._files, self._runner, self._rng = files, runner, rng
        self._broken: dict[str, str] = {}
        self._groups: dict[tuple[str, Key], Group] = {}
        self._first: set[tuple[str, Key]] = set()
        for path, source in files.items():
            try:
                self.modules[path] = TestFile(source)
            except CannotRewriteError as error:
                self._broken[path] = f"{path} {error}"

    def add(self, test_ids: Iterable[str], *, preferred: Collection[str]) -> None:
        """Take note of required ids."""
        for test_id in test_ids:
            place = locate(test_id, runner=self._runner, paths=self._files)
            key = place if isinstance(place, str) else self._find(place)
            if isinstance(place, str) or isinstance(key, str):
                self.skipped[test_id] = str(key)
                continue
            group = self._groups.setdefault((place.path, key), Group(place.path, key, {}))
            group.places[test_id] = place
            if test_id in preferred:
                self._first.add((place.path, key))

    def _find(self, place: Place) -> Key | str:
        if place.path in self._broken:
            return self._broken[place.path]
        return self.modules[place.path].find(place.scope, place.name)

    def choose(self, most: int) -> list[tuple[Group, list[Kind]]]:
        """Draw tests and say how each can be negated: preferred ones first, then those with few parameters."""
        groups = list(self._groups.values())
        self._rng.shuffle(groups)
        groups.sort(key=lambda g: ((g.path, g.key) not in self._first, len(g.places) > MANY_IDS))
        chosen: list[tuple[Group, list[Kind]]] = []
        for group in groups:
            if len(chosen) == most:
                break
            ways = self.modules[group.path].ways(group.key, self._rng)
            if isinstance(ways, str):
                self.skipped.update(dict.fromkeys(group.places, ways))
            else:
                chosen.append((group, ways))
        return chosen


def forms_each(tests: int) -> int:
    """Return how many forms each test needs: n forms of which some, not all, are negated are log2(2^n - 2) bits."""
    for forms in range(2, BITS + 1):
        if tests * math.log2(2**forms - 2) >= BITS:
            return max(2, min(forms, MOST_FORMS // tests))
    return BITS + 1


def draw_forms(forms: int, rng: random.Random) -> list[Kind | None]:
    """Draw which forms are originals (at least one is, and at least one is not)."""
    vector = rng.randrange(1, 2**forms - 1)
    return [Kind.ORIGINAL if vector >> n & 1 else None for n in range(forms)]
