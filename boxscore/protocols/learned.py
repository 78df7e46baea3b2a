"""What is learned of tests with a reference: found out once, and kept where another time would show the same."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from boxscore.cache import read_record, write_cached
from boxscore.errors import BoxError, HarnessError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Record = TypeVar("Record", bound=Struct)


class LearnedRecords:
    """Records by the paths of the cache that they are kept at.

    What is unsure, or cannot be written, is remembered by this object alone. What is unsure is learned again when it is
    asked for the second time, the fourth, the eighth and so on: a machine is not busy for ever.
    """

    def __init__(self) -> None:
        """Begin with what the cache has."""
        self._unkept: dict[Path, Struct] = {}
        self._asked: Counter[Path] = Counter()  # how often, of records that are unsure

    def found(self, path: Path, kind: type[Record], learn: Callable[[], tuple[Record, bool]]) -> Record:
        """The record of a path, else what `learn` finds out, which says beside it whether it is unsure.

        A record that somebody else has written meanwhile is taken in place of an unsure one. Raises what `learn` does,
        but where it fails to make an unsure record sure: that one is used on.
        """
        if (written := read_record(path, kind)) is not None:
            self._forget(path)
            return written
        known = self._unkept.get(path)
        if isinstance(known, kind) and not self._is_due(path):
            return known
        try:
            record, unsure = learn()
        except (BoxError, HarnessError, TimeoutError):
            if isinstance(known, kind):
                return known
            raise
        if unsure:
            self._asked.setdefault(path, 1)
        else:
            del self._asked[path]
        if unsure or not write_cached(path, msgspec.json.encode(record)):
            self._unkept[path] = record
        else:
            self._forget(path)
        return record

    def _forget(self, path: Path) -> None:
        self._unkept.pop(path, None)
        del self._asked[path]

    def _is_due(self, path: Path) -> bool:
        """Count one more request for an unsure record; say whether to learn it again."""
        if path not in self._asked:
            return False
        self._asked[path] += 1
        return self._asked[path].bit_count() == 1
