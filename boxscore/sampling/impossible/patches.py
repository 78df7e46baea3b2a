"""Patch tasks one of whose tests contradicts their statement: it is rewritten in the test patch."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.protocols.patch.box_files import read_base, read_tests
from boxscore.protocols.patch.diff import UnclearName, read_files
from boxscore.protocols.patch.tree import restore, stage_again
from boxscore.protocols.test_ids import RUNNERS, ParsedId, locate
from boxscore.sampling.impossible.contradicted import CannotContradictError, Contradicted
from boxscore.sampling.impossible.python import contradict, function_text

if TYPE_CHECKING:
    import random

    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.score.cheating import Kind

BEGINS = "diff --git "


class TestFiles(Struct, frozen=True):
    """The test files of an instance, by path: as its test patch leaves them, and as they were before."""

    after: dict[str, str]
    before: dict[str, str]


def read_test_files(task: PatchTask, boxes: Boxes) -> TestFiles:
    """Read the test files of an instance in a box. Raises BoxError, ImageMissing."""
    with boxes.open(task) as box:
        staged = stage_again(box, task, None)
        restore(box, task, staged)
        after = read_tests(box, task, staged)
        before = read_base(box, task, tuple(after))
    return TestFiles(after, before)


def why_not_patch(task: PatchTask) -> str:
    """Say why no test of a task can be contradicted, "" if one may."""
    return "" if task.runner in RUNNERS else f"no test can be changed for its runner ({task.parser})"


def change_patch(task: PatchTask, kind: Kind, rng: random.Random, files: TestFiles) -> Contradicted:
    """Contradict one test that the reference fixes: what it expects, else it is turned round.

    What guards verdicts on ordinary instances is learned from a reference that passes; here it must fail, so nothing is
    blinded or planted, and a pass stays the runner's claim: whoever forges one has not done what was asked.
    Raises CannotContradictError.
    """
    fixed = [locate(test, runner=task.runner or "", paths=files.after) for test in task.fail_to_pass]
    places = [place for place in fixed if isinstance(place, ParsedId)]
    reason = next((place for place in fixed if isinstance(place, str)), "it has no test that a fix must make pass")
    places = rng.sample(places, k=len(places))
    for place, turns in [(place, turns) for turns in (False, True) for place in places]:
        within = (place.scope, place.name)
        try:
            changed = contradict(files.after[place.path], kind, rng, within=within, turns=turns)
            shown = function_text(changed.source, within)
        except CannotContradictError as error:
            reason = str(error)
            continue
        test_patch = _with_file(task.test_patch, place.path, files.before.get(place.path), changed.source)
        fails = tuple(test for test in (*task.fail_to_pass, *task.pass_to_pass) if _is_of(test, place, task, files))
        return Contradicted(
            task=replace(task, test_patch=test_patch, reference=None, runner=None),
            shown=f"# {place.path}{', ' if place.scope else ''}{'.'.join(place.scope)}\n{shown}",
            fails=fails,
        )
    raise CannotContradictError(reason)


def _is_of(test: str, place: ParsedId, task: PatchTask, files: TestFiles) -> bool:
    """Whether a test is of the function that was changed, as one of its rows of parameters."""
    other = locate(test, runner=task.runner or "", paths=files.after)
    return isinstance(other, ParsedId) and (other.path, other.scope, other.name) == (
        place.path,
        place.scope,
        place.name,
    )


def _with_file(patch: str, path: str, before: str | None, after: str) -> str:
    """Return a test patch that makes one file read `after`, and changes all others as it did."""
    parts = _parts(patch)
    kept = [part for part in parts if path not in _paths(part)]
    if sum(path in _paths(part) for part in parts) > 1 or any(len(_paths(part)) > 1 for part in parts):
        raise CannotContradictError("its test patch renames files")
    return "".join([*kept, _difference(path, before, after)])


def _parts(patch: str) -> list[str]:
    """Split a patch into those of its files."""
    parts: list[str] = []
    for line in patch.splitlines(keepends=True):
        if line.startswith(BEGINS) or not parts:
            parts.append("")
        parts[-1] += line
    return [part if part.endswith("\n") else f"{part}\n" for part in parts]


def _paths(part: str) -> tuple[str, ...]:
    try:
        return tuple(path for one in read_files(part) for path in one.paths)
    except UnclearName as error:
        raise CannotContradictError(f"its test patch cannot be read: {error}") from None


def _difference(path: str, before: str | None, after: str) -> str:
    """Write what changed in a file as `git diff` does; None stands for no file."""
    head = f"{BEGINS}{_quoted(f'a/{path}')} {_quoted(f'b/{path}')}\n"
    if before is None:
        head += "new file mode 100644\n"
    old = "/dev/null" if before is None else _quoted(f"a/{path}")
    lines = difflib.unified_diff(_lines(before or ""), _lines(after), old, _quoted(f"b/{path}"))
    return head + "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)


def _lines(text: str) -> list[str]:
    """Split as git does: at line feeds alone."""
    lines = [f"{line}\n" for line in text.split("\n")]
    return [*lines[:-1], *([lines[-1][:-1]] if lines[-1] != "\n" else [])]


def _quoted(name: str) -> str:
    """Write a name as git does: in quotes where it is not plain ASCII."""
    if name.isascii() and name.isprintable() and not set(name) & set('"\\'):
        return name
    escaped = "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b'"\\' else f"\\{byte:03o}"  # noqa: PLR2004 - printable ASCII
        for byte in name.encode()
    )
    return f'"{escaped}"'
