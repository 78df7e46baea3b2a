"""Text from files and boxes as one line that is safe to show."""

from __future__ import annotations

import re

from boxscore.workflow_commands import without_commands

# Of characters that JSON does not escape itself: control characters, line ends of Unicode, marks of direction.
_UNSHOWN = re.compile("[\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069\\ufeff]")


def printable(text: str, limit: int = 300) -> str:
    """One line that is safe to print: what is not printable is shown as an escape, and the end is cut off."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def printable_lines(text: str, limit: int = 2000) -> str:
    """Text of several lines that is safe to print, each but the first indented, so that none looks like one of ours."""
    return without_commands("\n  ".join(printable(line, limit) for line in text.splitlines()))


def printable_json(encoded: bytes) -> bytes:
    """The same JSON, with escapes for what could drive a terminal or turn the direction of text."""
    text = encoded.decode()
    return encoded if text.isascii() and "\x7f" not in text else _UNSHOWN.sub(_json_escape, text).encode()


def _json_escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
