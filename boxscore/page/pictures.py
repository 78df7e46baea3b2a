"""Pictures and traces that a browser took of a candidate's pages: which of them may be shown, and how many.

A browser that a page has taken over can hand out anything as a picture. What is shown is a JPEG or a PNG by its own
first bytes, of so many bytes and pixels at most. A JPEG of many scans, which takes a reader's browser minutes, is not.
"""

from __future__ import annotations

import base64
import re
import struct
from typing import TYPE_CHECKING, Literal

from boxscore.page.records import TaskFile, TaskPicture

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_FILE_BYTES = 32 << 20  # of all pictures and traces of one sample: more are not kept
MAX_PAGE_FILE_BYTES = 64 << 20  # of all samples of a page in one file
MAX_PICTURE_BYTES = 2 << 20
MAX_SIDE, MAX_PIXELS = 16_384, 32 << 20
_JPEG, _PNG, _ZIP = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"PK\x03\x04"
_BASELINE = frozenset((0xC0, 0xC1))
_OTHER_FRAMES = frozenset(range(0xC0, 0xD0)) - _BASELINE - {0xC4, 0xC8, 0xCC}
_SCAN, _END, _ALONE = 0xDA, 0xD9, frozenset((0x01, *range(0xD0, 0xD8)))
_UNSAFE_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_CHARS = 80


class FileRoom:
    """How many bytes of pictures and traces may still be shown of one sample; equal pictures count once."""

    def __init__(self, most_bytes: int = MAX_FILE_BYTES) -> None:
        self.left = most_bytes
        self.left_out = 0
        self.pictures: list[TaskPicture] = []
        self._places: dict[bytes, int] = {}

    def picture(self, data: bytes) -> tuple[int | None, str]:
        """The place of a picture among `pictures`, or None and why it is not there."""
        if data in self._places:
            return self._places[data], ""
        try:
            kind = picture_kind(data)
        except ValueError as error:
            return None, f"cannot be read as a picture: {error}"
        if not self._takes(data):
            return None, "left out of this page"
        self._places[data] = len(self.pictures)
        self.pictures.append(TaskPicture(kind=kind, data=_encoded(data)))
        return self._places[data], ""

    def file(self, name: str, data: bytes) -> TaskFile:
        """A file to be saved, with its bytes as far as there is room."""
        if not data.startswith(_ZIP):
            return TaskFile(name=safe_file_name(name), size=len(data), note="it is no archive, so it is not here")
        if not self._takes(data):
            return TaskFile(name=safe_file_name(name), size=len(data), note="left out of this page")
        return TaskFile(name=safe_file_name(name), size=len(data), data=_encoded(data))

    def _takes(self, data: bytes) -> bool:
        if len(data) > self.left:
            self.left_out += 1
            return False
        self.left -= len(data)
        return True


def is_picture(data: bytes) -> bool:
    """Whether it begins as a picture does."""
    return data.startswith((_JPEG, _PNG))


def picture_kind(data: bytes) -> Literal["jpeg", "png"]:
    """Say what a picture is. Raises ValueError, which says why, for one that is not shown."""
    if len(data) > MAX_PICTURE_BYTES:
        raise ValueError(f"it has {len(data):,} bytes, more than {MAX_PICTURE_BYTES:,}")
    if data.startswith(_JPEG):
        kind: Literal["jpeg", "png"] = "jpeg"
        width, height = _jpeg_size(data)
    elif data.startswith(_PNG):
        kind = "png"
        width, height = struct.unpack_from(">II", data.ljust(24, b"\0"), 16)
    else:
        raise ValueError("it is neither a JPEG nor a PNG")
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE and width * height <= MAX_PIXELS):
        raise ValueError(f"its size is {width:,} by {height:,} pixels")
    return kind


def safe_file_name(name: str) -> str:
    """A name for a file that is saved, of plain characters alone."""
    return _UNSAFE_IN_NAMES.sub("-", name).strip(".-")[-_NAME_CHARS:].lstrip(".-") or "file"


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """The width and height that a JPEG names before its first scan. Raises ValueError where it names none."""
    for marker, at in _jpeg_segments(data):
        if marker in _BASELINE and at + 7 <= len(data):
            height, width = struct.unpack_from(">HH", data, at + 3)
            return width, height
        if marker in _OTHER_FRAMES:
            raise ValueError("it is a JPEG of another kind than a browser takes")
        if marker in {_SCAN, _END}:
            break
    raise ValueError("it is a JPEG without a size")


def _jpeg_segments(data: bytes) -> Iterator[tuple[int, int]]:
    """The markers of a JPEG, each with the place behind it."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF:  # noqa: PLR2004 - begins each marker, and may be repeated
        marker = data[at + 1]
        if marker == 0xFF:  # noqa: PLR2004
            at += 1
            continue
        yield marker, at + 2
        at += 2 if marker in _ALONE else 2 + max(2, struct.unpack_from(">H", data, at + 2)[0])


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()
