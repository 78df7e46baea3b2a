"""What samples printed, read from a run's results when it is asked for: a run holds its results without it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.errors import StoreError
from boxscore.run.lines import damage, damaged

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.records import Result


class _Line(Struct, frozen=True):
    instance_id: str
    sample_id: str
    key: str = ""
    output: str = ""


_DECODER = msgspec.json.Decoder(_Line)


class Outputs:
    """The output of the last stored result of each sample of a run directory, under each key that it was graded."""

    def __init__(self, folder: Path) -> None:
        """Find where each sample's line is. Raises InputError, StoreError."""
        self._path = folder / "results.jsonl"
        try:
            self._places = dict(self._found())
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be read: {error.strerror or error}") from error

    def __call__(self, result: Result) -> str:
        """Read what a sample printed; what the result itself says where none is stored. Raises StoreError."""
        place = self._places.get((result.instance_id, result.sample_id, result.key))
        if place is None:
            return result.output
        try:
            with self._path.open("rb") as file:
                file.seek(place)
                return _DECODER.decode(file.readline()).output
        except (OSError, msgspec.MsgspecError) as error:
            raise StoreError(f"{self._path}: cannot be read again: {error}") from error

    def _found(self) -> Iterator[tuple[tuple[str, str, str], int]]:
        place = 0
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if line.endswith(b"\n"):
                    yield self._named(line, number), place
                place += len(line)

    def _named(self, line: bytes, number: int) -> tuple[str, str, str]:
        why = damage(line)
        if why is not None:
            raise damaged(self._path, number, why)
        try:
            one = _DECODER.decode(line)
        except msgspec.MsgspecError as error:
            raise damaged(self._path, number, str(error)) from error
        return one.instance_id, one.sample_id, one.key
