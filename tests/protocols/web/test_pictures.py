"""Pictures and traces from a browser's box are kept where they are what they say, and small."""

from __future__ import annotations

import base64

from boxscore.protocols.web.specs import MOST_PICTURE_BYTES, MOST_PICTURES, GivenFile, first_page_of, kept_files

JPEG = b"\xff\xd8\xff\xe0" + bytes(20)
ZIP = b"PK\x03\x04" + bytes(20)


def given(name: str, data: bytes) -> GivenFile:
    return GivenFile(name=name, base64=base64.b64encode(data).decode())


def test_a_picture_of_the_first_page_is_a_jpeg() -> None:
    assert first_page_of([given("first-page", JPEG)]) == JPEG
    assert first_page_of([given("first-page", b"<svg onload=alert(1)>")]) == b""
    assert first_page_of([given("first-page", JPEG + bytes(MOST_PICTURE_BYTES))]) == b""
    assert first_page_of([GivenFile(name="first-page", base64="%%%")]) == b""
    assert first_page_of([]) == b""


def test_files_are_named_by_us() -> None:
    files = [given("picture-1", JPEG), given("trace.zip", ZIP), given("../../x", JPEG), given("picture-9", JPEG)]

    assert kept_files(files, [0, 4]) == {"failure-5.jpg": JPEG, "trace.zip": ZIP}


def test_a_picture_of_no_test_is_not_kept() -> None:
    names = ("picture-000000000999", f"picture-{'0' * 5_000}1", "picture-2", "picture-", "1")

    assert kept_files([given(name, JPEG) for name in names], [0, 1]) == {}


def test_only_so_many_files_are_kept() -> None:
    kept = kept_files([given(f"picture-{place}", JPEG) for place in range(50)], range(50))

    assert len(kept) == MOST_PICTURES + 1
