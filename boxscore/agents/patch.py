"""Take an agent's patch: its changes as data out of its box, and the patch made of them in a fresh one.

Git never runs on what the agent left: a repository's own settings name programs that git starts. So a program of ours
compares the agent's tree with the image's, file by file, and git writes the patch in another box of the same image, on
the image's own commit (`sandbox/work_tree.py`). What a box says is hostile, and decoded strictly between the two.

That other box is what takes longest, so it is opened while the agent works, and is closed while the agent's own is.
Nothing of the agent is in it before its changes are asked for, and it is used for these alone.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import ExitStack, closing, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from boxscore import resources
from boxscore.agents.box import in_thread
from boxscore.boxes.contract import BoxSpec
from boxscore.errors import BoxError, BoxLost, HarnessError, LossCause, ProtocolError, UsageError
from boxscore.protocols.patch.admission import leads_out, name_problem
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.trusted import PYTHON, boot, ending_of, run_trusted
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from boxscore.agents.place import Place
    from boxscore.agents.seal import SealedBox
    from boxscore.boxes.contract import Box

MODULES = ("tree_files", "tree_apply", "work_tree")
MAX_BYTES, MAX_FILE_BYTES, MAX_FILES, MAX_LISTED = 16 << 20, 4 << 20, 3000, 100
MAX_PATCH_BYTES = 5 << 20  # what a patch that is graded may have
CPU_S, WALL_S = 120.0, 600.0
LIMITS = Limits(
    cpu_s=CPU_S, wall_s=WALL_S, memory_bytes=1 << 30, processes=64, disk_bytes=256 << 20, output_bytes=64 << 20
)
WORK = "/scratch"

BOOT = boot("work_tree")

Path = Annotated[str, Meta(min_length=1, max_length=4096)]
Said = Annotated[str, Meta(max_length=4096)]


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
    left_out: Annotated[tuple[tuple[Said, Said], ...], Meta(max_length=MAX_LISTED)]


class _Written(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    patch: bytes
    ignored: Annotated[tuple[Said, ...], Meta(max_length=MAX_LISTED)]
    refused: Annotated[tuple[Said, ...], Meta(max_length=MAX_LISTED)]


class _Tests(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    message: Said
    files: Annotated[dict[Path, bytes | None], Meta(max_length=MAX_FILES)]


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


Answer = TypeVar("Answer", Changes, _Written, _Tests)


async def take_patch(box: SealedBox) -> TakenPatch:
    """Take the patch of an agent that has ended. A box that it lost itself gives an empty one.

    Raises UsageError where there is no repository, BoxError, SandboxUnavailable.
    """
    if box.place.tree is None:
        raise UsageError("there is no repository to take a patch of")
    try:
        found = await _changes(box)
    except BoxLost as error:
        if error.cause is not LossCause.INSIDE:
            raise
        return TakenPatch(text="", problem=f"the agent has ended its own box: {error}")
    if isinstance(found, str):
        return TakenPatch(text="", problem=found)
    found = _admitted(found)
    if not found.changes:
        return TakenPatch(text="", left_out=found.left_out)
    written = await in_thread(partial(_written, box.fresh, found, box.binary), "boxscore-patch")
    left_out = (*found.left_out, *((path, "it is binary") for path in written.refused))
    try:
        text = written.patch.decode()
    except UnicodeDecodeError:
        return TakenPatch(text="", problem="its changes are not UTF-8 text")
    if len(written.patch) > MAX_PATCH_BYTES:
        problem = f"its patch has {len(written.patch)} bytes; {MAX_PATCH_BYTES} are allowed"
        return TakenPatch(text="", problem=problem, left_out=left_out, ignored=written.ignored)
    return TakenPatch(text=text, left_out=left_out, ignored=written.ignored)


def _admitted(found: Changes) -> Changes:
    """Leave out what no patch that is graded may have: one link to a Python outside must not cost all the work."""
    kept: list[TreeChange] = []
    left_out = list(found.left_out)
    for change in found.changes:
        problem = name_problem(change.path)
        if change.kind == "link" and leads_out(change.path, change.data.decode(errors="replace")):
            problem = "it is a link that leads out of the tree"
        if problem:
            left_out.append((change.path, problem))
        else:
            kept.append(change)
    return Changes(changes=tuple(kept), left_out=tuple(left_out[:MAX_LISTED]))


async def _changes(box: SealedBox) -> Changes | str:
    """List what the agent changed, or say how its own doing made that impossible."""
    request = {
        "do": "changes",
        "modules": _sources(),
        "original": ORIGINAL,
        "tree": box.place.tree,
        "links": box.place.links,
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
    return _decoded(done.stdout, Changes)


def _written(fresh: FreshBox, found: Changes, binary: Sequence[str] | None) -> _Written:
    """Have git write the patch in a fresh box. Raises BoxError, SandboxUnavailable."""
    changes = [_as_request(change) for change in found.changes]
    request = {"do": "patch", "most_listed": MAX_LISTED, "changes": changes, "binary": binary}
    return _decoded(fresh.answer(request), _Written)


def verdict_tests(place: Place, paths: Sequence[str], test_patch: str) -> Mapping[str, bytes | None]:
    """Make the files of a verdict's tests in a fresh box; None for those that must not be there. Raises BoxError.

    They are a secret while an agent can act.
    """
    with closing(FreshBox(place)) as fresh:
        found = _decoded(fresh.answer({"do": "tests", "tests": paths, "test_patch": test_patch}), _Tests)
    if found.message:
        raise HarnessError(f"the test patch does not apply: {found.message[-300:]}")
    return found.files


class FreshBox:
    """A box of an agent's image for one request of ours, which may be opened ahead. For one thread at a time."""

    def __init__(self, place: Place) -> None:
        """Remember of what it is made; open nothing."""
        self._place = place
        self._opening: Future[tuple[ExitStack, Box]] | None = None
        self._threads: list[threading.Thread] = []

    def begin(self) -> None:
        """Begin to open it, in a thread; what is wrong with it is told when it is used."""
        if self._opening is None:
            self._opening = Future()
            self._start(partial(self._open, self._opening), "boxscore-patch-box")

    def answer(self, request: Mapping[str, object]) -> bytes:
        """Run our program with a request. Raises BoxError, SandboxUnavailable.

        A box that was opened ahead and has gone since is replaced.
        """
        if self._opening is not None:
            try:
                return self._answered(request)
            except BoxError:
                pass
        self.begin()
        return self._answered(request)

    def close(self) -> None:
        """Remove it, if it is open or about to be; return when that is done."""
        self._leave()
        for thread in self._threads:
            thread.join()

    def _answered(self, request: Mapping[str, object]) -> bytes:
        opening = self._opening
        if opening is None:
            raise BoxError("a fresh box was not opened")
        try:
            _, box = opening.result()
            common = {"modules": _sources(), "original": ORIGINAL, "work": WORK}
            done = run_trusted(box, BOOT, {**common, **request}, LIMITS)
        finally:
            self._leave()
        if done.exit_code != 0 or done.stdout_truncated:
            said = ascii(done.stderr[-300:].decode(errors="replace").strip())
            raise BoxError(
                f"a fresh box could not be asked for {request['do']}: {done.limit or ending_of(done)}: {said}"
            )
        return done.stdout

    def _open(self, opening: Future[tuple[ExitStack, Box]]) -> None:
        stack = ExitStack()
        try:
            spec = BoxSpec(image=self._place.image, limits=LIMITS, owner="agent-patch")
            opening.set_result((stack, stack.enter_context(self._place.backend.box(spec))))
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised where the box is used
            opening.set_exception(error)

    def _leave(self) -> None:
        """Remove the box in a thread, once it is open."""
        opening, self._opening = self._opening, None
        if opening is not None:
            self._start(partial(_remove, opening), "boxscore-patch-end")

    def _start(self, call: Callable[[], object], name: str) -> None:
        thread = threading.Thread(target=call, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()


def _remove(opening: Future[tuple[ExitStack, Box]]) -> None:
    if opening.exception() is None:
        with suppress(BoxError):
            opening.result()[0].close()


def _as_request(change: TreeChange) -> Mapping[str, object]:
    parts = change.path.split("/")
    if change.path.startswith("/") or any(part.lower() in {"", ".", "..", ".git"} for part in parts):
        raise ProtocolError(f"{change.path[:200]!a} is not a path in a work tree")
    return {name: getattr(change, name) for name in change.__struct_fields__}


def _decoded(data: bytes, kind: type[Answer]) -> Answer:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"what the work tree's program says cannot be read: {error}") from error


@cache
def _sources() -> tuple[tuple[str, str], ...]:
    return tuple((name, resources.sandbox_program(name)) for name in MODULES)
