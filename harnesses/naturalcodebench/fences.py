"""Blocks of an answer between a fence and the next one that ends it, in time that grows with the answer's length.

A pattern of both with anything between them would look through the rest of the answer at every fence that nothing ends.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import re


def fenced(start: re.Pattern[str], end: re.Pattern[str], answer: str) -> tuple[list[str], str]:
    """What stands in each block, and the answer without the blocks."""
    blocks, rest, at = list[str](), list[str](), 0
    while (opened := start.search(answer, at)) is not None:
        closed = end.search(answer, opened.end())
        if closed is None:  # nor does anything end a later one
            break
        blocks.append(answer[opened.end() : closed.start()])
        rest.append(answer[at : opened.start()])
        at = closed.end()
    return blocks, "".join((*rest, answer[at:]))
