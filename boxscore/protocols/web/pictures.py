"""Pictures and traces from a browser's box: kept if they are what they claim to be, and small enough."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.web.specs import GivenFile

MOST_PICTURE_BYTES = 400_000
MOST_TRACE_BYTES = 2 << 20
MOST_PICTURES = 3
FIRST_PAGE, TRACE, PICTURE = "first-page", "trace.zip", "picture-"
MOST_DIGITS = 9  # of the place of a test
_JPEG, _ZIP = b"\xff\xd8\xff", b"PK\x03\x04"


def first_page_of(files: Sequence[GivenFile]) -> bytes:
    """The picture of the project's first page, as JPEG; empty if there is none that may be kept."""
    found = (_content(file, _JPEG, MOST_PICTURE_BYTES) for file in files if file.name == FIRST_PAGE)
    return next((data for data in found if data is not None), b"")


def kept_files(files: Sequence[GivenFile], places: Sequence[int]) -> dict[str, bytes]:
    """Pictures of failed tests, such as `failure-3.jpg` for the third that is judged, and a trace of the first.

    `places` has the place of each test of the runner's list, in its order, among those that are judged.
    """
    kept: dict[str, bytes] = {}
    for file in files:
        place = _number(file.name.removeprefix(PICTURE)) if file.name.startswith(PICTURE) else None
        if file.name == TRACE:
            name, data = TRACE, _content(file, _ZIP, MOST_TRACE_BYTES)
        elif place is not None and place < len(places):
            name, data = f"failure-{places[place] + 1}.jpg", _content(file, _JPEG, MOST_PICTURE_BYTES)
        else:
            continue
        if data is not None and len(kept) <= MOST_PICTURES:
            kept[name] = data
    return kept


def failed_test(name: str, tests: Sequence[str]) -> str:
    """The test that a picture of `kept_files` is of, by its name; "" for any other name."""
    place = name.removeprefix("failure-").removesuffix(".jpg")
    number = _number(place) if name == f"failure-{place}.jpg" else None
    return tests[number - 1] if number is not None and 1 <= number <= len(tests) else ""


def _number(digits: str) -> int | None:
    """The number that some digits are; None for what is no number, or one that no test has."""
    return int(digits) if digits.isdecimal() and digits.isascii() and len(digits) <= MOST_DIGITS else None


def _content(file: GivenFile, magic: bytes, most_bytes: int) -> bytes | None:
    try:
        data = base64.b64decode(file.base64, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if data.startswith(magic) and len(data) <= most_bytes else None
