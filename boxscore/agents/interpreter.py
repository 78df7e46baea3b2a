"""An agent with a Python session in a box: cell by cell, with state, figures and files, until it gives its answer.

    ask ──▶ one ```python block ──▶ the session's next cell ──▶ output, value, traceback, files ──▶ ask …
                 │ FINAL ANSWER, or a limit: what was answered last is the sample

The session is a program of ours in the box (`sandbox/interpreter.py`), started once and talked to for as long as it
lasts. The manner is PyBench's; the words are ours.
"""

from __future__ import annotations

import base64
import hashlib
import re
import struct
import time
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import msgspec
from msgspec import Meta, Struct

from boxscore import resources
from boxscore.agents.box import in_thread
from boxscore.agents.contract import Draft, LimitReached
from boxscore.agents.options import AgentOptions
from boxscore.agents.steps import Step, StepSettings, step_options, work_in_steps
from boxscore.agents.texts import blocks_of, cut_middle, filled
from boxscore.errors import BoxError, BoxLost, BoxscoreError, ProtocolError
from boxscore.records import SampleKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import Assignment
    from boxscore.boxes.contract import Stream

FINAL = "FINAL ANSWER"
START_S, GRACE_S = 120.0, 60.0
MAX_FRAME_BYTES = 16 << 20  # a megabyte of output, each byte of it written as six
MAX_FILES, MAX_FILE_BYTES, MAX_FILES_BYTES = 20, 256 << 10, 1 << 20  # that are kept in a trajectory
ENVIRONMENT = {"MPLBACKEND": "Agg", "MPLCONFIGDIR": "/scratch/.matplotlib", "PYTHONDONTWRITEBYTECODE": "1"}
LANGUAGES = ("python", "py", "python3")
_FINAL = re.compile(rf"^[ \t*#]*{FINAL}[ \t*:]*$\n?", re.MULTILINE)
_NAME = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][\w.+-]{0,99}(?:/[A-Za-z0-9_][\w.+-]{0,99}){0,5}")

Said = Annotated[str, Meta(max_length=MAX_FRAME_BYTES)]
Size = Annotated[int, Meta(ge=0)]


class Cell(Struct, frozen=True, forbid_unknown_fields=True):
    """What came of a cell.

    `ended` says how it ended if not by itself (`timeout`, `died: signal 9`), `restarted` that the session's variables
    are lost. `files` are those that it made or changed, with their sizes.
    """

    output: Said
    value: Said
    error: Said
    ended: Annotated[str, Meta(max_length=200)]
    restarted: bool
    files: Annotated[tuple[tuple[Annotated[str, Meta(max_length=4096)], Size], ...], Meta(max_length=100)]


class _Ready(Struct, frozen=True, forbid_unknown_fields=True):
    ready: Annotated[str, Meta(max_length=40)]


Kind = TypeVar("Kind", Cell, _Ready)


class PythonSession:
    """A Python session in an open box. For one task at a time; ends with the box, or by `close`."""

    def __init__(self, box: AgentBox, *, cell_s: float, output_bytes: int) -> None:
        """Bound each cell in time, and what is kept of its output; start nothing."""
        self._box, self._cell_s, self._output_bytes = box, cell_s, output_bytes
        self._stream: Stream | None = None
        self._pending = b""
        self.python = ""

    async def open(self) -> None:
        """Start the session. Raises BoxError."""
        self._pending = b""
        command = ["python3", "-B", "-u", "-c", resources.sandbox_program("interpreter")]
        self._stream = await self._box.start(command, env=ENVIRONMENT)
        data = await in_thread(partial(self._receive, self._stream, START_S), "boxscore-session")
        if data is None:
            raise BoxError("a Python session did not start in its box")
        self.python = f"Python {_decoded(data, _Ready).ready}"

    async def run(self, code: str) -> Cell:
        """Run a cell. If it ended the session, start a new one, and say so in the result. Raises BoxError."""
        if self._stream is None:
            raise BoxError("the Python session is not open")
        request = {"code": code, "timeout_s": self._cell_s, "output_bytes": self._output_bytes}
        data = await in_thread(partial(self._asked, self._stream, msgspec.json.encode(request)), "boxscore-session")
        if data is not None:
            try:
                return _decoded(data, Cell)
            except ProtocolError:
                pass  # a cell has written where the session does
        await self.close()
        await self.open()
        return Cell(output="", value="", error="", ended="the whole session was ended", restarted=True, files=())

    async def close(self) -> None:
        """End the session; again, nothing happens."""
        stream, self._stream = self._stream, None
        if stream is not None:
            await in_thread(stream.stop, "boxscore-session-end")

    def _asked(self, stream: Stream, request: bytes) -> bytes | None:
        try:
            stream.send(struct.pack(">I", len(request)) + request)
        except (BoxLost, TimeoutError):
            return None
        return self._receive(stream, self._cell_s + GRACE_S)

    def _receive(self, stream: Stream, timeout_s: float) -> bytes | None:
        """Read a frame; None where the session has ended, or says none in time.

        A cell can end the session by a signal as well as anybody outside. Where the box went too, no new one begins.
        """
        until = time.monotonic() + timeout_s
        while True:
            size = int.from_bytes(self._pending[:4].ljust(4, b"\0"), "big")
            if size > MAX_FRAME_BYTES:
                return None
            if self._pending[4:] and len(self._pending) >= 4 + size:
                frame, self._pending = self._pending[4 : 4 + size], self._pending[4 + size :]
                return frame
            left = until - time.monotonic()
            try:
                some = stream.receive(1 << 16, left) if left > 0 else b""
            except (BoxLost, TimeoutError):
                return None
            if not some:
                return None
            self._pending += some


class Settings(StepSettings, frozen=True, kw_only=True):
    """How an interpreter agent works; each answer has one cell, or the final answer."""

    steps: int = 30


class InterpreterAgent:
    """See `boxscore.agents.contract.Agent`."""

    name = "interpreter"
    wants_box = True

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield one draft: the final answer, or where there is none what was answered last."""
        limit: LimitReached | None = None
        async with assignment.open_box() as box:
            settings = self._settings
            session = PythonSession(box, cell_s=settings.timeout, output_bytes=settings.output_bytes)
            work = _Work(assignment, box, session, settings)
            try:
                draft = await work.done()
            except LimitReached as reached:
                limit, draft = reached, work.last(reached.limit)
            assignment.trajectory.about["files"] = await _kept(box, work.files)
        if draft is not None:
            yield draft
        if limit is not None:
            raise limit


class _Work:
    """One agent at work; `files` are the sizes of those that its cells have made."""

    def __init__(self, assignment: Assignment, box: AgentBox, session: PythonSession, settings: Settings) -> None:
        self._assignment, self._box, self._session, self._settings = assignment, box, session, settings
        self._messages: list[dict[str, Any]] = []
        self._answer = ""
        self._final: Draft | None = None
        self.files: dict[str, int] = {}

    def last(self, why: str) -> Draft | None:
        """What was answered last; None where nothing was."""
        return Draft(text=self._answer, kind=SampleKind.ANSWER, why=why) if self._answer else None

    async def done(self) -> Draft | None:
        """Work until there is an answer, or another reason to end. Raises LimitReached, ModelError, BoxError."""
        await self._session.open()
        self._messages = [{"role": "system", "content": self._system()}, *self._prompt()]
        why = await work_in_steps(self._assignment, self._messages, self._settings, self._act)
        return self._final or self.last(why)

    async def _act(self, answer: str) -> Step:
        """Run the cell of an answer, or take it as the final one."""
        self._answer = answer
        final = _FINAL.search(answer)
        if final is not None:
            text = answer[final.end() :].strip("\n")
            self._final = Draft(text=text, kind=SampleKind.ANSWER, why="submitted")
            return Step(ended="submitted")
        cells = blocks_of(answer, *LANGUAGES)
        if len(cells) == 1:
            return Step(said=await self._run(cells[0]))
        found = f"{len(cells)} cells" if cells else "no cell"
        return Step(said=filled("interpreter_format", found=found, final=FINAL), wrong=True)

    def _system(self) -> str:
        timeout = f"{self._settings.timeout:g}"
        return filled(
            "interpreter_system", python=self._session.python, cwd=self._box.cwd, timeout=timeout, final=FINAL
        )

    def _prompt(self) -> list[dict[str, Any]]:
        return list(self._assignment.prompt) or [{"role": "user", "content": self._assignment.instance.prompt}]

    async def _run(self, code: str) -> str:
        self._assignment.check_limits()
        cell = await self._session.run(code)
        self.files |= {name: size for name, size in cell.files if _NAME.fullmatch(name)}
        most = self._settings.output_bytes
        said = filled(
            "interpreter_observation",
            ended=_ending(cell, self._settings.timeout),
            output=cut_middle(cell.output.rstrip("\n"), most),
            value=cut_middle(cell.value, most),
            error=cut_middle(cell.error.rstrip("\n"), most),
            files=", ".join(f"{name} ({size:,} bytes)" for name, size in cell.files if _NAME.fullmatch(name)),
        )
        self._assignment.trajectory.add_action("python", {"code": code}, said)
        return said


def _ending(cell: Cell, timeout_s: float) -> str:
    words = f"interrupted after {timeout_s:g} seconds" if cell.ended == "timeout" else cell.ended
    lost = "; the session was begun anew, and its variables are lost" if cell.restarted else ""
    return f"{words}{lost}"


async def _kept(box: AgentBox, files: Mapping[str, int]) -> list[dict[str, Any]]:
    """Take the files that cells have made, as far as there is room; of the others only the names are kept."""
    kept: list[dict[str, Any]] = []
    room = MAX_FILES_BYTES
    for name, size in list(files.items())[:MAX_FILES]:
        record: dict[str, Any] = {"name": name, "bytes": size}
        if size <= min(MAX_FILE_BYTES, room):
            try:
                data = await box.get(name, max_bytes=min(MAX_FILE_BYTES, room))
            except (OSError, BoxscoreError):  # it is gone, or so is the box: the answer is what counts
                continue
            room -= len(data)
            record |= {"sha256": hashlib.sha256(data).hexdigest(), "base64": base64.b64encode(data).decode()}
        kept.append(record)
    return kept


def _decoded(data: bytes, kind: type[Kind]) -> Kind:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise ProtocolError(f"what a Python session says cannot be read: {error}") from error


def interpreter_agent(given: Mapping[str, str]) -> InterpreterAgent:
    """Make the agent of its options. Raises UsageError."""
    options = AgentOptions("interpreter", given)
    settings = Settings(**step_options(options, Settings()))
    options.done()
    return InterpreterAgent(settings)
