"""JSON that may be shown in a terminal: its own rules escape control characters of ASCII only."""

from __future__ import annotations

import re

# Control characters beyond ASCII, line ends of Unicode, marks of direction.
_UNSHOWN = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


def printable_json(encoded: bytes) -> bytes:
    """The same JSON, with escapes for what could drive a terminal or turn the direction of text."""
    text = encoded.decode()
    return encoded if text.isascii() and "\x7f" not in text else _UNSHOWN.sub(_escaped, text).encode()


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
