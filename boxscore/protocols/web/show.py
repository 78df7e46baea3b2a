"""How a web project is shown: its tasks as stages, each with its attempts, and what its sample wrote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.shows import ChangedFile, Changes, Drawing, Fact, StageAttempt, StageFile, Stages
from boxscore.protocols.web.detail import Binary, GivenAttempts, deciding, decode_sample, how_far, stages_of
from boxscore.protocols.web.specs import failed_test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.web.detail import Attempt, GivenState, WebAttempt, WebDetail

Key = tuple[str, int]  # the name of a task and the number of an attempt


def drawing(detail: WebDetail, answer: str, output: str) -> Drawing:
    """The strip of a project whose sample is `answer`; its `output` is no log of its own where an attempt has it."""
    try:
        given, about = decode_sample(answer), ""
    except ValueError as error:
        given, about = None, str(error)
    decided = deciding(detail)
    key = None if decided is None else (decided.task, decided.number)
    files, wrote = _files_by_attempt(detail), _written(given)

    def drawn(one: WebAttempt) -> StageAttempt:
        shown = decided if decided is not None and (one.task, one.number) == key else one
        return _attempt(detail, shown, files.get((one.task, one.number), ()), wrote.get((one.task, one.number)))

    stages = stages_of(detail, drawn)
    strip = Stages(
        title="Tasks",
        headline=how_far(detail, stages),
        stages=stages,
        decided=key,
        kept=tuple((name, len(data)) for name, data in detail.files.items()),
        answer=about or _about(given),
    )
    return Drawing(
        sections=(strip,),
        answer=_changes(given, detail),
        shows_output=not any(output.strip() == one.log.strip() for one in detail.attempts),
    )


def _attempt(
    detail: WebDetail, one: WebAttempt, files: tuple[tuple[str, bytes], ...], wrote: tuple[str, ...] | None
) -> StageAttempt:
    tests = tuple(detail.attempts[-1].tests if detail.whole else one.tests)
    return StageAttempt(
        number=one.number,
        outcome=one.outcome.value,
        reason=one.reason,
        wrote=wrote,
        tests=one.tests,
        log=one.log,
        wall_s=one.wall_s,
        times=tuple(_times(one)),
        first_page=one.screenshot,
        files=tuple(
            StageFile(name=f"{one.task}-{one.number}-{name}", title=failed_test(name, tests) or name, data=data)
            for name, data in files
        ),
    )


def _times(one: WebAttempt) -> Iterator[Fact]:
    for label, seconds in (("build", one.build_s), ("serve", one.serve_s), ("tests", one.test_s), ("all", one.wall_s)):
        if seconds is not None:
            yield Fact(label=label, value=f"{seconds:,.1f} s")
    if one.time_factor > 1:
        yield Fact(label="limits by the clock", value=f"{one.time_factor:.1f} times as long, as the machine was busy")
    if one.looks > 1:
        yield Fact(label="looks", value=f"{one.looks}, of which the last counts")


def _files_by_attempt(detail: WebDetail) -> dict[Key, tuple[tuple[str, bytes], ...]]:
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
    return {key: tuple(own) for key, own in owned.items()}


def _written(given: GivenAttempts | GivenState | None) -> dict[Key, tuple[str, ...]]:
    """Which files each attempt of a sample wrote."""
    counts: dict[str, int] = {}
    written: dict[Key, tuple[str, ...]] = {}
    for one in given.attempts if isinstance(given, GivenAttempts) else ():
        counts[one.task] = counts.get(one.task, 0) + 1
        written[one.task, counts[one.task]] = tuple(one.files)
    return written


def _about(given: GivenAttempts | GivenState | None) -> str:
    """What a sample is made of."""
    if given is None:
        return ""
    if isinstance(given, GivenAttempts):
        files = sum(len(one.files) for one in given.attempts)
        return f"{_counted(len(given.attempts), 'attempt')}, {_counted(files, 'file')}"
    return f"a project of {_counted(len(given.files), 'file')}"


def _counted(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'s' * (number != 1)}"


def _changes(given: GivenAttempts | GivenState | None, detail: WebDetail) -> Changes:
    """What the attempt that decided wrote, of a project that passed the last one, or the whole finished project.

    Nothing for a sample that cannot be read: its verdict says so.
    """
    before: dict[str, str | Binary] = {}
    if given is None:
        return Changes()
    if not isinstance(given, GivenAttempts):
        title, after = "The project", given.files
    elif given.attempts:
        place, title = _chosen(given.attempts, detail)
        for one in given.attempts[:place]:
            before.update(one.files)
        after = given.attempts[place].files
    else:
        return Changes()
    changed = {path: file for path, file in after.items() if before.get(path) != file}
    files = (
        ChangedFile(path=path, before=_content(before.get(path, "")), after=_content(file))
        for path, file in changed.items()
    )
    return Changes(title=title, files=tuple(files))


def _content(file: str | Binary) -> str | None:
    return file if isinstance(file, str) else None


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
    return f"What attempt {number} at {task} wrote"
