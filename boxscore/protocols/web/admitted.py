"""What a sample of the *web* protocol may hold: which paths, and how much, checked before any box is opened."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.folders import fault
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.web.detail import (
    MOST_ATTEMPTS,
    MOST_BYTES,
    MOST_FILES,
    GivenAttempts,
    content_of,
    decode_sample,
)
from boxscore.protocols.web.runner import SEEN
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from boxscore.protocols.web.detail import Binary
    from boxscore.protocols.web.task import WebTask

NEVER = frozenset({".git", ".npmrc", "node_modules"})
"""Names of files and folders that no sample may give: the task decides what projects are built and served with."""
MOST_TOTAL_BYTES = 4 * MOST_BYTES  # of all attempts, since later ones write over earlier ones


class GivenAttempt(Struct, frozen=True, kw_only=True):
    """One attempt at a task: the files that it writes."""

    task: str
    files: dict[str, bytes]


class Walk(Struct, frozen=True, kw_only=True):
    """A sample that was admitted: attempts at tasks, in order."""

    attempts: tuple[GivenAttempt, ...]


class Finished(Struct, frozen=True, kw_only=True):
    """A sample that was admitted: a whole project after its last task."""

    files: dict[str, bytes]


def admitted(task: WebTask, code: str) -> Walk | Finished | Refused:
    """Read a sample, and check that it gives only files that it may, and not too much of them."""
    if not code.strip():
        return Refused(outcome=Outcome.NO_CODE, reason="the sample makes no attempt")
    try:
        given = decode_sample(code)
        if isinstance(given, GivenAttempts):
            attempts = (GivenAttempt(task=one.task, files=_contents(one.files)) for one in given.attempts)
            found: Walk | Finished = Walk(attempts=tuple(attempts))
        else:
            found = Finished(files=_contents(given.files))
    except ValueError as error:
        return Refused(outcome=Outcome.NO_CODE, reason=f"the sample gives no files: {error}"[:300])
    if isinstance(found, Walk) and (why := _order_fault(task, found)):
        return Refused(outcome=Outcome.NO_CODE, reason=why)
    written = [one.files for one in found.attempts] if isinstance(found, Walk) else [found.files]
    paths = {path for files in written for path in files}
    why = _count_fault(len(paths)) or _path_fault(task, paths) or _size_fault(task, written)
    return Refused(outcome=Outcome.PATCH_REJECTED, reason=why) if why else found


def finished_reference(task: WebTask) -> dict[str, bytes] | None:
    """The files of a task's reference; None where it has none that is a finished project."""
    given = None if task.reference is None else admitted(task, task.reference)
    return given.files if isinstance(given, Finished) else None


def path_fault(path: str) -> str | None:
    """Say why no sample may give a file at this path in its folder; None if it may."""
    if (why := fault(path)) is not None:
        return why
    odd = NEVER.intersection(PurePosixPath(path).parts)
    return f"{min(odd)} is not a sample's to give" if odd else None


def _contents(files: Mapping[str, str | Binary]) -> dict[str, bytes]:
    return {path: content_of(file) for path, file in files.items()}


def _order_fault(task: WebTask, walk: Walk) -> str | None:
    if not walk.attempts:
        return "the sample makes no attempt"
    if len(walk.attempts) > MOST_ATTEMPTS:
        return f"the sample makes {len(walk.attempts)} attempts; {MOST_ATTEMPTS} are read"
    places = {step.name: place for place, step in enumerate(task.steps)}
    before = 0
    for one in walk.attempts:
        place = places.get(one.task)
        if place is None:
            return f"it makes an attempt at {one.task[:100]!r}, which is not a task of this project"
        if place < before:
            return f"it makes an attempt at {one.task} after one at {task.steps[before].name}"
        before = place
    return None


def _count_fault(files: int) -> str | None:
    """Say why a project has too many files; None if it has not. Asked first, as all else takes time for each."""
    return f"its project has {files:,} files; {MOST_FILES:,} can be served" if files > MOST_FILES else None


def _path_fault(task: WebTask, paths: set[str]) -> str | None:
    for path in sorted(paths):
        if (why := path_fault(path) or _too_deep(task, path)) is not None:
            return f"a sample may not give {path[:100]!r}: {why}"
    everything = {*paths, *task.beginning()}
    prefix = () if task.root == "." else PurePosixPath(task.root).parts
    theirs = {PurePosixPath(path).parts for path, _ in task.project}
    ours = {(*prefix, *PurePosixPath(path).parts) for path in everything}
    if both := _both(ours | theirs):
        return f"{both[:100]!r} would be both a file and a folder"
    if taken := sorted(ours & theirs):
        return f"a sample may not give {'/'.join(taken[0])[:100]!r}: it is the task's own"
    return None


def _too_deep(task: WebTask, path: str) -> str | None:
    """Say why a path is too long below the folders of ours that it gets in boxes; None if it is not."""
    return fault(posixpath.join(task.root, path)) or fault(posixpath.join(SEEN, path))


def _both(paths: Iterable[tuple[str, ...]]) -> str | None:
    files = set(paths)
    folders = {path[:depth] for path in files for depth in range(1, len(path))}
    both = sorted(files & folders)
    return "/".join(both[0]) if both else None


def _folders(paths: Iterable[str]) -> int:
    parts = (path.split("/") for path in paths)
    return len({tuple(path[:depth]) for path in parts for depth in range(1, len(path))})


def _size_fault(task: WebTask, written: Iterable[Mapping[str, bytes]]) -> str | None:
    state, total = task.beginning(), 0
    for files in written:
        state.update(files)
        total += sum(map(len, files.values()))
        size = sum(map(len, state.values()))
        if size > MOST_BYTES:
            return f"its project has {size:,} bytes; {MOST_BYTES:,} can be served"
    if why := _count_fault(len(state)):
        return why
    if (folders := _folders(state)) > MOST_FILES:  # of the last state, which has all that were made before
        return f"its project has {folders:,} folders; {MOST_FILES:,} can be served"
    return f"its attempts have {total:,} bytes; {MOST_TOTAL_BYTES:,} are read" if total > MOST_TOTAL_BYTES else None
