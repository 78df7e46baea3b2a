"""Lines of a run's files: each ends with a checksum over its own bytes, so that no damaged line is believed.

A line is one JSON object whose last field, `crc32`, has always the same length: it can be checked without decoding.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import zlib
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec import Struct

from boxscore.errors import InputError, StoreError
from boxscore.protocols.details import decoder_of, detail_hook

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator
    from pathlib import Path
    from typing import BinaryIO


MOST_BYTES = 1 << 30  # of a file that is read as a whole; the record of a million instances has a tenth of it


def open_regular(path: Path) -> BinaryIO:
    """Open a regular file, be it behind a link, to be read; never wait. Raises OSError, also for what is none."""
    return open(path, "rb", opener=_opened)


def read_regular(path: Path, most_bytes: int = MOST_BYTES) -> bytes:
    """Read a regular file as a whole. Raises OSError, also for one of more than `most_bytes`."""
    with open_regular(path) as file:
        size = os.fstat(file.fileno()).st_size
        if size > most_bytes:
            raise OSError(errno.EFBIG, f"it has more than {most_bytes:,} bytes")
        return file.read(size)  # as much memory is taken as is asked for, however little the file has


def _opened(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if not stat.S_ISREG(mode):
        os.close(descriptor)
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        raise OSError(errno.EINVAL, "it is not a regular file")
    return descriptor


_MARK, _END = b',"crc32":"', b'"}\n'
_DIGITS = 8
CHECKSUM_BYTES = len(_MARK) + _DIGITS + len(_END)
_ENCODER = msgspec.json.Encoder()
_T = TypeVar("_T", bound=Struct)
_L = TypeVar("_L", bound=Struct)

MOST_LINE_BYTES = 256 << 20  # what is longer was not written by a run
UNCHECKED = "it has no checksum"


def encode_line(record: Struct) -> bytes:
    """One line for a record of at least one field, with its checksum."""
    return with_checksum(_ENCODER.encode(record))


def with_checksum(encoded: bytes) -> bytes:
    """Make a line of an encoded object of at least one field."""
    body = encoded[:-1]
    return b'%b,"crc32":"%08x"}\n' % (body, zlib.crc32(body))


def damage(line: bytes) -> str | None:
    """Why a line that ends with a newline is not believed, None where it is."""
    seal_at = len(line) - CHECKSUM_BYTES
    if seal_at < 1 or not line.startswith(_MARK, seal_at):
        return UNCHECKED
    if line[seal_at + len(_MARK) :] != b'%08x"}\n' % zlib.crc32(memoryview(line)[:seal_at]):
        return "its checksum does not fit"
    return None


def digest_of(lines: Iterable[bytes]) -> str:
    """Hash lines in their order: by it a record names them whatever their numbers are."""
    digest = lines_digest()
    for line in lines:
        digest.update(line)
    return digest.hexdigest()


def lines_digest() -> hashlib.blake2b:
    """The hash of `digest_of`, without any line yet."""
    return hashlib.blake2b(digest_size=16)


def whole_lines(path: Path) -> Iterator[bytes]:
    """The lines of a file; what stands after the last newline is still being written and is left out.

    Raises StoreError if the file cannot be read, InputError for a line without end; one that is not there has no lines.
    """
    try:
        number = 0
        with open_regular(path) as file:
            while (line := file.readline(MOST_LINE_BYTES)).endswith(b"\n"):
                number += 1
                yield line
        if len(line) == MOST_LINE_BYTES:
            raise damaged(path, number + 1, f"it has no end within {MOST_LINE_BYTES:,} bytes")
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error


def read_lines(path: Path, kind: type[_T]) -> Iterator[_T]:
    """Decode a file of a run. Raises InputError, which names the line, for one that is damaged."""
    return decoded(path, whole_lines(path), kind)


def decoded(path: Path, lines: Iterable[bytes], kind: type[_T]) -> Iterator[_T]:
    """Decode lines of a file. Raises InputError, which names the line, for one that is damaged."""
    decoder = decoder_of(kind)
    for number, line in enumerate(lines, 1):
        yield _checked(path, number, line, decoder)


def _checked(path: Path, number: int, line: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    why = damage(line)
    if why is not None:
        raise damaged(path, number, why)
    try:
        return decoder.decode(line)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise damaged(path, number, str(error)) from error


def line_at(path: Path, place: int, kind: type[_T]) -> _T:
    """Decode a line that was checked before, by the byte at which it begins. Raises StoreError."""
    try:
        with open_regular(path) as file:
            file.seek(place)
            return msgspec.json.decode(file.readline(MOST_LINE_BYTES), type=kind, dec_hook=detail_hook)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise StoreError(f"{path}: cannot be read again: {error}") from error


class LinePlaces(Generic[_L]):
    """Where the lines of a file are by their names, the last of each, so that one can be read again."""

    def __init__(self, path: Path, kind: type[_L], name: Callable[[_L], Hashable]) -> None:
        """Look through the file. Raises InputError for a line that is damaged, StoreError."""
        self._path = path
        self._places: dict[Hashable, int] = {}
        place, decoder = 0, decoder_of(kind)
        for number, line in enumerate(whole_lines(path), 1):
            self._places[name(_checked(path, number, line, decoder))] = place
            place += len(line)

    def read(self, name: Hashable, kind: type[_T]) -> _T | None:
        """The last line of a name; None where there is none. Raises InputError, StoreError."""
        place = self._places.get(name)
        return None if place is None else line_at(self._path, place, kind)


def damaged(path: Path, number: int, why: str) -> InputError:
    """The error for a line that is not believed."""
    remedy = "delete it and rerun the original command, which makes up for what it held"
    return InputError(f"damaged line: {why}; {remedy}", path=path, line=number)
