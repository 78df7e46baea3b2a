"""JSON that may be shown in a terminal: its own rules escape control characters of ASCII only."""

from __future__ import annotations

import re

from boxscore.invisible import INVISIBLE

_UNSHOWN = re.compile(f"[{INVISIBLE}]")


def printable_json(encoded: bytes) -> bytes:
    """The same JSON, with escapes for what could drive a terminal, turn the direction of text or hide in it."""
    text = encoded.decode()
    return encoded if text.isascii() and "\x7f" not in text else _UNSHOWN.sub(_escaped, text).encode()


def _escaped(found: re.Match[str]) -> str:
    units = found[0].encode("utf-16-be").hex()
    return "".join(f"\\u{units[at : at + 4]}" for at in range(0, len(units), 4))
