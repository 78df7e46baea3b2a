"""Answers to repository problems: how the patch is found in what a model says."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING

from boxscore.records import SampleKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.records import Sample

_FENCE = re.compile(r"`{3,}|~{3,}")
_BEGINS = re.compile(r"^(?:diff --git |--- [^\n]*\n\+\+\+ )", re.MULTILINE)
_TAG, _END_TAG = "<patch>", "</patch>"
_LABELS = frozenset({"diff", "patch", "udiff"})
_STOPS = ".,;:!)"  # what may end a sentence that ends with a tag


def patch_of(sample: Sample) -> str | None:
    """A sample that is a patch as it is, or the patch in a chat answer; None if there is none or it is empty.

    Of an answer's blocks that hold the diff of a file, the last in `<patch>` tags is taken, or else the last that is
    called a diff, or else the last of all. An answer without such a block may be a patch from some line on, or hold
    hunks that belong to no file, which are taken so that the verdict can say that they do not apply.
    """
    if sample.kind is not SampleKind.ANSWER:
        return sample.text if sample.text.strip() else None
    blocks = list(_blocks(sample.text))
    whole = [(label, block) for label, block in blocks if _BEGINS.search(block)]
    for wanted in ({_TAG}, _LABELS, {label for label, _ in whole}):
        chosen = [block for label, block in whole if label in wanted]
        if chosen:
            return _ended(chosen[-1])
    start = _BEGINS.search(sample.text)
    if start is not None:
        return _ended(sample.text[start.start() :])
    parts = [block for label, block in blocks if label in {_TAG, *_LABELS} and block.strip()]
    return _ended(parts[-1]) if parts else None


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """The tagged and the fenced blocks that an answer closes, each with its label; a fence within a fence is none.

    Time is linear in the text, which may be anything.
    """
    label, fence, block = "", "", list[str]()
    for line in StringIO(text, newline="\n"):  # and at no form feed, which may be in a patch
        word = line.rstrip()
        marks, after = _fence(word)
        if label == _TAG and (line.startswith(_END_TAG) or word.rstrip(_STOPS).endswith(_END_TAG)):
            last = line[: line.index(_END_TAG)]
            yield label, "".join([*block, last if last.strip() else ""])
            label = fence = ""
        elif fence and marks.startswith(fence) and not after:
            yield label, "".join(block)
            label, fence, block = (_TAG, "", []) if label == _TAG else ("", "", [])
        elif fence or (label == _TAG and not marks):
            block.append(line)
        elif marks:
            label, fence, block = label or after.lower(), marks, []
        elif word.lstrip().startswith(_TAG) or word.rstrip(_STOPS).endswith(_TAG):
            label, block = _TAG, [line.partition(_TAG)[2].lstrip(_STOPS).removeprefix("\n")]


def _fence(line: str) -> tuple[str, str]:
    """The marks of a fence that a line begins with, and what follows them; "" and "" for a line that is none."""
    marks = _FENCE.match(line)
    if marks is None or (line.startswith("`") and "`" in line[marks.end() :]):
        return "", ""
    return marks[0], line[marks.end() :].strip()


def _ended(patch: str) -> str:
    """End the last line of a patch. Empty lines before that stay: they may be context that lost its space."""
    return patch if patch.endswith("\n") else f"{patch}\n"
