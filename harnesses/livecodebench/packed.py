"""Read tests as LiveCodeBench packs them: base64 of zlib of a pickled text. Nothing is ever unpickled.

A pickle is a program, which may run anything. Of the operations that one has, those are read that a pickled text is
made of, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import itertools
import pickletools
import zlib

MAX_PACKED = 256 << 20
MAX_TEXT = 512 << 20
MAX_OPERATIONS = 16  # a pickled text has five

_TEXT = frozenset({"SHORT_BINUNICODE", "BINUNICODE", "BINUNICODE8"})
_AROUND = frozenset({"PROTO", "FRAME", "MEMOIZE", "BINPUT", "LONG_BINPUT", "STOP"})


def unpacked(packed: str) -> str:
    """The text that was packed. Raises ValueError, which says why, for anything else and over 512 MiB."""
    if len(packed) > MAX_PACKED:
        raise ValueError(f"more than {MAX_PACKED:,} characters")
    try:
        data = base64.b64decode(packed, validate=True)
    except binascii.Error as error:
        raise ValueError(f"not base64: {error}") from None
    return pickled_text(inflated(data))


def inflated(data: bytes, most: int = MAX_TEXT) -> bytes:
    """Decompress so many bytes at most. Raises ValueError."""
    inflater = zlib.decompressobj()
    try:
        text = inflater.decompress(data, most)
    except zlib.error as error:
        raise ValueError(f"not compressed by zlib: {error}") from None
    if not inflater.eof:
        raise ValueError(f"cut off, or more than {most:,} bytes")
    return text


def pickled_text(data: bytes) -> str:
    """The text in a pickle that holds one text and nothing else. Raises ValueError."""
    found: list[str] = []
    end = 0
    try:
        for operation, argument, at in itertools.islice(pickletools.genops(data), MAX_OPERATIONS):
            end = (at or 0) + 1  # the last operation is one byte
            if operation.name in _TEXT:
                found.append(str(argument))
            elif operation.name not in _AROUND:
                found.clear()
                break
    except ValueError as error:
        raise ValueError(f"not a pickle: {error}") from None
    if len(found) != 1 or end != len(data):
        raise ValueError("a pickle that holds something else than one text")
    return found[0]
