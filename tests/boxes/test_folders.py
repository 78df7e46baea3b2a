"""Tar streams of boxes: what of ours is written, and what of hostile ones is refused."""

from __future__ import annotations

import io
import tarfile
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.folders import FolderContents, packed, stream_bytes, unpack
from boxscore.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Callable

FILES = {"a": b"x" * 513, "d/e": b"", "/".join(["x" * 200] * 4): b"long", "é": b"\0"}


def found(stream: bytes, *, max_bytes: int = 10_000, max_files: int = 20) -> dict[str, bytes]:
    gathered = FolderContents("/scratch/f", max_bytes=max_bytes, max_files=max_files)
    unpack(stream, gathered)
    return gathered.files


def archive(*entries: tuple[str, bytes, Callable[[tarfile.TarInfo], None]], kind: int = tarfile.GNU_FORMAT) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=kind) as tar:
        for name, data, change in entries:
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            change(entry)
            tar.addfile(entry, io.BytesIO(data))
    return held.getvalue()


def plain(_: tarfile.TarInfo) -> None:
    """Change nothing."""


def of_type(kind: bytes, link: str = "") -> Callable[[tarfile.TarInfo], None]:
    def change(entry: tarfile.TarInfo) -> None:
        entry.type, entry.linkname = kind, link

    return change


def test_what_is_packed_is_found() -> None:
    stream = packed(FILES, ())

    assert found(stream) == FILES
    assert len(stream) <= stream_bytes(sum(map(len, FILES.values())), 9)


def test_ustar_with_a_prefix() -> None:
    name = "/".join(["y" * 60] * 3)

    assert found(archive((name, b"data", plain), kind=tarfile.USTAR_FORMAT)) == {name: b"data"}


def test_a_hard_link_to_what_came_before() -> None:
    stream = archive(("./a", b"data", plain), ("./b", b"", of_type(tarfile.LNKTYPE, "./a")))

    assert found(stream) == {"a": b"data", "b": b"data"}
    with pytest.raises(ProtocolError, match="larger"):
        found(stream, max_bytes=7)


@pytest.mark.parametrize(
    "stream",
    [
        archive(("a", b"", of_type(tarfile.SYMTYPE, "/etc/passwd"))),
        archive(("a", b"", of_type(tarfile.LNKTYPE, "/etc/passwd"))),
        archive(("a", b"", of_type(tarfile.LNKTYPE, "b")), ("b", b"", plain)),
        archive(("a", b"", of_type(tarfile.CHRTYPE))),
        archive(("a", b"", of_type(tarfile.BLKTYPE))),
        archive(("a", b"", of_type(tarfile.FIFOTYPE))),
        archive(("a", b"", of_type(tarfile.GNUTYPE_SPARSE))),
        archive(("a", b"", of_type(b"7"))),
        archive(("../a", b"", plain)),
        archive(("/a", b"", plain)),
        archive(("a/./b", b"", plain)),
        archive(("a\nb", b"", plain)),
        archive(("a", b"", plain), ("a", b"", plain)),
        archive(("é" * 90, b"", plain), kind=tarfile.PAX_FORMAT),
        archive(("a", b"data", plain))[:600],
        archive(("a", b"data", plain))[:512],
        b"",
        b"x" * 512,
        archive(("a", b"", plain)).replace(b"00000000000\0", b"-0000000001\0", 1),
        archive(("a", b"", plain)).replace(b"00000000000\0", b"\xff" * 12, 1),
        archive(("a", b"", plain)).replace(b"ustar", b"usturd", 1)[:1024],
    ],
)
def test_hostile_archives_are_refused(stream: bytes) -> None:
    with pytest.raises(ProtocolError):
        found(stream)


def test_too_much() -> None:
    with pytest.raises(ProtocolError, match="larger than 4"):
        found(archive(("a", b"12345", plain)), max_bytes=4)
    with pytest.raises(ProtocolError, match="more than 2"):
        found(archive(("a", b"", plain), ("b", b"", of_type(tarfile.DIRTYPE)), ("c", b"", plain)), max_files=2)
