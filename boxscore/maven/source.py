"""Where artefacts come from: the contract, one in memory for tests, and the cache before another one.

A source answers for a file itself, never for its checksum: that is worked out of what is given.
"""

from __future__ import annotations

import hashlib
import threading
from typing import TYPE_CHECKING, Protocol

from boxscore.cache import cache_folder, read_cached, write_cached

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.maven.layout import RepositoryPath

MAX_ARTEFACT_BYTES = 192 << 20
_MAX_REMEMBERED_BYTES = 64 << 20


class TooLarge(Exception):  # noqa: N818 - a refusal, which goes back to the box, and no error of ours
    """A file of the mirror is larger than what a box is brought."""


class ArtefactSource(Protocol):
    """Gives files of a Maven repository; used by several threads at once."""

    def get(self, wanted: RepositoryPath) -> bytes | None:
        """The file at `wanted.path`; None where the repository has none.

        Raises MirrorUnavailable where nobody can say, TooLarge for more than MAX_ARTEFACT_BYTES.
        """


class CachedSource:
    """Another source behind the user's cache, which keeps what cannot change.

    What may change, an index of versions or a snapshot, and that a file is not there, is remembered for the life of
    this object: the samples of a run find the same. `name` tells mirrors apart. No name of a box's is part of a path of
    the cache; what is in it is checked when it is read.
    """

    def __init__(self, source: ArtefactSource, *, name: str, folder: Path | None = None) -> None:
        self._source = source
        self._folder = (folder or cache_folder() / "maven") / _digest(name)[:16]
        self._lock = threading.Lock()
        self._remembered: dict[str, bytes | None] = {}
        self._remembered_bytes = 0

    def get(self, wanted: RepositoryPath) -> bytes | None:
        """See `ArtefactSource.get`."""
        with self._lock:
            if wanted.path in self._remembered:
                return self._remembered[wanted.path]
        place = self._place(wanted.path)
        data = None if wanted.changes else read_cached(place)
        if data is not None:
            return data
        data = self._source.get(wanted)
        if data is None or wanted.changes:
            self._remember(wanted.path, data)
        else:
            write_cached(place, data)
        return data

    def _place(self, path: str) -> Path:
        name = _digest(path)
        return self._folder / name[:2] / name

    def _remember(self, path: str, data: bytes | None) -> None:
        size = len(path) + len(data or b"")
        with self._lock:
            if self._remembered_bytes + size <= _MAX_REMEMBERED_BYTES:
                self._remembered_bytes += size
                self._remembered[path] = data


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
