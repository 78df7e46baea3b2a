"""A whole program in a model's answer: the last block between fences, as LiveCodeBench and verl take it."""

from __future__ import annotations

_FENCE = "```"


def fenced_program(text: str) -> str | None:
    """Return the last fenced block, to the end of the text where it is not closed; all of a text without fences.

    None where that is empty.
    """
    lines = text.split("\n")
    fences = [number for number, line in enumerate(lines) if line.lstrip().startswith(_FENCE)]
    if not fences:
        return text if text.strip() else None
    if len(fences) % 2:
        first, last = fences[-1], len(lines)
    else:
        first, last = fences[-2], fences[-1]
    code = "\n".join(lines[first + 1 : last])
    return code if code.strip() else None
