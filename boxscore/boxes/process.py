"""Run one POSIX process to its end: bounded output, our own clock, the whole group killed and waited for.

Theory of operation. The child leads its own session, so one signal reaches all that did not leave it; those that
leave it are the caller's to contain (a pid namespace, a cgroup). One thread does everything: a selector feeds
standard input, drains both outputs to their end (what is over the limit is read and dropped), and watches a pidfd for
the end of the child. `wait4` collects status and usage together.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import signal
import subprocess
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING

from msgspec import Struct

from boxscore.records import LimitName

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

CHUNK = 1 << 16
TICK_S = 0.02
MOST_STEP_S = 2.0  # a step of a wait that takes longer shows that this process stood still
DRAIN_S = 2.0  # how long outputs are still read when the child has ended but something else holds them open
STOP_S = 5.0  # how long a stopped child may take to end before its group is killed outright


class Finished(Struct, frozen=True, kw_only=True):
    """How a process ended. `limit` is set where we ended it; `exit_code` or `signal` is set, never both."""

    exit_code: int | None
    signal: int | None
    stdout: bytes
    stderr: bytes
    stdout_truncated: bool
    stderr_truncated: bool
    cpu_s: float
    wall_s: float
    memory_bytes: int
    limit: LimitName | None


class Sink:
    """Keeps the first `limit` bytes it is given and counts the rest."""

    def __init__(self, limit: int) -> None:
        self.limit, self.kept, self.truncated = limit, bytearray(), False

    def feed(self, data: bytes) -> None:
        """Take what a stream gave."""
        room = self.limit - len(self.kept)
        self.kept += data[:room]
        self.truncated |= len(data) > room


def kill_group(process: subprocess.Popen[bytes]) -> None:
    """Kill the child's whole process group; a group that is already gone is fine."""
    if process.returncode is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def wake(pid: int) -> None:
    """Continue a process and all below it: what somebody has stopped can neither end in order nor see others end."""
    with contextlib.suppress(OSError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
            wake(int(child))
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.kill(pid, signal.SIGCONT)


def _go_on(process: subprocess.Popen[bytes]) -> None:
    """Continue the child alone if it has stopped: nsenter stops itself along with what it started, and stays so."""
    with contextlib.suppress(ChildProcessError):  # it has ended
        if os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG) is not None:
            os.kill(process.pid, signal.SIGCONT)


class WallClock:
    """The seconds that a program may take: without those in which this process stood still, or the box was `frozen`.

    A step that takes longer than any of ours does shows the first; it counts as MOST_STEP_S.
    """

    def __init__(self, limit_s: float, frozen: Callable[[], bool] = lambda: False) -> None:
        self._left_s, self._frozen, self._at = limit_s, frozen, time.monotonic()

    def left_s(self, now: float) -> float:
        """Count the step up to `now`; return what is left of the time."""
        if not self._frozen():
            self._left_s -= min(now - self._at, MOST_STEP_S)
        self._at = now
        return self._left_s


class _Run:
    """One process being run; the state shared by the selector's callbacks."""

    def __init__(self, process: subprocess.Popen[bytes], stdin: bytes, output_bytes: int) -> None:
        self.process, self.pending = process, memoryview(stdin)
        self.stdout, self.stderr = Sink(output_bytes), Sink(output_bytes)
        self.ended = False
        self.child = os.pidfd_open(process.pid)
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.child, selectors.EVENT_READ, None)
        for stream, sink in ((process.stdout, self.stdout), (process.stderr, self.stderr)):
            if stream is not None:
                os.set_blocking(stream.fileno(), False)
                self.selector.register(stream, selectors.EVENT_READ, sink)
        if process.stdin is not None:
            os.set_blocking(process.stdin.fileno(), False)
            self.selector.register(process.stdin, selectors.EVENT_WRITE, None)

    def step(self, timeout_s: float) -> None:
        """Move what bytes can be moved."""
        for key, _ in self.selector.select(timeout_s):
            if key.fileobj == self.child:
                self.ended = True
                self.selector.unregister(self.child)
            elif key.fileobj is self.process.stdin:
                self._write(self.process.stdin)
            else:
                self._read(key.fileobj, key.data)  # type: ignore[arg-type]

    def _write(self, stream: IO[bytes]) -> None:
        try:
            written = os.write(stream.fileno(), self.pending[:CHUNK]) if self.pending else 0
        except BlockingIOError:
            return
        except BrokenPipeError:
            written = len(self.pending)
        self.pending = self.pending[written:]
        if not self.pending:
            self.selector.unregister(stream)
            stream.close()

    def _read(self, stream: IO[bytes], sink: Sink) -> None:
        with contextlib.suppress(BlockingIOError):
            data = os.read(stream.fileno(), CHUNK)
            if not data:
                self.selector.unregister(stream)
                stream.close()
            sink.feed(data)

    @property
    def open_outputs(self) -> bool:
        """Whether an output has not reached its end."""
        return any(isinstance(key.data, Sink) for key in self.selector.get_map().values())

    def close(self) -> None:
        """Give back every descriptor."""
        self.selector.close()
        os.close(self.child)
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()


def run_process(  # noqa: PLR0913 - one process has that many sides
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    env: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
    wall_s: float,
    output_bytes: int,
    watch: Callable[[int], LimitName | None] = lambda _: None,
    stop: Callable[[], None] | None = None,
    started: Callable[[], None] = lambda: None,
) -> Finished:
    """Run `argv` to its end and return how it ended.

    `watch` is asked every 20 ms which limit the child, whose pid it gets, has passed; that, or the wall clock, ends the
    run: with a `stop` that is called first and the child given 5 s to end; then, or at once without one, the group is
    killed. An exception on the way kills the group at once. `started` is called once the child runs. Too much output
    ends nothing: it is dropped and flagged. Raises OSError if the child cannot be started.
    """
    begun = time.monotonic()
    process = subprocess.Popen(  # noqa: S603 - the caller's own argv; no shell
        list(argv),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=None if env is None else dict(env),
        pass_fds=tuple(pass_fds),
        start_new_session=True,
    )
    run = _run_of(process, stdin, output_bytes)
    try:
        started()
        limit = _until_end(run, WallClock(wall_s), watch)
        if limit is not None:
            _stop(run, stop)
        _drain(run)
    finally:
        status, usage = _wait(process)
        run.close()
    code = os.waitstatus_to_exitcode(status)
    return Finished(
        exit_code=code if code >= 0 else None,
        signal=-code if code < 0 else None,
        stdout=bytes(run.stdout.kept),
        stderr=bytes(run.stderr.kept),
        stdout_truncated=run.stdout.truncated,
        stderr_truncated=run.stderr.truncated,
        cpu_s=usage[0],
        wall_s=time.monotonic() - begun,
        memory_bytes=usage[1],
        limit=limit,
    )


def _run_of(process: subprocess.Popen[bytes], stdin: bytes, output_bytes: int) -> _Run:
    """Watch a child; where that cannot be, for want of descriptors mostly, it is ended before the error goes on."""
    try:
        return _Run(process, stdin, output_bytes)
    except BaseException:
        _wait(process)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()
        raise


def _until_end(run: _Run, clock: WallClock, watch: Callable[[int], LimitName | None]) -> LimitName | None:
    checked = 0.0
    while not run.ended:
        now = time.monotonic()
        left_s = clock.left_s(now)
        if left_s <= 0:
            return LimitName.WALL
        if now - checked >= TICK_S:
            checked = now
            _go_on(run.process)
            limit = watch(run.process.pid)
            if limit is not None:
                return limit
        run.step(min(TICK_S, left_s))
    return None


def _stop(run: _Run, stop: Callable[[], None] | None) -> None:
    deadline = time.monotonic() if stop is None else time.monotonic() + STOP_S
    if stop is not None:
        stop()
        wake(run.process.pid)
    while not run.ended and time.monotonic() < deadline:
        run.step(TICK_S)
    kill_group(run.process)


def _drain(run: _Run) -> None:
    deadline = time.monotonic() + DRAIN_S
    while run.open_outputs and time.monotonic() < deadline:
        run.step(TICK_S)


def _wait(process: subprocess.Popen[bytes]) -> tuple[int, tuple[float, int]]:
    kill_group(process)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    return status, (usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)
