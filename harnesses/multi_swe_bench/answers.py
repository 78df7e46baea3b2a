"""Answers: how a patch is found in what a model says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore import SampleKind

if TYPE_CHECKING:
    from boxscore import Sample

_FENCED = re.compile(r"^```(?:diff|patch)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_BEGINS = re.compile(r"^(?:diff --git |--- )", re.MULTILINE)


def patch_of(sample: Sample) -> str | None:
    """The patch of a sample as it is, or what a chat answer holds of one; None where there is none or it is empty."""
    text = sample.text
    if sample.kind is SampleKind.ANSWER:
        fenced = _FENCED.findall(text)
        start = _BEGINS.search(text)
        found = fenced[-1] if fenced else "" if start is None else text[start.start() :]
        text = found.rstrip("\n") + "\n"
    return text if text.strip() else None
