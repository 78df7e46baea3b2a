"""A web project on the page: a strip of its tasks, each with its attempts, failing tests, logs, pictures and traces."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.page.pictures import FileRoom, is_picture
from boxscore.page.records import ProjectTask, TaskAttempt, Tasks, TaskShot
from boxscore.page.texts import cell, readable
from boxscore.protocols.shows import Case, Fact
from boxscore.protocols.web.attempts import GivenAttempts, decode_sample
from boxscore.protocols.web.pictures import failed_test
from boxscore.records import Outcome
from boxscore.report.web_tasks import deciding, failing_tests, how_far, task_states

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.page.records import TaskFile
    from boxscore.page.texts import Room
    from boxscore.records import WebAttempt, WebDetail
    from boxscore.report.web_tasks import TaskState

MAX_TASKS, MAX_ATTEMPTS = 200, 200
MAX_FAILING = 100  # tests of one attempt
MAX_LOG_BYTES, MAX_PASSED_LOG_BYTES = 32 << 10, 8 << 10
MAX_REASON_BYTES = 1 << 10
MAX_FILES = 24  # of one attempt
FEW_FILES = 6  # whose names are told
SCREENSHOT = "the first page"

Key = tuple[str, int]  # the name of a task and the number of an attempt


def tasks_section(detail: WebDetail, text: str, room: Room, files: FileRoom) -> Tasks:
    """Make the strip of a project whose sample is `text`."""
    states = task_states(detail)
    decided = deciding(detail)
    key = None if decided is None else (decided.task, decided.number)
    others = [one for one in detail.attempts[:MAX_ATTEMPTS] if (one.task, one.number) != key]
    order = [] if decided is None else [decided]
    order += sorted(others, key=lambda one: one.outcome is Outcome.PASSED)
    made = _Attempts(detail, text)
    attempts = {(one.task, one.number): made.attempt(one, room, files) for one in order}
    traces = {key: made.files(key, files) for key in attempts}  # what pictures have left room for
    tasks = tuple(_task(state, attempts, traces) for state in states[:MAX_TASKS])
    opened = decided.task if decided is not None else next((one.name for one in reversed(tasks) if one.attempts), "")
    note = ""
    if files.left_out:
        note = f"{files.left_out:,} pictures or traces are not on this page: `boxscore view` shows them"
    return Tasks(
        title="Tasks",
        told=how_far(detail, states),
        tasks=tasks,
        opened=cell(opened),
        pictures=tuple(files.pictures),
        note=note,
    )


def _task(
    state: TaskState, attempts: Mapping[Key, TaskAttempt], traces: Mapping[Key, tuple[TaskFile, ...]]
) -> ProjectTask:
    own = [(one.task, one.number) for one in state.attempts]
    return ProjectTask(
        name=cell(state.name),
        level=cell(state.level),
        outcome=state.outcome,
        mark=state.mark,
        note=state.note,
        attempts=tuple(replace(attempts[key], files=traces[key]) for key in own if key in attempts),
    )


class _Attempts:
    """Makes what is shown of the attempts of a project."""

    def __init__(self, detail: WebDetail, text: str) -> None:
        self._wrote = _written(text)
        self._files = _owned(detail)
        self._together = tuple(detail.attempts[-1].tests) if detail.whole and detail.attempts else None

    def attempt(self, one: WebAttempt, room: Room, files: FileRoom) -> TaskAttempt:
        passed = one.outcome is Outcome.PASSED
        log, cut = room.take(one.log, MAX_PASSED_LOG_BYTES if passed else MAX_LOG_BYTES)
        failing = list(failing_tests(one))
        cases = [Case(test=cell(test), outcome=status.lower()) for test, status in failing[:MAX_FAILING]]
        return TaskAttempt(
            number=one.number,
            outcome=one.outcome.value,
            reason=readable(one.reason, MAX_REASON_BYTES)[0],
            wrote=self._wrote.get((one.task, one.number), ""),
            passed=len(one.tests) - len(failing),
            tests=len(one.tests),
            failing=tuple(cases),
            left_out=len(failing) - len(cases),
            log=log,
            cut_bytes=cut,
            times=tuple(_times(one)),
            shots=tuple(self._shots(one, files)),
        )

    def files(self, key: Key, files: FileRoom) -> tuple[TaskFile, ...]:
        """Traces and whatever else is no picture, to be saved."""
        own = [(name, data) for name, data in self._files.get(key, ())[:MAX_FILES] if not is_picture(data)]
        return tuple(files.file(f"{key[0]}-{key[1]}-{name}", data) for name, data in own)

    def _shots(self, one: WebAttempt, files: FileRoom) -> Iterator[TaskShot]:
        own = self._files.get((one.task, one.number), [])[:MAX_FILES]
        shots = [(SCREENSHOT, one.screenshot)] if one.screenshot else []
        tests = tuple(one.tests) if self._together is None else self._together
        shots += [(cell(failed_test(name, tests) or name), data) for name, data in own if is_picture(data)]
        for title, data in shots:
            place, note = files.picture(data)
            yield TaskShot(title=title, picture=place, note=note)


def _times(one: WebAttempt) -> Iterator[Fact]:
    for label, seconds in (("build", one.build_s), ("serve", one.serve_s), ("tests", one.test_s), ("all", one.wall_s)):
        if seconds is not None:
            yield Fact(label=label, value=f"{seconds:,.1f} s")
    if one.time_factor > 1:
        yield Fact(label="limits by the clock", value=f"{one.time_factor:.1f} times as long, as the machine was busy")
    if one.looks > 1:
        yield Fact(label="looks", value=f"{one.looks}, of which the last counts")


def _owned(detail: WebDetail) -> dict[Key, list[tuple[str, bytes]]]:
    """The kept files of each attempt, by what their names begin with: `task-7-2-trace.zip` is of attempt 2 at task-7.

    Those of no attempt, and of a finished project all, are of the attempt that decided.
    """
    keys = sorted(((one.task, one.number) for one in detail.attempts), key=lambda key: -len(key[0]))
    rest = deciding(detail) or (detail.attempts[-1] if detail.attempts else None)
    last = (rest.task, rest.number) if rest is not None else ("", 0)
    owned: dict[Key, list[tuple[str, bytes]]] = {}
    for name, data in detail.files.items():
        key, own = next(
            ((key, name.removeprefix(f"{key[0]}-{key[1]}-")) for key in keys if name.startswith(f"{key[0]}-{key[1]}-")),
            (last, name),
        )
        owned.setdefault(last if detail.whole else key, []).append((own, data))
    return owned


def _written(text: str) -> dict[Key, str]:
    """Which files each attempt of a sample wrote, as a line."""
    try:
        given = decode_sample(text)
    except ValueError:
        return {}
    if not isinstance(given, GivenAttempts):
        return {}
    counts: dict[str, int] = {}
    written: dict[Key, str] = {}
    for one in given.attempts:
        counts[one.task] = counts.get(one.task, 0) + 1
        written[one.task, counts[one.task]] = _names(list(one.files))
    return written


def _names(names: Sequence[str]) -> str:
    few = ", ".join(map(cell, names[:FEW_FILES]))
    more = f", and {len(names) - FEW_FILES:,} more" if len(names) > FEW_FILES else ""
    return f"{few}{more}" if names else "no file"
