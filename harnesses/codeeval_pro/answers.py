"""From an answer to the program that CodeEval-Pro runs, as it comes (raw) or cut before what looks like tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Sequence

FENCE, PYTHON = "```", "```python"
# What a sanitized answer ends before. Only the first mark that is anywhere in it counts, and the last needs a blank.
MARKS = (("if __name__", "if __name__"), ("# Test", "# Test"), ("# Example", "# Example "))


def written(sample: boxscore.Sample, names: Sequence[str]) -> str | None:
    """The code that a sample holds, as the official programs take it before they run it; None where there is none.

    A completion ends at the first fence. Of a chat answer the first block in Python is taken, and that alone; one
    without such a block, which the official program would run as it stands, is searched for the functions.
    """
    text = sample.text
    if sample.kind is boxscore.SampleKind.COMPLETION:
        text = text.partition(FENCE)[0]
    elif sample.kind is boxscore.SampleKind.ANSWER:
        _, fence, block = text.partition(PYTHON)
        if not fence:
            return boxscore.program(sample, prompt="", names=names)
        text = block.partition(FENCE)[0]
    return text if text.strip() else None


def sanitized(text: str) -> str:
    """The code up to a mark of the benchmark's own: its "santized" results are of this."""
    for mark, cut in MARKS:
        if mark in text:
            return text.partition(cut)[0]
    return text
