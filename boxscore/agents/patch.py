"""Take an agent's patch: its changes as data out of its box, and the patch made of them in a fresh one.

Git never runs on what the agent left: a repository's own settings name programs that git starts. So a program of ours
compares the agent's tree with the image's, file by file, and git writes the patch in another box of the same image, on
the image's own commit (`sandbox/work_tree.py`). What a box says is hostile, and decoded strictly between the two.
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from boxscore import resources
from boxscore.agents.box import in_thread
from boxscore.boxes.contract import BoxSpec
from boxscore.errors import BoxError, BoxLost, LossCause, ProtocolError, UsageError
from boxscore.protocols.patch.admission import leads_out, name_problem
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.trusted import PYTHON, boot, ending_of, run_trusted
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.agents.seal import SealedBox
    from boxscore.protocols.contract import Workspace

MODULES = ("tree_files", "work_tree")
BOOT = boot("work_tree")
WALL_S = 600.0
LIMITS = Limits(
    cpu_s=120.0, wall_s=WALL_S, memory_bytes=1 << 30, processes=64, disk_bytes=256 << 20, output_bytes=64 << 20
)
MAX_FILES, MAX_BYTES, MAX_FILE_BYTES, MAX_LISTED = 3000, 16 << 20, 4 << 20, 100
MAX_PATCH_BYTES = 5 << 20  # what a patch that is graded may have
_BUILT = re.compile(r"(?:(?!src/)[^/]+/)*target/")  # what Maven's builds make, in each module


Found = TypeVar("Found", bound=Struct)
Path = Annotated[str, Meta(min_length=1, max_length=4096)]
Text = Annotated[str, Meta(max_length=4096)]


class TreeChange(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One path that is not as the image has it: `kind` is file or link, or empty for what was removed."""

    path: Path
    kind: Annotated[str, Meta(pattern="^(file|link|)$")]
    executable: bool
    added: bool
    data: bytes


class Changes(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All changes of a work tree; `left_out` names those that are not among them, and why."""

    changes: Annotated[tuple[TreeChange, ...], Meta(max_length=MAX_FILES + 1)]
    left_out: Annotated[tuple[tuple[Text, Text], ...], Meta(max_length=MAX_LISTED)]


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    patch: bytes
    ignored: Annotated[tuple[Text, ...], Meta(max_length=MAX_LISTED)]
    refused: Annotated[tuple[Text, ...], Meta(max_length=MAX_LISTED)]


class TakenPatch(Struct, frozen=True, kw_only=True):
    """An agent's patch; empty where it has changed nothing, or where `problem` says why there is none.

    `left_out` are changed paths that are not in it, with the reason; `ignored` those that the repository ignores.
    """

    text: str
    problem: str = ""
    left_out: tuple[tuple[str, str], ...] = ()
    ignored: tuple[str, ...] = ()

    def notes(self) -> str:
        """Say in a few lines what is not in it."""
        lines = [f"left out: {path}: {why}" for path, why in self.left_out]
        lines += [f"ignored by the repository: {path}" for path in self.ignored]
        return "\n".join([self.problem, *lines] if self.problem else lines)


async def take_patch(box: SealedBox) -> TakenPatch:
    """Take the patch of an agent that has ended. A box that it lost itself gives an empty one.

    Raises UsageError where there is no repository, BoxError, SandboxUnavailable.
    """
    if box.workspace is None:
        raise UsageError("there is no repository to take a patch of")
    try:
        found = await _changes(box, box.workspace)
    except BoxLost as error:
        if error.cause is not LossCause.INSIDE:
            raise
        return TakenPatch(text="", problem=f"the agent has ended its own box: {error}")
    if isinstance(found, str):
        return TakenPatch(text="", problem=found)
    found = _admitted(found, box.workspace.java)
    if not found.changes:
        return TakenPatch(text="", left_out=found.left_out)
    written = await in_thread(partial(_written, box, found, box.workspace.binary), "boxscore-patch")
    left_out = (*found.left_out, *((path, "it is binary") for path in written.refused))
    try:
        text = written.patch.decode()
    except UnicodeDecodeError:
        return TakenPatch(text="", problem="its changes are not UTF-8 text")
    if len(written.patch) > MAX_PATCH_BYTES:
        problem = f"its patch has {len(written.patch)} bytes; {MAX_PATCH_BYTES} are allowed"
        return TakenPatch(text="", problem=problem, left_out=left_out, ignored=written.ignored)
    return TakenPatch(text=text, left_out=left_out, ignored=written.ignored)


def _admitted(found: Changes, java: int | None) -> Changes:
    """Leave out what no patch that is graded may have: one link to a Python outside must not cost all the work."""
    kept: list[TreeChange] = []
    left_out = list(found.left_out)
    for change in found.changes:
        problem = name_problem(change.path)
        if java is not None and change.added and _BUILT.match(change.path):
            problem = "a build made it"
        if change.kind == "link" and leads_out(change.path, change.data.decode(errors="replace")):
            problem = "it is a link that leads out of the tree"
        if problem:
            left_out.append((change.path, problem))
        else:
            kept.append(change)
    return Changes(changes=tuple(kept), left_out=tuple(left_out[:MAX_LISTED]))


async def _changes(box: SealedBox, workspace: Workspace) -> Changes | str:
    """List what the agent changed, or say how its own doing made that impossible."""
    request = {
        "do": "changes",
        "modules": _sources(),
        "original": ORIGINAL,
        "tree": workspace.image.tree,
        "links": workspace.image.links,
        "most_bytes": MAX_BYTES,
        "most_file_bytes": MAX_FILE_BYTES,
        "most_files": MAX_FILES,
        "most_listed": MAX_LISTED,
    }
    done = await box.exec(
        [PYTHON, "-I", "-S", "-B", "-c", BOOT],
        stdin=msgspec.json.encode(request),
        cwd="/",
        timeout_s=WALL_S,
        output_bytes=LIMITS.output_bytes,
    )
    if done.limit in {LimitName.MEMORY, LimitName.CPU}:
        return f"its work tree is too much to be read ({done.limit})"
    if done.exit_code != 0 or done.truncated:
        said = ascii(done.stderr[-300:].decode(errors="replace").strip())
        raise BoxError(f"the changes of an agent could not be listed: it ended with {done.returncode}: {said}")
    return decoded(done.stdout, Changes)


def _written(box: SealedBox, found: Changes, binary: Sequence[str] | None) -> _Written:
    """Have git write the patch in a fresh box of the image, in which nothing of the agent is.

    Raises BoxError, SandboxUnavailable.
    """
    request = {
        "do": "patch",
        "modules": _sources(),
        "original": ORIGINAL,
        "work": "/scratch",
        "most_listed": MAX_LISTED,
        "changes": [_as_request(change) for change in found.changes],
        "binary": binary,
    }
    with box.backend.box(BoxSpec(image=box.image, limits=LIMITS, owner="agent-patch")) as fresh:
        done = run_trusted(fresh, BOOT, request, LIMITS)
    if done.exit_code != 0 or done.stdout_truncated:
        reason = ascii(done.stderr[-300:].decode(errors="replace").strip())
        raise BoxError(f"the patch of an agent could not be written: {done.limit or ending_of(done)}: {reason}")
    return decoded(done.stdout, _Written)


def decoded(data: bytes, kind: type[Found]) -> Found:
    """Read what a program of ours has printed in a box. Raises ProtocolError."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"what the work tree's program says cannot be read: {error}") from error


def _sources() -> tuple[tuple[str, str], ...]:
    """The programs that read and write work trees, by name."""
    return tuple((name, resources.sandbox_program(name)) for name in MODULES)


def _as_request(change: TreeChange) -> Mapping[str, object]:
    parts = change.path.split("/")
    if change.path.startswith("/") or any(part.lower() in {"", ".", "..", ".git"} for part in parts):
        raise ProtocolError(f"{change.path[:200]!a} is not a path in a work tree")
    return {name: getattr(change, name) for name in change.__struct_fields__}
