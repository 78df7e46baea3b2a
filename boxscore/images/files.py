"""A look through the files of an image, of which nothing is run."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

from boxscore.images.recipes import LABEL

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from _typeshed import WriteableBuffer
    from docker import DockerClient

_CHUNK_BYTES = 1 << 20


def privileged_files(client: DockerClient, reference: str) -> tuple[str, ...]:
    """List files of an image that give their user more rights: set-user-ID, set-group-ID, file capabilities.

    The engine packs the image's files and only their headers are read.
    """
    container = client.containers.create(reference, command=["-"], labels={LABEL: "check"})
    try:
        packed = io.BufferedReader(_Chunks(container.export()), _CHUNK_BYTES)  # type: ignore[arg-type]  # stubs say str
        with tarfile.open(fileobj=packed, mode="r|") as archive:
            found = tuple(sorted(_privileged(archive)))
        while packed.read(_CHUNK_BYTES):
            pass  # an archive ends before its stream does, and the connection must not stay open
        return found
    finally:
        container.remove(force=True, v=True)


def _privileged(archive: tarfile.TarFile) -> Iterator[str]:
    for entry in archive:
        capable = any(name.endswith("security.capability") for name in entry.pax_headers)
        if entry.isfile() and (entry.mode & 0o6000 or capable):
            yield f"/{entry.name}"


class _Chunks(io.RawIOBase):
    """A file to read from, made of a stream of chunks."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        super().__init__()
        self._chunks, self._rest = iter(chunks), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        while not self._rest:
            following = next(self._chunks, None)
            if following is None:
                return 0
            self._rest = following
        with memoryview(buffer) as view:
            size = min(len(view), len(self._rest))
            view[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size
