"""Unpacks an archive that somebody else has made: bounded, and nowhere but into its folder."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from boxscore.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MOST_FILES = 200_000
MOST_BYTES = 4 << 30
_CHUNK_BYTES = 1 << 20
_BROKEN = (  # ValueError: a name that is no UTF-8
    *(zipfile.BadZipFile, zlib.error, lzma.LZMAError, NotImplementedError),
    *(RuntimeError, EOFError, OSError, ValueError),
)


def unpack(archive: Path, folder: Path, *, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES) -> None:
    """Unpack a zip file into an empty folder. Raises InputError for one that is none, or is out for harm.

    What entries say of their sizes is not believed: bytes are counted as they come.
    """
    try:
        with zipfile.ZipFile(archive) as packed:
            entries = packed.infolist()
            if len(entries) > most_files:
                raise InputError(f"holds {len(entries):,} files, more than {most_files:,}", path=archive)
            left = most_bytes
            for entry in entries:
                place = folder / _place(entry, archive)
                if entry.is_dir():
                    place.mkdir(parents=True, exist_ok=True)
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                left = _write(packed, entry, place, left)
                if left < 0:
                    raise InputError(f"unpacks to more than {most_bytes:,} bytes", path=archive)
    except _BROKEN as error:
        raise InputError(f"cannot be unpacked: {error}", path=archive) from error


def _place(entry: zipfile.ZipInfo, archive: Path) -> PurePosixPath:
    """Where an entry goes, below the folder. Raises InputError."""
    place = PurePosixPath(entry.filename)
    kind = stat.S_IFMT(entry.external_attr >> 16)
    odd = place.is_absolute() or ".." in place.parts or "\\" in entry.filename or not entry.filename.isprintable()
    if odd or not place.parts or kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise InputError(f"has an entry {entry.filename[:200]!r}, which is no file of its own", path=archive)
    return place


def _write(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, place: Path, left: int) -> int:
    """Write one file that is not there yet; return how many bytes are left, fewer than none where there were more."""
    with packed.open(entry) as source, place.open("xb") as target:
        while left >= 0 and (chunk := source.read(min(_CHUNK_BYTES, left + 1))):
            left -= len(chunk)
            if left >= 0:
                target.write(chunk)
    return left
