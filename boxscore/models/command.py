"""A program on this machine as a model: it reads a question as JSON and prints the answer.

It is the user's own, has the user's rights and environment, keys and all, and is started once for each question.
What it prints and how long it takes are bounded, and all that it started in its process group ends with it. Where
there is `setpriv`, it also ends when boxscore is killed.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import select
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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

    from boxscore.models.contract import Question
    from boxscore.models.price import Price

TIME_S = 600.0
OUTPUT_BYTES = 8 << 20
_ERROR_BYTES = 64 << 10
_ERROR_CHARS = 300
_LOOK_MS = 50
_AT_ONCE = 64
_DIGESTED_BYTES = 64 << 20
_CANNOT_RUN = (126, 127)  # a shell's words for a program that cannot be run, or is not there

Count = Annotated[int, Meta(ge=0, le=1 << 40)]


class _Usage(Struct, frozen=True):
    input_tokens: Count = 0
    output_tokens: Count = 0
    cached_tokens: Count = 0


class _Printed(Struct, frozen=True):
    """An answer that says more than its text."""

    text: str
    finish_reason: str = ""
    usage: _Usage | None = None
    cost_usd: Annotated[float, Meta(ge=0)] | None = None


class _Ended(Struct, frozen=True, kw_only=True):
    """How a program ended: its status, what it printed, and why it was ended, if it was: `time`, `output` or `stop`."""

    status: int
    stdout: bytes
    stderr: bytes
    over: str = ""


class CommandModel:
    """Runs a program for each question. `price` is what `--price` says; without it only the program knows."""

    base = ""

    def __init__(
        self, program: str, *, price: Price | None = None, at_once: int = _AT_ONCE, time_s: float = TIME_S
    ) -> None:
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
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="boxscore-command")

    async def answer(self, question: Question) -> Answer:
        """Run the program. Raises ModelError where it fails, ModelUnusable where it cannot be run."""
        began, stop = time.monotonic(), threading.Event()
        data = msgspec.json.encode(question)
        loop = asyncio.get_running_loop()
        try:
            ended = await loop.run_in_executor(self._threads, _run, self._words, data, self._time_s, stop)
        except OSError as error:
            raise ModelUnusable(f"{self.name} cannot be run: {error.strerror or error}") from None
        finally:
            stop.set()
        self._check(ended)
        return self._answer(ended.stdout, time.monotonic() - began)

    async def close(self) -> None:
        """Wait for programs that are being ended."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    def _check(self, ended: _Ended) -> None:
        if ended.over:
            most = {"time": f"took longer than {self._time_s:g} s", "output": f"printed more than {OUTPUT_BYTES} bytes"}
            raise ModelError(f"{self.name} {most.get(ended.over, 'was stopped')}")
        if ended.status:
            last = redacted(ended.stderr.decode(errors="replace")).strip()[-_ERROR_CHARS:]
            kind = ModelUnusable if ended.status in _CANNOT_RUN else ModelError
            raise kind(f"{self.name} ended with {_status(ended.status)}: {last or 'it printed no error'}")

    def _answer(self, stdout: bytes, wall_s: float) -> Answer:
        try:
            text = stdout.decode()
        except UnicodeDecodeError as flaw:
            raise ModelError(f"{self.name} printed something that is not UTF-8, at byte {flaw.start}") from None
        printed = self._printed(stdout)
        if printed is None:
            cost = None if self.price is None else self.price.of(Usage())
            return Answer(text=text, finish_reason="stop", cost_usd=cost, wall_s=wall_s)
        told = printed.usage or _Usage()
        usage = Usage(
            input_tokens=told.input_tokens,
            output_tokens=told.output_tokens,
            cached_tokens=min(told.cached_tokens, told.input_tokens),
        )
        cost = printed.cost_usd
        if cost is None and self.price is not None:
            cost = self.price.of(usage)
        raw = redacted_data(msgspec.to_builtins(printed))
        return Answer(
            text=printed.text, finish_reason=printed.finish_reason, usage=usage, cost_usd=cost, wall_s=wall_s, raw=raw
        )

    def _printed(self, stdout: bytes) -> _Printed | None:
        """An answer as JSON; None where it is plain text. Raises ModelError for one that is not as it must be."""
        if not stdout.lstrip().startswith(b"{"):
            return None
        try:
            data = msgspec.json.decode(stdout)
        except (msgspec.MsgspecError, RecursionError):
            return None
        if not isinstance(data, dict) or not isinstance(data.get("text"), str):
            return None
        try:
            return msgspec.convert(data, type=_Printed)
        except msgspec.ValidationError as error:
            raise ModelError(f"{self.name} printed JSON that is not an answer: {error}") from None


def _digest(words: Sequence[str]) -> str:
    """Hash the program, and the first file among its arguments, which for an interpreter is the program.

    One that was changed gives other answers. Files after that may be what it writes.
    """
    first = Path(shutil.which(words[0]) or words[0])
    found = hashlib.sha256()
    for path in (first, *[one for one in map(Path, words[1:]) if _is_file(one)][:1]):
        if _is_file(path) and path.stat().st_size <= _DIGESTED_BYTES:
            found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() and os.access(path, os.R_OK)
    except (OSError, ValueError):  # a name that no file can have
        return False


def _run(words: Sequence[str], data: bytes, time_s: float, stop: threading.Event) -> _Ended:
    """Run a program in a process group of its own; nothing of the group is left. Raises OSError.

    It reads and writes files without a name, so that nobody has to wait for whoever else holds a pipe.
    """
    file = tempfile.TemporaryFile
    with file() as stdin, file() as stdout, file() as stderr:
        stdin.write(data)
        stdin.seek(0)
        process = subprocess.Popen(  # noqa: S603 - the user's own
            _ended_with_us(words), stdin=stdin, stdout=stdout, stderr=stderr, start_new_session=True
        )
        try:
            with ended_with_us(lambda: _kill_group(process)):
                over = _wait(process, (stdout.fileno(), stderr.fileno()), time.monotonic() + time_s, stop)
        finally:
            _kill_group(process)
            status = process.wait()
        most = os.fstat(stderr.fileno()).st_size
        return _Ended(
            status=status,
            stdout=os.pread(stdout.fileno(), OUTPUT_BYTES, 0),
            stderr=os.pread(stderr.fileno(), _ERROR_BYTES, max(0, most - _ERROR_BYTES)),
            over=over,
        )


def _ended_with_us(words: Sequence[str]) -> Sequence[str]:
    """Have the kernel end a program when we are killed, where that can be had: with the thread that starts it."""
    setpriv, program = shutil.which("setpriv"), shutil.which(words[0])
    if setpriv is None or program is None:
        return words
    return [setpriv, "--pdeathsig", "KILL", "--", program, *words[1:]]


def _wait(process: subprocess.Popen[bytes], files: Sequence[int], until: float, stop: threading.Event) -> str:
    """Wait until it has ended; say what was too much, if anything was.

    Its status is left with the kernel, so that no other process can be given the group's number before it is ended.
    """
    descriptor = os.pidfd_open(process.pid)
    try:
        ended = select.poll()
        ended.register(descriptor, select.POLLIN)
        while not ended.poll(_LOOK_MS):
            if stop.is_set():
                return "stop"
            if time.monotonic() > until:
                return "time"
            if any(os.fstat(file).st_size > OUTPUT_BYTES for file in files):
                return "output"
    finally:
        os.close(descriptor)
    return "output" if any(os.fstat(file).st_size > OUTPUT_BYTES for file in files) else ""


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if process.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)


def _status(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"status {status}"
