"""What two answers differ in, as a diff that is quick to make whatever they are."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from boxscore.page.records import DiffFile, DiffLine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

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
        yield _header(group, skip), tuple(lines)


def _header(group: Sequence[tuple[str, int, int, int, int]], skip: int) -> str:
    before, after = group[-1][2] - group[0][1], group[-1][4] - group[0][3]
    return f"@@ -{skip + group[0][1] + 1},{before} +{skip + group[0][3] + 1},{after} @@"


def _cut(line: str) -> str:
    return line if len(line) <= LINE_CHARS else f"{line[:LINE_CHARS]}… ({len(line) - LINE_CHARS:,} more characters)"
