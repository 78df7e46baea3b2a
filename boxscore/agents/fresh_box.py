"""A fresh box of an agent's image, in which programs of ours run that must not meet what the agent left.

It is what takes longest of taking a patch, so it is opened while the agent works. Nothing of the agent is in it before
it is asked something, and it is used for that alone.
"""

from __future__ import annotations

import threading
from concurrent.futures import Future
from contextlib import ExitStack, suppress
from functools import cache, partial
from typing import TYPE_CHECKING, Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from boxscore import resources
from boxscore.boxes.contract import BoxSpec
from boxscore.errors import BoxError, ProtocolError
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.trusted import boot, ending_of, run_trusted
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boxscore.agents.place import Place
    from boxscore.boxes.contract import Box

MODULES = ("tree_files", "work_tree")
MAX_FILES = 3000
CPU_S, WALL_S = 120.0, 600.0
LIMITS = Limits(
    cpu_s=CPU_S, wall_s=WALL_S, memory_bytes=1 << 30, processes=64, disk_bytes=256 << 20, output_bytes=64 << 20
)
WORK = "/scratch"

BOOT = boot("work_tree")

Answer = TypeVar("Answer", bound=Struct)
Path = Annotated[str, Meta(min_length=1, max_length=4096)]
Text = Annotated[str, Meta(max_length=4096)]


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
            common = {"modules": sources(), "original": ORIGINAL, "work": WORK}
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


def decoded(data: bytes, kind: type[Answer]) -> Answer:
    """Read what a program of ours said in a box. Raises ProtocolError."""
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"what the work tree's program says cannot be read: {error}") from error


@cache
def sources() -> tuple[tuple[str, str], ...]:
    """The programs that read and write work trees, by name."""
    return tuple((name, resources.sandbox_program(name)) for name in MODULES)
