"""Text from files and boxes as one line that is safe to show."""

from __future__ import annotations


def printable(text: str, limit: int = 300) -> str:
    """One line that is safe to print: what is not printable is shown as an escape, and the end is cut off."""
    if len(text) <= limit and text.isprintable():
        return text
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text[: limit + 1])
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"
