"""What a sample of a web project wrote, as a diff: at the attempt that decided, over what it had written before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.page.diffs import answer_diff
from boxscore.page.records import Diff, DiffFile
from boxscore.page.texts import cell, readable
from boxscore.protocols.web.attempts import Binary, GivenAttempts, decode_sample
from boxscore.report.web_tasks import deciding

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.page.records import Section
    from boxscore.page.texts import Room
    from boxscore.protocols.web.attempts import Attempt
    from boxscore.records import WebDetail

MAX_DIFF_BYTES = 96 << 10
MAX_FILES = 100

Files = dict[str, str | Binary]


def web_answer(text: str, detail: WebDetail, room: Room) -> Iterator[Section]:
    """Say what the attempt that decided wrote, of a project that passed the last one, or the whole finished project.

    Nothing for a sample that cannot be read: its verdict says so.
    """
    try:
        given = decode_sample(text)
    except ValueError:
        return
    before: Files = {}
    if not isinstance(given, GivenAttempts):
        title, after = "The project", given.files
    elif given.attempts:
        place, title = _chosen(given.attempts, detail)
        for one in given.attempts[:place]:
            before.update(one.files)
        after = given.attempts[place].files
    else:
        return
    changed = {path: file for path, file in after.items() if before.get(path) != file}
    files = tuple(_files(before, changed, room))
    if files:
        more = len(changed) - len(files)
        yield Diff(title=f"{title}{f', {more:,} more files not listed' if more else ''}", files=files)


def _chosen(attempts: tuple[Attempt, ...], detail: WebDetail) -> tuple[int, str]:
    """The place of the attempt that is shown, and what it is called."""
    decided = deciding(detail) or (detail.attempts[-1] if detail.attempts else None)
    counts: dict[str, int] = {}
    for place, one in enumerate(attempts):
        counts[one.task] = counts.get(one.task, 0) + 1
        if decided is not None and (one.task, counts[one.task]) == (decided.task, decided.number):
            return place, _title(one.task, decided.number)
    return len(attempts) - 1, _title(attempts[-1].task, counts[attempts[-1].task])


def _title(task: str, number: int) -> str:
    return f"What attempt {number} at {cell(task)} wrote"


def _files(before: Mapping[str, str | Binary], changed: Mapping[str, str | Binary], room: Room) -> Iterator[DiffFile]:
    left = min(MAX_DIFF_BYTES, room.left)
    for path, after in list(changed.items())[:MAX_FILES]:
        earlier = before.get(path, "")
        if isinstance(after, Binary) or isinstance(earlier, Binary):
            yield _without_lines(path, "binary")
            continue
        if max(len(after), len(earlier)) > left:
            yield _without_lines(path, f"{len(after.encode(errors='replace')):,} bytes: too many to be shown here")
            continue
        found = answer_diff(cell(path), readable(earlier, MAX_DIFF_BYTES)[0], readable(after, MAX_DIFF_BYTES)[0])
        if found is None:
            yield _without_lines(path, "empty")
            continue
        size = sum(len(line.text.encode(errors="replace")) for _, own in found.hunks for line in own)
        left -= size
        room.left -= min(size, room.left)
        yield found


def _without_lines(path: str, note: str) -> DiffFile:
    return DiffFile(path=cell(path), added=0, removed=0, hunks=(), note=note)
