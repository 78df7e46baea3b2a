"""A base for benchmarks of repositories: an issue is asked for, and a patch is found in what a model answers."""

from __future__ import annotations

import re
from io import StringIO
from typing import TYPE_CHECKING, cast

from boxscore.data.prompts import render_prompt
from boxscore.protocols.patch.diff import changed_paths
from boxscore.records import SampleKind
from boxscore.resources import package

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from boxscore.harness import DataSource, Harness
    from boxscore.records import Instance, Sample, Trust


_FENCE = re.compile(r"([ \t]*(?:(?:[-*+]|\d{1,9}[.)])[ \t]+)?)(`{3,}|~{3,})")
_LABEL = re.compile(r"\w*")
_MAKES = re.compile(r"^(?:(?:rename|copy) to |--- /dev/null[^\n]*\n\+\+\+ b/)([^\t\n]+)", re.MULTILINE)
_CHANGES = re.compile(r"^--- a/([^\t\n]+)", re.MULTILINE)
_BEGINS = re.compile(r"^(?:diff --git |--- [^\n]*\n\+\+\+ )", re.MULTILINE)
_TAG, _END_TAG = "<patch>", "</patch>"
_LABELS = frozenset({"diff", "patch", "udiff"})
_BARE = ("diff --git ", "+++ ")  # how lines of a diff begin that stands in no block
_STOPS = ".,;:!)"  # what may end a sentence that ends with a tag
_THOUGHTS, _THOUGHTS_END = "<think>", "</think>"
_BARE_THOUGHTS_END = re.compile(r"^</think>", re.MULTILINE)
_SIGNS = ("+", "-", " ")  # with one of which a line of a hunk begins
_NO_NEWLINE = "\\ "  # how a hunk says that a file ends without one
_TAB = 4
_NO_BLANK = re.compile(r"[^\t]")


def patch_of(sample: Sample) -> str | None:
    """Return a sample that is a patch as it is, or the patch in a chat answer; None if there is none or it is empty.

    What a model thought before it answered is searched only where the answer has none.
    """
    if sample.kind is not SampleKind.ANSWER:
        return sample.text if sample.text.strip() else None
    answer = _without_thoughts(sample.text)
    found = _patch_in(answer)
    return _patch_in(sample.text) if found is None and answer is not sample.text else found


def _without_thoughts(text: str) -> str:
    """Leave out what a model thought, up to the tag that ends it; in a line of a diff that tag ends nothing."""
    if text.lstrip().startswith(_THOUGHTS):
        return text.partition(_THOUGHTS_END)[2] or text
    end = _BARE_THOUGHTS_END.search(text)  # where the template of the chat has the first tag
    return text if end is None else text[end.end() :]


def _patch_in(answer: str) -> str | None:
    """Return the patch in an answer; None if there is none.

    Of the blocks that hold the diff of a file, those in `<patch>` tags are parts of one patch, or else those labelled
    as a diff; one that a later one replaces is left out. Without such a label only the last block is taken. An answer
    without such blocks may be a patch from some line on, or hold hunks that belong to no file, which are taken so that
    the verdict can say that they do not apply.
    """
    blocks = list(_blocks(answer))
    whole = [(label, block) for label, block in blocks if _BEGINS.search(block)]
    for wanted in ({_TAG}, _LABELS):
        chosen = [block for label, block in whole if label in wanted]
        if chosen:
            return "".join(map(_ended, _latest(chosen)))
    if whole:
        return _ended(whole[-1][1])
    start = _BEGINS.search(answer)
    if start is not None:
        return _ended(answer[start.start() :])
    parts = [block for label, block in blocks if label in {_TAG, *_LABELS} and block.strip()]
    return _ended(parts[-1]) if parts else None


def _latest(blocks: list[str]) -> list[str]:
    """Leave out diffs that touch a file of a later one, which is a second thought and no further part of the patch.

    One that makes a file, or gives it another name, is not replaced by one that then changes that file.
    """
    latest: list[str] = []
    touched: set[str] = set()
    changed: set[str] = set()
    for block in reversed(blocks):
        paths, made = set(changed_paths(block)), _names(_MAKES, block)
        if touched.isdisjoint(paths - (made & changed)):
            latest.append(block)
            changed |= _names(_CHANGES, block)
            changed -= made
        touched |= paths
    return latest[::-1]


def _names(header: re.Pattern[str], block: str) -> set[str]:
    return {name.rstrip() for name in header.findall(block)}


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """The tagged and the fenced blocks that an answer closes, each with its label; a fence within a fence is none.

    Time is linear in the text, which may be anything.
    """
    label, fence, margin, block = "", "", "", list[str]()
    bare = False
    for line in StringIO(text, newline="\n"):  # and at no form feed, which may be in a patch
        word = line.rstrip()
        before, marks, after = _fence(word)
        if before and not fence and (bare or label == _TAG):
            marks = ""  # a line of a diff's context
        if label == _TAG and _ends_tag(line, word):
            last = line[: line.index(_END_TAG)]
            yield label, "".join([*block, last if last.strip() else ""])
            label = fence = ""
        elif fence and marks.startswith(fence) and not after and _closes(before, margin):
            yield label, "".join(_without_margin(block, margin))
            label, fence, block = (_TAG, "", []) if label == _TAG else ("", "", [])
        elif fence or (label == _TAG and not marks):
            block.append(line)
        elif marks:
            label, fence, margin, block = label or _label(after), marks, _NO_BLANK.sub(" ", before), []
            bare = False
        elif _begins_tag(word) and not (bare and line.startswith(_SIGNS)):
            label, block = _TAG, [line.partition(_TAG)[2].lstrip(_STOPS).removeprefix("\n")]
        else:
            bare = bare or line.startswith(_BARE)


def _begins_tag(word: str) -> bool:
    return word.lstrip().startswith(_TAG) or word.rstrip(_STOPS).endswith(_TAG)


def _ends_tag(line: str, word: str) -> bool:
    """Whether a line ends a tagged patch; the lines of a diff may end with such a tag of their own."""
    if line.startswith(_END_TAG):
        return True
    whole = line.startswith(_SIGNS) and _TAG in line
    alone = line.startswith(("+", "-")) and line[1:].lstrip().startswith(_END_TAG)
    return word.rstrip(_STOPS).endswith(_END_TAG) and not (whole or alone)


def _closes(before: str, margin: str) -> bool:
    """Whether a fence ends a block by what stands before it: no more than before the first, or it is a line of a diff.

    A tab is as good as four blanks.
    """
    return margin.expandtabs(_TAB).startswith(before.expandtabs(_TAB))


def _label(after: str) -> str:
    """The first word behind the marks of a fence, as of `diff lib/x.js`."""
    found = _LABEL.match(after)
    return found[0].lower() if found else ""


def _fence(line: str) -> tuple[str, str, str]:
    """What stands before a fence, its marks, and what follows them; all are "" for a line that is no fence.

    Blanks may stand before it, and the mark of a list's item.
    """
    found = _FENCE.match(line)
    if found is None or (found[2].startswith("`") and "`" in line[found.end() :]):
        return "", "", ""
    return found[1], found[2], line[found.end() :].strip()


def _without_margin(block: list[str], margin: str) -> list[str]:
    """Take from a block's lines the margin of its fence, which an item of a list may indent, if all lines have it.

    If some have not, the blanks are the diff's own: a blank at the beginning of its lines means something.
    """
    if not margin or any(line.strip() and not line.startswith((margin, _NO_NEWLINE)) for line in block):
        return block
    return [line.removeprefix(margin) for line in block]


def _ended(patch: str) -> str:
    """End the last line of a patch. Empty lines before that stay: they may be context that lost its space."""
    return patch if patch.endswith("\n") else f"{patch}\n"


class PatchHarness:
    """A harness of repositories; a subclass gives `name`, `title`, `source`, `trust`, and methods `load` and `task`.

    `counts_missing`: as a leaderboard's, its score is of all instances, with a prediction or without. Override
    what differs.
    """

    name: str
    title: str
    source: DataSource
    trust: Trust
    image = None
    parts: tuple[str, ...] = ()
    counts_missing = True
    prompt_templates: Mapping[str, Path] = {"chat": package() / "data/templates/patch.chat.jinja"}

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        """The issue, without empty lines at its end."""
        return {"issue": instance.prompt.rstrip()}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        """Ask for a patch that resolves the issue."""
        return render_prompt(cast("Harness", self), instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """A patch is taken as it is; a chat answer is searched for one."""
        del instance
        return patch_of(sample)
