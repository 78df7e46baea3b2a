"""Characters that nobody sees, or that change how others are seen, for classes of regular expressions; and escapes.

Controls beyond ASCII's, line ends of Unicode, marks of direction, characters without width, tags. The joiners U+200C
and U+200D are not among them: scripts and emoji need them.
"""

import re

INVISIBLE = (
    "\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)

# Each begins at an escape, and none goes on beyond the next: no text is read twice.
ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
"""One that steers a terminal: a colour, a title, a move of the cursor."""
