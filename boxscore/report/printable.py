"""Text from files and boxes as one line that is safe to show."""

from __future__ import annotations

from boxscore.invisible import escaped
from boxscore.workflow_commands import without_commands


def printable(text: str, limit: int = 300) -> str:
    """One line that is safe to print: what nobody sees, or a terminal obeys, is an escape, and the end is cut off."""
    shown = escaped(text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def printable_lines(text: str, limit: int = 2000) -> str:
    """Text of several lines that is safe to print, each but the first indented, so that none looks like one of ours."""
    return without_commands("\n  ".join(printable(line, limit) for line in text.splitlines()))
