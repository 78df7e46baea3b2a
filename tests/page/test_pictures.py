"""Which pictures may be shown, and how many: each may be made by an enemy."""

from __future__ import annotations

import base64
import struct

import pytest

from boxscore.page.pictures import MAX_PICTURE_BYTES, FileRoom, picture_kind, safe_file_name
from tests.page.web_records import JPEG, OTHER_JPEG


def png(width: int, height: int) -> bytes:
    return b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", width, height) + b"\x08\x02\0\0\0"


def jpeg(width: int, height: int, frame: int = 0xC0, between: bytes = b"") -> bytes:
    body = struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes(9)
    return b"\xff\xd8\xff\xe0\0\x04ab" + between + bytes((0xFF, frame)) + body + b"\xff\xda\0\x02\xff\xd9"


@pytest.mark.parametrize("data", [JPEG, jpeg(1280, 9000), jpeg(8, 8, between=b"\xff\xff\xff\xd0\xff\x01")])
def test_a_jpeg_is_one_by_its_bytes(data: bytes) -> None:
    assert picture_kind(data) == "jpeg"


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "neither"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "neither"),
        (b"GIF89a" + bytes(20), "neither"),
        (b"RIFF\0\0\0\0WEBPVP8 ", "neither"),
        (JPEG + bytes(MAX_PICTURE_BYTES), "bytes, more than"),
        (jpeg(65_500, 65_500), "65,500 by 65,500 pixels"),
        (jpeg(10_000, 10_000), "pixels"),
        (jpeg(16, 0), "16 by 0"),
        (jpeg(8, 8, frame=0xC2), "of another kind"),
        (b"\xff\xd8\xff", "without a size"),
        (b"\xff\xd8\xff" + b"\xff" * 1000, "without a size"),
        (b"\xff\xd8\xff\xe0\0\0" * 1000, "without a size"),
        (b"\xff\xd8\xff\xda\0\x02" + jpeg(8, 8), "without a size"),
        (jpeg(8, 8)[:14], "without a size"),
        (png(60_000, 60_000), "60,000 by 60,000"),
        (b"\x89PNG\r\n\x1a\n", "0 by 0"),
    ],
)
def test_what_is_no_picture_is_not_shown(data: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        picture_kind(data)


def test_equal_pictures_count_once() -> None:
    room = FileRoom(len(JPEG) + 10)

    assert room.picture(JPEG) == (0, "")
    assert room.picture(JPEG) == (0, "")
    assert room.picture(OTHER_JPEG) == (None, "left out of this page")
    assert room.picture(b"<svg>")[1].startswith("cannot be read as a picture: it is neither")
    assert [base64.b64decode(one.data) for one in room.pictures] == [JPEG]
    assert room.left_out == 1


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("task-3-2-trace.zip", "task-3-2-trace.zip"),
        ("../../.bashrc", "bashrc"),
        ("a\u202egnp.zip\n<b>", "a-gnp.zip-b"),
        ("…", "file"),
        ("x" * 200 + ".zip", "x" * 76 + ".zip"),
    ],
)
def test_names_of_saved_files_are_plain(name: str, safe: str) -> None:
    assert safe_file_name(name) == safe
