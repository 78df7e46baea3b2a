"""Find the blocks of code in a model's answer, in a time that grows with its length alone: answers may be hostile."""

from __future__ import annotations

FENCE = "```"
_BLANKS = " \t"


def blocks_of(text: str, *languages: str) -> list[str]:
    """Return what stands between a fence with one of these words and the next line that is a bare fence.

    Where no such line follows there is no block, whatever else would begin one.
    """
    begins = {FENCE + language for language in languages}
    found: list[str] = []
    lines: list[str] | None = None
    for line in text.split("\n"):
        mark = line.rstrip(_BLANKS) if line.startswith(FENCE) else ""
        if lines is None:
            lines = [] if mark in begins else None
        elif mark == FENCE:
            found.append("".join(f"{one}\n" for one in lines))
            lines = None
        else:
            lines.append(line)
    return found
