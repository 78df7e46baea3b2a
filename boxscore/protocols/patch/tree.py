"""A candidate's tree in a box: the patch put into it, trusted files written over it, and a look whether they stayed.

The work is done by a program of ours in the box (sandbox/tree.py), started anew for each step from its source, with
nothing of the candidate's in its way. What it answers is decoded into bounded records all the same.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Protocol, TypeVar

import msgspec
from msgspec import Meta, Struct, structs

from boxscore import resources
from boxscore.errors import BoxError, HarnessError, ProtocolError
from boxscore.protocols.patch.admission import Change, PatchText, Path, Refused, read_changes, read_patch, reject
from boxscore.protocols.patch.test_files import PathRules, required_files, rules
from boxscore.protocols.trusted import boot, ending_of, run_trusted, trusted_limits
from boxscore.records import Applied, LimitName

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.records import ApplyStrategy, Limits

MODULES = ("tree_files", "tree_rules", "tree")  # each needs only those before it
ORIGINAL, WORK, HOME = "/boxscore/tree", "/scratch", "/scratch/home"
MAX_LISTED = 20_000  # of what is told to people, and more changes than a patch may make
MAX_RESTORED = 200_000
MAX_TEST_PATCH_BYTES, SAID_CHARS = 256 << 20, 400
OUTPUT_BYTES = 64 << 20
UNKNOWN = "unknown"  # the digest of what was not read, and of git's files
NOTHING = (("true",),)  # applies no patch

BOOT = boot("tree")

Paths = Annotated[tuple[Path, ...], Meta(max_length=MAX_LISTED)]
Digest = Annotated[str, Meta(max_length=120)]


class _OverLimit(BoxError):  # noqa: N818 - what happened says it best
    """The tree program was ended for the cpu time or the memory that it used."""

    def __init__(self, limit: LimitName) -> None:
        self.limit = limit
        super().__init__(f"the program that handles trees was ended by its limit ({limit})")


class Place(Struct, frozen=True, kw_only=True):
    """Where a candidate's tree is, which of its folders are links to the instance's, and whose its files are."""

    tree: str
    links: tuple[str, ...]
    rules: PathRules


class Restored(Struct, frozen=True, kw_only=True):
    """What was written over a candidate's tree: paths with digests ("" where nothing may stand), `.git`'s files too.

    `undone` are the paths at which a build had changed what it may not.
    """

    place: Place
    files: tuple[tuple[str, str], ...]
    undone: tuple[str, ...] = ()


class Staged(Struct, frozen=True, kw_only=True):
    """A candidate's tree, ready to be built: how the patch was applied, and the rules for what comes next.

    `tests` are the files that the test patch makes, changes and removes, `instead` those that were rewritten. What
    needs no build has been `restored` already.
    """

    applied: Applied
    rules: PathRules
    tests: tuple[str, ...] = ()
    instead: tuple[tuple[str, str], ...] = ()
    restored: Restored | None = None


class _RestoreAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    message: Annotated[str, Meta(max_length=4000)]
    restored: tuple[tuple[Path, Digest], ...] = ()
    undone: Paths = ()


class _StageAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    step: Annotated[str, Meta(max_length=200)]
    message: Annotated[str, Meta(max_length=4000)]
    changes: Annotated[tuple[Change, ...], Meta(max_length=MAX_LISTED)] = ()
    undone: Paths = ()
    strays: Annotated[tuple[Path, ...], Meta(max_length=20)] = ()
    restored: _RestoreAnswer | None = None


class _VerifyAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    changed: Annotated[tuple[tuple[Path, Digest], ...], Meta(max_length=MAX_LISTED)] = ()


class Put(Struct, frozen=True, kw_only=True):
    """A patch in a tree: how it was applied, what that changed, and what was restored at once where that was asked."""

    applied: Applied
    changes: tuple[Change, ...] = ()
    restored: _RestoreAnswer | None = None


class Patched(Protocol):
    """What must be known of a task to put a patch into its tree."""

    @property
    def apply(self) -> ApplyStrategy:
        """How to apply patches."""

    @property
    def limits(self) -> Limits:
        """What one sample may use."""


Answer = TypeVar("Answer", _StageAnswer, _RestoreAnswer, _VerifyAnswer)


def stage(
    box: Box, task: PatchTask, patch: str | None, *, instead: tuple[tuple[str, str], ...] = ()
) -> Staged | Refused:
    """Copy the instance's tree to its place in a fresh box and apply a candidate's patch to it, if there is one.

    Test files and configuration that the patch touched are the instance's again before any build runs. Where none does,
    the trusted files are restored at once (see `restore`). `instead` are paths and texts of test files that stand in
    the place of the instance's.
    Raises HarnessError if the task's own test patch cannot be read or applied, BoxError if the box fails.
    """
    read = None if patch is None else read_patch(patch)
    if isinstance(read, Refused):
        return read
    tests = _patched(task)
    place = Place(tree=task.image.tree, links=task.image.links, rules=rules(task, tests))
    to_restore = None if task.build else _to_restore(task, tests, instead)
    put = put_patch(box, task, place, patch, tests=required_files(task, tests), to_restore=to_restore)
    if isinstance(put, Refused):
        return put
    restored = None if put.restored is None else _restored(task, place, put.restored)
    return Staged(applied=put.applied, rules=place.rules, tests=tests, instead=instead, restored=restored)


def put_patch(  # noqa: PLR0913 - where it goes, and what is asked of it
    box: Box,
    task: Patched,
    place: Place,
    patch: str | None,
    *,
    tests: frozenset[str] = frozenset(),
    to_restore: Mapping[str, object] | None = None,
) -> Put | Refused:
    """Copy the instance's tree to its place in a fresh box, and apply an admitted patch to it, if there is one.

    What the rules of the place protect is the instance's again. No link may stand for one of `tests`. Raises BoxError.
    """
    text = patch or ""
    request = {
        "do": "stage",
        "patch": f"{text}\n" if task.apply.ends_last_line and not text.endswith("\n") else text,
        "steps": NOTHING if patch is None else task.apply.steps,
        "reset": task.apply.resets,
        "elsewhere": ("/tmp", WORK),  # noqa: S108 - in the box; looked at, not used
        "restore": to_restore,
    }
    try:
        answer = _ask(box, task.limits, place, request, _StageAnswer)
    except _OverLimit as error:  # no code of the candidate has run; where the tree is too much, references fail too
        return reject(f"applying it ran into a limit ({error.limit})")
    if not answer.step:
        return reject(f"does not apply: {_last_words(answer.message)}")
    if answer.strays:
        return reject(f"it wrote outside of the tree: {', '.join(answer.strays)}")
    refused = read_changes(answer.changes, tests=tests)
    if refused is not None:
        return refused
    changed = tuple(change.path for change in answer.changes)
    applied = Applied(rung=answer.step, changed=changed, undone=answer.undone)
    return Put(applied=applied, changes=answer.changes, restored=answer.restored)


def stage_again(box: Box, task: PatchTask, patch: str | None) -> Staged:
    """Stage a patch that was applied before; that it is refused now is the box's trouble. Raises as `stage` does."""
    staged = stage(box, task, patch)
    if isinstance(staged, Refused):
        raise BoxError(f"a patch that was applied before is refused now: {staged.reason}")
    return staged


def restore(box: Box, task: PatchTask, staged: Staged) -> Restored:
    """Restore test files and test configuration of a tree, after the builds and before the tests, unless it was done.

    Raises HarnessError if the test patch does not apply to the instance, or for more files than can be watched;
    BoxError if the box fails.
    """
    if staged.restored is not None:
        return staged.restored
    place = Place(tree=task.image.tree, links=task.image.links, rules=staged.rules)
    request = {"do": "restore", **_to_restore(task, staged.tests, staged.instead)}
    return _restored(task, place, _ask(box, task.limits, place, request, _RestoreAnswer))


def _to_restore(task: PatchTask, tests: tuple[str, ...], instead: tuple[tuple[str, str], ...]) -> dict[str, object]:
    return {
        "built": bool(task.build),
        "tests": tests,
        "test_patch": task.test_patch,
        "instead": instead,
        "clear": ("/tmp", WORK) if task.build else (),  # noqa: S108 - in the box
    }


def _restored(task: PatchTask, place: Place, answer: _RestoreAnswer) -> Restored:
    if answer.message:
        raise HarnessError(f"the test patch of {task.image.name} does not apply: {_last_words(answer.message)}")
    if len(answer.restored) > MAX_RESTORED:  # never watch a part of them
        raise HarnessError(f"{task.image.name} has {len(answer.restored)} files to watch; {MAX_RESTORED} can be")
    return Restored(place=place, files=answer.restored, undone=answer.undone)


def verify(box: Box, task: Patched, restored: Restored) -> tuple[tuple[str, str], ...]:
    """List what differs from what was restored, once the tests have run, each with the digest of what is there now.

    Anything is tampering that the reference patch does not leave in the same state (see `reference`).
    """
    request = {"do": "verify", "restored": restored.files}
    return _ask(box, task.limits, restored.place, request, _VerifyAnswer).changed


def _patched(task: PatchTask) -> tuple[str, ...]:
    if not task.test_patch.strip():
        return ()
    read = read_patch(task.test_patch, max_bytes=MAX_TEST_PATCH_BYTES)
    if isinstance(read, PatchText):
        return read.paths
    raise HarnessError(f"the test patch of {task.image.name} cannot be used: {read.reason}")


def _ask(box: Box, limits: Limits, place: Place, request: Mapping[str, object], kind: type[Answer]) -> Answer:
    common = {"modules": _sources(), "original": ORIGINAL, "work": WORK, "most": MAX_LISTED}
    limits = trusted_limits(limits, output_bytes=OUTPUT_BYTES)
    done = run_trusted(box, BOOT, {**common, **structs.asdict(place), **request}, limits)
    if done.limit in {LimitName.CPU, LimitName.MEMORY}:
        raise _OverLimit(done.limit)
    if done.exit_code != 0:
        words = _last_words(done.stderr.decode(errors="replace")) or f"ended by {done.limit or ending_of(done)}"
        raise BoxError(f"the tree in a box could not be handled ({request['do']}): {words}")
    try:
        return msgspec.json.decode(done.stdout, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"what the tree program message cannot be read: {error}") from error


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    root = resources.folder("sandbox")
    return tuple((name, (root / f"{name}.py").read_text()) for name in MODULES)


def _last_words(message: str) -> str:
    """Cut what a program said to its last lines, as one line for people: of git's, those that say what went wrong.

    It goes on after an error, and says of each further file that it is looked at.
    """
    lines = [line.strip() for line in message.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("error: ")]
    words = "; ".join((errors or lines)[-3:])[-SAID_CHARS:]
    return "".join(character if character.isprintable() else "?" for character in words)
