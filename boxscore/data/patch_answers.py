"""Answers to repository problems: how the patch is found in what a model says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.records import SampleKind

if TYPE_CHECKING:
    from boxscore.records import Sample

_TAGGED = re.compile(r"<patch>\n?(.*?)</patch>", re.DOTALL)
_FENCED = re.compile(r"^```(?:diff|patch)[^\n]*\n(.*?)^```", re.DOTALL | re.MULTILINE)
_BEGINS = re.compile(r"^(?:diff --git |--- )", re.MULTILINE)


def patch_of(sample: Sample) -> str | None:
    """The patch of a sample as it is, or what a chat answer holds of one; None where there is none or it is empty."""
    if sample.kind is not SampleKind.ANSWER:
        return sample.text if sample.text.strip() else None
    found = _TAGGED.findall(sample.text) or _FENCED.findall(sample.text)
    if found:
        return _ended(str(found[-1]))
    start = _BEGINS.search(sample.text)
    return None if start is None else _ended(sample.text[start.start() :])


def _ended(patch: str) -> str | None:
    return f"{patch.rstrip(chr(10))}\n" if patch.strip() else None
