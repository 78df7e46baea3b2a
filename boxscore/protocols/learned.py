"""What is learned of tests with a reference: found out once, and kept where another time would show the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from boxscore.cache import read_record, write_cached

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

Record = TypeVar("Record", bound=Struct)


class LearnedRecords:
    """Records by the paths of the cache that they are kept at.

    What may be otherwise another time, or cannot be written, is remembered for the life of this object alone.
    """

    def __init__(self) -> None:
        """Begin with what the cache has."""
        self._unkept: dict[Path, Struct] = {}

    def found(self, path: Path, kind: type[Record], learn: Callable[[], tuple[Record, bool]]) -> Record:
        """The record of a path, else what `learn` finds out, which says beside it whether it is unsure.

        Raises what `learn` does.
        """
        unkept = self._unkept.get(path)
        kept = unkept if isinstance(unkept, kind) else read_record(path, kind)
        if kept is not None:
            return kept
        record, unsure = learn()
        if unsure or not write_cached(path, msgspec.json.encode(record)):
            self._unkept[path] = record
        return record
