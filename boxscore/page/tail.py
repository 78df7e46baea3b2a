"""A file of lines that grows: what is new in it, each line once and with its place."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct

from boxscore.errors import StoreError
from boxscore.protocols.details import decoder_of
from boxscore.run.lines import MOST_LINE_BYTES, damage, line_at
from boxscore.run.regular import open_regular

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_T = TypeVar("_T", bound=Struct)


class Tail:
    """Reads a file of a run as it grows.

    `damaged` counts lines that are not believed, which are passed over.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._at, self._inode = path, 0, 0
        self.damaged = 0

    def is_another(self) -> bool:
        """Whether the file is another one than at the last look: then what came of it must be forgotten."""
        try:
            status = self._path.stat()
        except OSError:
            return self._at > 0
        return self._at > 0 and (status.st_ino != self._inode or status.st_size < self._at)

    def rewind(self) -> None:
        """Read the file from its beginning."""
        self._at = self.damaged = 0

    def new(self, kind: type[_T]) -> Iterator[tuple[int, _T]]:
        """The whole lines that were added, decoded, each with its place; one that is still being written comes later.

        Raises StoreError where the file cannot be read; one that is not there has no lines.
        """
        decoder = decoder_of(kind)
        try:
            with open_regular(self._path) as file:
                self._inode = os.fstat(file.fileno()).st_ino
                file.seek(self._at)
                while (line := file.readline(MOST_LINE_BYTES)).endswith(b"\n"):
                    place, self._at = self._at, self._at + len(line)
                    found = _decoded(line, decoder)
                    if found is None:
                        self.damaged += 1
                    else:
                        yield place, found
        except FileNotFoundError:
            return
        except OSError as error:
            raise StoreError(f"{self._path}: cannot be read: {error.strerror or error}") from error

    def read(self, place: int, kind: type[_T]) -> _T:
        """Read a line again. Raises StoreError."""
        return line_at(self._path, place, kind)


def _decoded(line: bytes, decoder: msgspec.json.Decoder[_T]) -> _T | None:
    """What a line says; None for one that is damaged."""
    if damage(line) is not None:
        return None
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
