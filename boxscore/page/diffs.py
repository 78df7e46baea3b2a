"""Patches as files and hunks, as text where they cannot be read, and what two answers differ in."""

from __future__ import annotations

import difflib
import itertools
from typing import TYPE_CHECKING

from unidiff.errors import UnidiffParseError
from unidiff.patch import PatchSet

from boxscore.page.records import Diff, DiffFile, DiffLine
from boxscore.page.texts import cell, readable
from boxscore.protocols.shows import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from unidiff.patch import Hunk, Line, PatchedFile

    from boxscore.page.texts import Room
    from boxscore.protocols.shows import Side
    from boxscore.records import PatchFlag


CONTEXT = 3  # equal lines around those that differ
MOST_LINES = 1000  # of each answer, beyond what both begin with: more take seconds where lines repeat
LINE_CHARS = 2000


def answer_diff(path: str, before: str, after: str) -> DiffFile | None:
    """Say how to make one answer of the other; None where they are equal.

    Lines are cut at LINE_CHARS. Of answers that differ beyond MOST_LINES only as much is compared, and `note` says so.
    """
    if before == after:
        return None
    first, second = before.splitlines(), after.splitlines()
    start = _common(first, second)
    skip = max(0, start - CONTEXT)
    one, other = first[skip : skip + MOST_LINES], second[skip : skip + MOST_LINES]
    hunks = tuple(_hunks(one, other, skip))
    lines = [line for _, own in hunks for line in own]
    notes = []
    if max(len(first), len(second)) > skip + MOST_LINES:
        notes.append(f"compared up to line {skip + MOST_LINES:,}")
    if not lines:
        notes.append("only line ends differ" if not notes else "no difference up to there")
    return DiffFile(
        path=path,
        added=sum(line.before is None for line in lines),
        removed=sum(line.after is None for line in lines),
        hunks=hunks,
        note="; ".join(notes),
    )


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    """How many lines both begin with."""
    for number, (one, other) in enumerate(zip(first, second, strict=False)):
        if one != other:
            return number
    return min(len(first), len(second))


def _hunks(one: Sequence[str], other: Sequence[str], skip: int) -> Iterator[tuple[str, tuple[DiffLine, ...]]]:
    """Groups of lines that differ, with equal ones around them; `skip` lines of both stand before."""
    for group in difflib.SequenceMatcher(None, one, other).get_grouped_opcodes(CONTEXT):
        lines: list[DiffLine] = []
        for kind, i1, i2, j1, j2 in group:
            if kind == "equal":
                lines += (
                    DiffLine(skip + i + 1, skip + j + 1, _cut(one[i]))
                    for i, j in zip(range(i1, i2), range(j1, j2), strict=True)
                )
                continue
            lines += (DiffLine(skip + i + 1, None, _cut(one[i])) for i in range(i1, i2))
            lines += (DiffLine(None, skip + j + 1, _cut(other[j])) for j in range(j1, j2))
        before, after = group[-1][2] - group[0][1], group[-1][4] - group[0][3]
        yield f"@@ -{skip + group[0][1] + 1},{before} +{skip + group[0][3] + 1},{after} @@", tuple(lines)


def _cut(line: str) -> str:
    return line if len(line) <= LINE_CHARS else f"{line[:LINE_CHARS]}… ({len(line) - LINE_CHARS:,} more characters)"


MAX_LINES, MAX_LINE_BYTES, MAX_FILES = 4000, 2000, 200
_HEADS = (
    *(" ", "+", "-", "@@ ", "\\ ", "diff --git ", "index ", "old mode ", "new mode ", "new file mode "),
    *("deleted file mode ", "similarity index ", "dissimilarity index ", "rename ", "copy ", "Binary files "),
)


def patch_sections(  # noqa: PLR0913 - options, by keyword
    title: str, text: str, room: Room, most_bytes: int, *, side: Side = None, flags: Sequence[PatchFlag] = ()
) -> Iterator[Diff | Text]:
    """Show a patch: as a diff where it can be read and is not huge, else as its text, with what was cut of it.

    Lines with flags have the names of their rules.

    A diff shows hunks alone: what stands beside them, words or the data of a binary file, is shown with the whole text.
    """
    files: tuple[DiffFile, ...] = ()
    if len(text) <= min(most_bytes, room.left) and text.count("\n") <= MAX_LINES:
        rules: dict[tuple[str, int], str] = {}
        for flag in flags:
            place = flag.path, flag.line
            rules[place] = f"{rules[place]}, {flag.rule}" if place in rules else flag.rule
        files = _files(text, rules)
        if files:
            room.left = max(0, room.left - len(text.encode("utf-8", "replace")))
            yield Diff(title=title, files=files, side=side)
            if not any(_is_beside(line) for line in text.split("\n")):
                return
            title = f"{title}, as it was given"
    shown, cut = room.take(text, most_bytes)
    yield Text(title=title, text=shown, language="diff", cut_bytes=cut, opened=not files, side=side)


def _is_beside(line: str) -> bool:
    """Whether a line of a patch is neither of a hunk nor of a header."""
    return bool(line.strip()) and not line.startswith(_HEADS)


def _files(text: str, rules: Mapping[tuple[str, int], str]) -> tuple[DiffFile, ...]:
    try:
        found = PatchSet(text)
    except (UnidiffParseError, ValueError):
        return ()
    if len(found) > MAX_FILES:
        return ()
    return tuple(_file(file, rules) for file in found)


def _file(file: PatchedFile, rules: Mapping[tuple[str, int], str]) -> DiffFile:
    notes = [
        "binary" if file.is_binary_file else "",
        f"renamed from {cell(file.source_file.removeprefix('a/'))}" if file.is_rename else "",
        "new" if file.is_added_file else "removed" if file.is_removed_file else "",
        "without a line end at its end" if any(map(_is_remark, itertools.chain.from_iterable(file))) else "",
    ]
    return DiffFile(
        path=cell(file.path),
        added=file.added,
        removed=file.removed,
        hunks=tuple(
            (_header(hunk), tuple(_line(line, file.path, rules) for line in hunk if not _is_remark(line)))
            for hunk in file
        ),
        note=", ".join(note for note in notes if note),
    )


def _header(hunk: Hunk) -> str:
    place = f"@@ -{hunk.source_start},{hunk.source_length} +{hunk.target_start},{hunk.target_length} @@"
    return f"{place} {cell(hunk.section_header)}".rstrip()


def _is_remark(line: Line) -> bool:
    """Whether it is no line of a file, but git's word that one has no line end."""
    return line.source_line_no is None and line.target_line_no is None


def _line(line: Line, path: str, rules: Mapping[tuple[str, int], str]) -> DiffLine:
    value, _ = readable(line.value.removesuffix("\n"), MAX_LINE_BYTES)
    before, after = line.source_line_no, line.target_line_no
    flag = rules.get((path, after), "") if before is None and after is not None else ""
    return DiffLine(before=before, after=after, text=value, flag=flag)
