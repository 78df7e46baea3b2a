"""A project that grows, on the page: a strip of its stages with their attempts, and what its sample wrote as a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.page.diffs import answer_diff
from boxscore.page.pictures import FileRoom, is_picture
from boxscore.page.records import Diff, DiffFile, ProjectTask, TaskAttempt, Tasks, TaskShot
from boxscore.page.texts import cell, readable
from boxscore.protocols.shows import Case, failing_tests
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.page.records import TaskFile
    from boxscore.page.texts import Room
    from boxscore.protocols.shows import ChangedFile, Changes, Stage, StageAttempt, Stages

MAX_TASKS, MAX_ATTEMPTS = 200, 200
MAX_FAILING = 100  # tests of one attempt
MAX_LOG_BYTES, MAX_PASSED_LOG_BYTES = 32 << 10, 8 << 10
MAX_REASON_BYTES = 1 << 10
MAX_FILES = 24  # of one attempt
FEW_FILES = 6  # whose names are listed
MAX_DIFF_BYTES, MAX_DIFF_FILES = 96 << 10, 100
SCREENSHOT = "the first page"

Key = tuple[str, int]  # the name of a stage and the number of an attempt


def tasks_section(shown: Stages, room: Room, files: FileRoom) -> Tasks:
    """Make the strip of a project: the attempt that decided is drawn first, as long as there is room."""
    every = [((stage.name, one.number), one) for stage in shown.stages for one in stage.attempts]
    others = [(key, one) for key, one in every if key != shown.decided][:MAX_ATTEMPTS]
    order = [(key, one) for key, one in every if key == shown.decided]
    order += sorted(others, key=lambda pair: pair[1].outcome == Outcome.PASSED)
    attempts = {key: _attempt(one, room, files) for key, one in order}
    traces = {key: _files(one, files) for key, one in order}  # what pictures have left room for
    tasks = tuple(_task(stage, attempts, traces) for stage in shown.stages[:MAX_TASKS])
    tried = next((one.name for one in reversed(tasks) if one.attempts), "")
    note = ""
    if files.left_out:
        note = f"{files.left_out:,} pictures or traces are not on this page: `boxscore view` shows them"
    return Tasks(
        title=cell(shown.title),
        headline=shown.headline,
        tasks=tasks,
        opened=tried if shown.decided is None else cell(shown.decided[0]),
        pictures=tuple(files.pictures),
        note=note,
    )


def _task(stage: Stage, attempts: dict[Key, TaskAttempt], traces: dict[Key, tuple[TaskFile, ...]]) -> ProjectTask:
    own = [(stage.name, one.number) for one in stage.attempts]
    return ProjectTask(
        name=cell(stage.name),
        level=cell(stage.level),
        outcome=stage.outcome,
        mark=stage.mark,
        note=stage.note,
        attempts=tuple(replace(attempts[key], files=traces[key]) for key in own if key in attempts),
    )


def _attempt(one: StageAttempt, room: Room, files: FileRoom) -> TaskAttempt:
    log, cut = room.take(one.log, MAX_PASSED_LOG_BYTES if one.outcome == Outcome.PASSED else MAX_LOG_BYTES)
    failing = failing_tests(one.tests)
    cases = [Case(test=cell(test), outcome=status.lower()) for test, status in failing[:MAX_FAILING]]
    return TaskAttempt(
        number=one.number,
        outcome=one.outcome,
        reason=readable(one.reason, MAX_REASON_BYTES)[0],
        wrote="" if one.wrote is None else _names(one.wrote),
        passed=len(one.tests) - len(failing),
        tests=len(one.tests),
        failing=tuple(cases),
        left_out=len(failing) - len(cases),
        log=log,
        cut_bytes=cut,
        times=one.times,
        shots=tuple(_shots(one, files)),
    )


def _shots(one: StageAttempt, files: FileRoom) -> Iterator[TaskShot]:
    shots = [(SCREENSHOT, one.first_page)] if one.first_page else []
    shots += [(cell(kept.title), kept.data) for kept in one.files[:MAX_FILES] if is_picture(kept.data)]
    for title, data in shots:
        place, note = files.picture(data)
        yield TaskShot(title=title, picture=place, note=note)


def _files(one: StageAttempt, files: FileRoom) -> tuple[TaskFile, ...]:
    return tuple(files.file(kept.name, kept.data) for kept in one.files[:MAX_FILES] if not is_picture(kept.data))


def _names(names: Sequence[str]) -> str:
    few = ", ".join(map(cell, names[:FEW_FILES]))
    more = f", and {len(names) - FEW_FILES:,} more" if len(names) > FEW_FILES else ""
    return f"{few}{more}" if names else "no file"


def changes_section(changes: Changes, room: Room) -> Iterator[Diff]:
    """What a sample wrote, as far as there is room."""
    files = tuple(_diffs(changes.files[:MAX_DIFF_FILES], room))
    if files:
        more = len(changes.files) - len(files)
        yield Diff(title=f"{cell(changes.title)}{f', {more:,} more files not listed' if more else ''}", files=files)


def _diffs(changed: Sequence[ChangedFile], room: Room) -> Iterator[DiffFile]:
    left = min(MAX_DIFF_BYTES, room.left)
    for one in changed:
        if one.before is None or one.after is None:
            yield _without_lines(one.path, "binary")
            continue
        if max(len(one.after), len(one.before)) > left:
            size = len(one.after.encode(errors="replace"))
            yield _without_lines(one.path, f"{size:,} bytes: too many to be shown here")
            continue
        before, after = (readable(text, MAX_DIFF_BYTES)[0] for text in (one.before, one.after))
        found = answer_diff(cell(one.path), before, after)
        if found is None:
            yield _without_lines(one.path, "empty")
            continue
        size = sum(len(line.text.encode(errors="replace")) for _, own in found.hunks for line in own)
        left -= size
        room.left -= min(size, room.left)
        yield found


def _without_lines(path: str, note: str) -> DiffFile:
    return DiffFile(path=cell(path), added=0, removed=0, hunks=(), note=note)
