"""A program on this machine as a model: it reads a question as JSON and prints the answer.

It is the user's own, has the user's rights and environment, keys and all, and is started once for each question.
What it prints and how long it takes are bounded, and all that it started in its process group ends with it.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import shlex
import shutil
import signal
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
from msgspec import Meta, Struct

from boxscore.child import ended_with_us
from boxscore.errors import ModelError, ModelUnusable, UsageError
from boxscore.models.contract import Answer, Usage
from boxscore.models.secrets import redacted, redacted_data

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.models.contract import Price, Question

TIME_S = 600.0
OUTPUT_BYTES = 8 << 20
_ERROR_CHARS = 300
_CHECK_EVERY_S = 0.05
_HASHED_BYTES = 64 << 20
_CANNOT_RUN = (126, 127)  # a shell's words for a program that cannot be run, or is not there

Count = Annotated[int, Meta(ge=0, le=1 << 40)]


class _Usage(Struct, frozen=True):
    input_tokens: Count = 0
    output_tokens: Count = 0
    cached_tokens: Count = 0


class _Printed(Struct, frozen=True):
    text: str
    finish_reason: str = ""
    usage: _Usage = _Usage()
    cost_usd: Annotated[float, Meta(ge=0)] | None = None


class CommandModel:
    """Runs a program for each question. `price` is what `--price` says; without it only the program knows."""

    base = ""

    def __init__(self, program: str, *, price: Price | None = None, time_s: float = TIME_S) -> None:
        """Split the program into words as a shell does. Raises UsageError where there are none."""
        try:
            self._words = shlex.split(program)
        except ValueError as error:
            raise UsageError(f"command:{program}: {error}") from None
        if not self._words:
            raise UsageError("command: needs a program, such as command:./answer.py")
        self.name = redacted(f"command:{program}")
        self.digest = _digest(self._words)
        self.price = price
        self._time_s = time_s

    async def answer(self, question: Question) -> Answer:
        """Run the program. Raises ModelError where it fails, ModelUnusable where it cannot be run."""
        began = time.monotonic()
        status, stdout, stderr = await self._run(msgspec.json.encode(question))
        if status:
            kind = ModelUnusable if status in _CANNOT_RUN else ModelError
            how = f"signal {-status}" if status < 0 else f"status {status}"
            last = redacted(stderr).strip()[-_ERROR_CHARS:]
            raise kind(f"{self.name} ended with {how}: {last or 'it printed no error'}")
        return self._read(stdout, wall_s=time.monotonic() - began)

    async def close(self) -> None:
        """Do nothing: a program ends with its question."""

    async def _run(self, data: bytes) -> tuple[int, bytes, str]:
        """Run a program in a process group of its own; nothing of the group is left. Returns status and output.

        It reads and writes files without a name, so that nobody has to wait for whoever else holds a pipe.
        """
        file = tempfile.TemporaryFile
        with file() as stdin, file() as stdout, file() as stderr:
            stdin.write(data)
            stdin.seek(0)
            try:
                process = await asyncio.create_subprocess_exec(
                    *self._words, stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
                )
            except OSError as error:
                raise ModelUnusable(f"{self.name} cannot be run: {error.strerror or error}") from None
            ended = asyncio.ensure_future(process.wait())
            until = time.monotonic() + self._time_s
            try:
                with ended_with_us(lambda: _kill_group(process.pid)):
                    while not ended.done():
                        await asyncio.wait({ended}, timeout=_CHECK_EVERY_S)
                        if max(os.fstat(one.fileno()).st_size for one in (stdout, stderr)) > OUTPUT_BYTES:
                            raise ModelError(f"{self.name} printed more than {OUTPUT_BYTES} bytes")
                        if time.monotonic() > until and not ended.done():
                            raise ModelError(f"{self.name} took longer than {self._time_s:g} s")
            finally:
                _kill_group(process.pid)
                await ended
            stdout.seek(0)
            stderr.seek(0)
            return ended.result(), stdout.read(), stderr.read().decode(errors="replace")

    def _read(self, stdout: bytes, *, wall_s: float) -> Answer:
        """Read an answer: JSON with a `text`, else the text itself. Raises ModelError."""
        try:
            text = stdout.decode()
        except UnicodeDecodeError as flaw:
            raise ModelError(f"{self.name} printed something that is not UTF-8, at byte {flaw.start}") from None
        data: object = None
        if text.lstrip().startswith("{"):
            with suppress(msgspec.MsgspecError, RecursionError):
                data = msgspec.json.decode(stdout)
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            cost = None if self.price is None else self.price.of(Usage())
            return Answer(text=text, finish_reason="stop", cost_usd=cost, wall_s=wall_s)
        try:
            printed = msgspec.convert(data, type=_Printed)
        except msgspec.ValidationError as error:
            raise ModelError(f"{self.name} printed JSON that is not an answer: {error}") from None
        usage = Usage(
            input_tokens=printed.usage.input_tokens,
            output_tokens=printed.usage.output_tokens,
            cached_tokens=min(printed.usage.cached_tokens, printed.usage.input_tokens),
        )
        cost = printed.cost_usd
        if cost is None and self.price is not None:
            cost = self.price.of(usage)
        return Answer(
            text=printed.text,
            finish_reason=printed.finish_reason,
            usage=usage,
            cost_usd=cost,
            wall_s=wall_s,
            raw=redacted_data(msgspec.to_builtins(printed)),
        )


def _kill_group(group: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _digest(words: Sequence[str]) -> str:
    """Hash the program, and the first file among its arguments, which for an interpreter is the program.

    One that was changed gives other answers. Files after that may be what it writes.
    """

    def is_file(path: Path) -> bool:
        try:
            return path.is_file() and os.access(path, os.R_OK)
        except (OSError, ValueError):  # a name that no file can have
            return False

    first = Path(shutil.which(words[0]) or words[0])
    found = hashlib.sha256()
    for path in (first, *[one for one in map(Path, words[1:]) if is_file(one)][:1]):
        if is_file(path) and path.stat().st_size <= _HASHED_BYTES:
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()
