"""Markdown of texts that nobody trusts, for pages on which a mention notifies people and a link is followed.

Whatever goes into a report, a job summary or a comment goes through `escape`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

MOST_CHARACTERS = 500  # of a text, before what makes it harmless
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|~#&!$]|:(?=//)|^[-+=](?=[-=\s]))")
_LIVE = re.compile(r"(?<![A-Za-z0-9])@|@(?=[\w-]+\.\w)|#(?=[0-9])|(?<=\bGH)-(?=[0-9])|www(?=\.)|:(?=//)", re.IGNORECASE)
_JOINER = "\u2060"  # no width, and no break
_NUMBERED = re.compile(r"^(\d{1,9})(?=[.)](?:\s|$))")


def escape(text: str, limit: int = MOST_CHARACTERS) -> str:
    """Return a line that shows a text as it is: no markup, HTML, link, image or mention, nothing invisible.

    Control and bidi characters are shown as escapes. At most `limit` characters of the text are kept, and the result
    has at most three times as many. A joiner parts what sites make a mention or a link of, backslash or not.
    """
    escaped = _NUMBERED.sub(r"\1\\", _MARKUP.sub(r"\\\1", printable(text.lstrip(" "), limit)))
    return _LIVE.sub(rf"\g<0>{_JOINER}", escaped)


def markdown_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a table of Markdown; nothing without rows."""
    lines = [f"| {' | '.join(escape(cell) for cell in row)} |" for row in rows]
    if not lines:
        return ""
    return "\n".join([f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}", *lines])


def bullets(lines: Iterable[str]) -> str:
    """Make a list of Markdown."""
    return "\n".join(f"- {escape(line)}" for line in lines)
