"""Characters that nobody sees, or that change how others are seen, for classes of regular expressions; and escapes.

Controls beyond ASCII's, line ends of Unicode, marks of direction, characters without width, tags, letters that are
blank, and selectors of variants. The joiners U+200C and U+200D, and the selectors U+FE0E and U+FE0F, are not among
them: scripts and emoji need them.
"""

import re

BLANK = "\u115f\u1160\u2800\u3164\uffa0"
"""Fillers of Hangul and the empty pattern of Braille: printable for Python, and yet there is nothing to see."""

SELECTORS = "\u034f\u17b4\u17b5\u180b-\u180d\u180f\ufe00-\ufe0d\U000e0100-\U000e01ef"
"""Marks without a shape of their own, printable for Python as well: any text can be hidden in a row of them."""

INVISIBLE = (
    "\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
    f"{BLANK}{SELECTORS}"
)

# Each begins at an escape, and none goes on beyond the next: no text is read twice.
ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
"""One that steers a terminal: a colour, a title, a move of the cursor."""

_BLANKS = re.compile(f"[{BLANK}{SELECTORS}]")


def escaped(text: str, *, kept: str = "") -> str:
    """Return text that is safe to print: an escape for what is not printable, or is blank, unless it is in `kept`."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        c if c in kept or (c.isprintable() and not _BLANKS.match(c)) else c.encode("unicode_escape").decode()
        for c in text
    )
