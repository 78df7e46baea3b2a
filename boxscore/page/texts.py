"""Make texts of anybody fit to be shown: bounded, without what steers a terminal, and with what deceives the eye named.

What is cut is said in the text and counted. The page shows text as text; this is about what people would read in it.
"""

from __future__ import annotations

import re

from boxscore.agents.texts import LEAST_BYTES, cut_middle
from boxscore.invisible import ESCAPE_SEQUENCE, INVISIBLE

MAX_SAMPLE_BYTES = 256 << 10  # of all texts of one sample
MAX_CELL_CHARS = 200
_READ_PER_SHOWN = 8  # no more of a text is looked at than would be shown of one that is full of colours
_CONTROLS = re.compile(f"[\x00-\x08\x0b-\x1f{INVISIBLE}]")  # all but tab and line feed


class Room:
    """How many bytes may still be shown of one sample."""

    def __init__(self, most_bytes: int = MAX_SAMPLE_BYTES) -> None:
        self.left = most_bytes

    def take(self, text: str, most_bytes: int) -> tuple[str, int]:
        """Give as much of a text as may be shown, and how many bytes of it were left out."""
        most_bytes = max(LEAST_BYTES, min(most_bytes, self.left))
        shown, cut = readable(text, most_bytes)
        self.left = max(0, self.left - len(shown.encode()))
        return shown, cut


def readable(text: str, most_bytes: int) -> tuple[str, int]:
    """Give a text of at most about `most_bytes` (at least 64) that is safe to read, and the bytes that were left out.

    Escape sequences of terminals go; other controls, and characters that turn the direction of text, are named.
    """
    if len(text) <= most_bytes and text.isascii() and _CONTROLS.search(text) is None:  # which holds every escape too
        return text, 0
    whole = len(text.encode("utf-8", "replace"))
    kept = cut_middle(text, most_bytes * _READ_PER_SHOWN)
    kept = _CONTROLS.sub(_named, ESCAPE_SEQUENCE.sub("", kept.replace("\r\n", "\n")))
    shown = cut_middle(kept, most_bytes)
    size = len(kept.encode())
    cut = max(0, whole - most_bytes * _READ_PER_SHOWN) + max(0, size - len(shown.encode()))
    return shown, cut


def cell(text: str) -> str:
    """One line of a text, for a table."""
    if len(text) <= MAX_CELL_CHARS and text.isascii() and text.isprintable():
        return text
    line, _ = readable(" ".join(text[: MAX_CELL_CHARS * _READ_PER_SHOWN].split()), MAX_CELL_CHARS * 4)
    return line if len(line) <= MAX_CELL_CHARS else line[: MAX_CELL_CHARS - 1] + "…"


def _named(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:  # noqa: PLR2004 - the controls of ASCII, which have pictures
        return chr(0x2400 + code)
    return f"⟨U+{code:04X}⟩"
