"""Whole folders into and out of a box: which names may cross, and the tar streams in which they do.

What comes out was written by hostile code, so it is read here, by a reader that knows regular files, folders and hard
links between files that it has seen, and nothing else; nothing is ever extracted to a disk.
"""

from __future__ import annotations

import io
import tarfile
import unicodedata
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from boxscore.errors import ProtocolError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

NAME_BYTES, PATH_BYTES, MAX_DEPTH = 255, 1024, 64
BLOCK = 512
ENTRY_BYTES = 12 * BLOCK  # at the most, beside its data: a header, two long names with headers of their own, padding
END_BYTES = 20 * BLOCK
FOLDER_MODE, FILE_MODE, PROGRAM_MODE = 0o755, 0o644, 0o755


def fault(name: str) -> str | None:
    """Say why `name` is not the relative path of a file that may cross the border of a box; None if it is."""
    parts = name.split("/")
    try:
        sizes = [len(part.encode()) for part in parts]
    except UnicodeEncodeError:
        return "it is not UTF-8"
    if any(part in {"", ".", ".."} for part in parts):
        return "it is not a plain relative path"
    if any(unicodedata.category(letter) == "Cc" for letter in name):
        return "it holds control characters"
    if max(sizes) > NAME_BYTES or len(name.encode()) > PATH_BYTES or len(parts) > MAX_DEPTH:
        return "it is too long or too deep"
    return None


def checked(files: Mapping[str, bytes], executable: Collection[str]) -> list[str]:
    """Return the folders that `files` need, parents first. Raises UsageError for names that may not cross."""
    for name in files:
        if why := fault(name):
            raise UsageError(f"{name!r} cannot be the name of a file in a box: {why}")
    parents = {str(parent) for name in files for parent in PurePosixPath(name).parents} - {"."}
    if both := parents & files.keys():
        raise UsageError(f"{min(both)!r} cannot be both a file and a folder in a box")
    if unknown := set(executable) - files.keys():
        raise UsageError(f"{min(unknown)!r} is to be executable and is not among the files")
    return sorted(parents)


class FolderContents:
    """What was found in a folder of a box so far. `max_files` bounds files and folders together."""

    def __init__(self, path: str, *, max_bytes: int, max_files: int) -> None:
        self.path, self.max_bytes, self.max_files = path, max_bytes, max_files
        self.files: dict[str, bytes] = {}
        self._left_bytes, self._left_files = max_bytes, max_files

    @property
    def left_bytes(self) -> int:
        """How many bytes a further file may have."""
        return self._left_bytes

    def count(self, name: str) -> None:
        """Note a file or folder. Raises ProtocolError for an odd name or one too many."""
        if why := fault(name):
            raise ProtocolError(f"{self.path} in the box holds an unacceptable file name ({ascii(name)[:100]}): {why}")
        self._left_files -= 1
        if self._left_files < 0:
            raise ProtocolError(f"{self.path} in the box holds more than {self.max_files} files and folders")

    def add(self, name: str, data: bytes) -> None:
        """Keep a file. Raises ProtocolError for too many bytes, or a name that was there before."""
        self.count(name)
        if name in self.files:
            raise ProtocolError(f"{self.path} in the box holds {name!a} twice")
        self._left_bytes -= len(data)
        if self._left_bytes < 0:
            raise ProtocolError(f"{self.path} in the box is larger than {self.max_bytes} bytes")
        self.files[name] = data

    def refuse(self, name: str) -> ProtocolError:
        """Return the error for what is neither a regular file nor a folder."""
        return ProtocolError(f"{self.path} in the box holds {ascii(name)[:100]}, which is no regular file or folder")


def packed(files: Mapping[str, bytes], executable: Collection[str]) -> bytes:
    """Return files and their folders as a tar stream. Raises UsageError."""
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for folder in checked(files, executable):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, FOLDER_MODE
            archive.addfile(entry)
        for name, data in sorted(files.items()):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), PROGRAM_MODE if name in executable else FILE_MODE
            archive.addfile(entry, io.BytesIO(data))
    return held.getvalue()


def stream_bytes(max_bytes: int, max_files: int) -> int:
    """Say how long the tar stream of a folder within these limits can be."""
    return max_bytes + (max_files + 2) * ENTRY_BYTES + END_BYTES


def unpack(stream: bytes, found: FolderContents) -> None:
    """Take a hostile tar stream apart into `found`. Raises ProtocolError for all that is not as expected."""
    reader = _Reader(stream, found.path)
    while (entry := reader.next_entry()) is not None:
        kind, name, link, data = entry
        if kind == b"5":
            if name:
                found.count(name)
        elif kind in {b"0", b"\0"}:
            found.add(name, data)
        elif kind == b"1" and link in found.files:
            found.add(name, found.files[link])
        else:
            raise found.refuse(name)


class _Reader:
    """Reads headers one by one: the old GNU format (as GNU tar and busybox write it) and plain ustar."""

    def __init__(self, stream: bytes, path: str) -> None:
        self._stream, self._path, self._at = memoryview(stream), path, 0

    def next_entry(self) -> tuple[bytes, str, str, bytes] | None:
        """Return kind, name, link's name and data of the next entry; None at the end of the archive."""
        long: dict[bytes, bytes] = {}
        while True:
            header = bytes(self._take(BLOCK))
            if header == bytes(BLOCK):
                return None
            kind, data = header[156:157], bytes(self._data(header))
            if kind not in {b"L", b"K"}:
                break
            if kind in long or len(data) > PATH_BYTES + BLOCK:
                raise self._broken("odd long names")
            long[kind] = data
        prefix = header[345:500] if header[257:263] == b"ustar\0" else b""
        name = long.get(b"L", b"/".join(part for part in (_text(prefix), _text(header[:100])) if part))
        return kind, self._name(name), self._name(long.get(b"K", header[157:257])), data

    def _take(self, size: int) -> memoryview:
        part = self._stream[self._at : self._at + size]
        if len(part) != size:
            raise self._broken("it ends early")
        self._at += size
        return part

    def _data(self, header: bytes) -> memoryview:
        blanked = header[:148] + b" " * 8 + header[156:]
        if self._octal(header[148:156]) != sum(blanked):
            raise self._broken("a header's sum is wrong")
        size = self._octal(header[124:136])
        data = self._take(size)
        self._take(-size % BLOCK)
        return data

    def _octal(self, field: bytes) -> int:
        digits = _text(field).strip(b" ")
        if not digits or set(digits) - set(b"01234567"):
            raise self._broken("a number is none")
        return int(digits, 8)

    def _name(self, field: bytes) -> str:
        try:
            name = _text(field).decode()
        except UnicodeDecodeError:
            raise ProtocolError(f"{self._path} in the box holds a name that is not UTF-8: {_text(field)!r}") from None
        name = name.removesuffix("/")
        return "" if name == "." else name.removeprefix("./")  # the folder itself has no name

    def _broken(self, why: str) -> ProtocolError:
        return ProtocolError(f"{self._path} in the box could not be read: its archive is broken ({why})")


def _text(field: bytes) -> bytes:
    return field.partition(b"\0")[0]
