"""One program in a local box: started through the launcher, talked to, ended, and its end explained."""

from __future__ import annotations

import collections
import contextlib
import errno
import functools
import os
import select
import signal
import subprocess
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.boxes.contract import SEND_S, Completed
from boxscore.boxes.local import bwrap
from boxscore.boxes.local.audit import Audit
from boxscore.boxes.process import Finished, kill_group, run_process, wake
from boxscore.errors import BoxError, BoxLost, LossCause
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.cgroup import ControlGroup


START_CPU_S = 0.05  # what entering a box costs, counted by the group along with the program

TAIL_BYTES = 1 << 16

STOP_S, WAKE_S, FATE_S = 10.0, 0.2, 2.0

READ_BYTES, PENDING_MAX = 1 << 18, 64 << 20

NOT_STARTED = 127


def run_program(  # noqa: PLR0913 - a program has that many sides
    place: ProgramPlace,
    plan: bytes,
    *,
    stdin: bytes,
    limits: Limits,
    halted: Callable[[], bool],
    interrupted: Callable[[], bool] = lambda: False,
) -> Completed:
    """Run a program to its end under limits.

    Raises BoxLost if the launcher did not start or end the program, or the machine did; and once it is `halted`.
    """
    audit = Audit(limits)

    def watch(pid: int) -> LimitName | None:
        if halted():
            raise BoxLost("the box was halted")
        if interrupted():
            return LimitName.WALL
        if place.group is None:
            return audit.over(pid)
        return LimitName.CPU if place.group.counts.cpu_s() > limits.cpu_s + START_CPU_S else None

    with contextlib.ExitStack() as stack:
        link = Link(place, plan, stack)
        done = run_process(
            link.command,
            stdin=stdin,
            env=link.env,
            pass_fds=link.descriptors,
            wall_s=limits.wall_s,
            output_bytes=limits.output_bytes,
            watch=watch,
            stop=link.end,
            started=link.started,
        )
        stood, report = link.report()
    killed = place.group is not None and place.group.counts.memory_kills() > 0
    if killed and place.group is not None and not place.group.counts.memory_exhausted():
        problem = "the machine ran out of memory and its kernel killed a program that was within its limit"
        raise BoxLost(problem, cause=LossCause.OUTSIDE)
    if report is None and done.limit is None and not killed:
        message = done.stderr[-300:].decode(errors="replace").strip()
        raise BoxLost(f"the program's launcher ended early (status {done.exit_code}, started: {stood}): {message}")
    return _completed(place, done, report, limits)


def _completed(place: ProgramPlace, done: Finished, report: LauncherReport | None, limits: Limits) -> Completed:
    code = -signal.SIGKILL if report is None else report.code
    stderr = done.stderr
    if report is not None and report.error:
        code, stderr = NOT_STARTED, f"cannot be started: {errno.errorcode.get(report.error, report.error)}\n".encode()
    group = place.group
    cpu_s = report.cpu_s if report is not None else None if group is None else group.counts.cpu_s()
    peak = group.counts.memory_peak() if group is not None else None if report is None else report.memory_bytes
    completed = Completed(
        exit_code=code if code >= 0 else None,
        signal=-code if code < 0 else None,
        stdout=done.stdout,
        stderr=stderr,
        stdout_truncated=done.stdout_truncated,
        stderr_truncated=done.stderr_truncated,
        cpu_s=cpu_s,
        wall_s=done.wall_s,
        memory_bytes=peak,
    )
    return structs.replace(completed, limit=done.limit or _limit(place, completed, limits))


def _limit(place: ProgramPlace, completed: Completed, limits: Limits) -> LimitName | None:
    """Find the limit that a program ran into which ended by itself."""
    if place.group is not None and place.group.counts.memory_kills():
        return LimitName.MEMORY
    if completed.exit_code == 0:
        return None
    used = completed.cpu_s or 0.0
    if completed.signal == signal.SIGXCPU or (completed.signal == signal.SIGKILL and used >= limits.cpu_s):
        return LimitName.CPU
    if completed.signal == signal.SIGXFSZ or os.statvfs(place.scratch).f_bavail == 0:
        return LimitName.DISK
    if place.group is not None and place.group.counts.refused_processes():
        return LimitName.PROCESSES
    return None


STOPPED = "the program in the box has been stopped"


class Program:
    """A running program's standard input and output; `stop` may be called again."""

    def __init__(self, place: ProgramPlace, plan: bytes) -> None:
        self._place, self._tail = place, collections.deque[bytes]()
        self._stack = contextlib.ExitStack()
        with contextlib.ExitStack() as stack:
            self._link = Link(place, plan, stack)
            self._process = subprocess.Popen(  # noqa: S603 - our own command line; no shell reads it
                self._link.command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                pass_fds=self._link.descriptors,
                env=self._link.env,
                start_new_session=True,
            )
            self._link.started()
            self._stack = stack.pop_all()
        self._stdin, self._stdout, self._stderr = (
            pipe.fileno()
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr)
            if pipe is not None
        )
        os.set_blocking(self._stdin, False)
        self._pending, self._ended = bytearray(), False
        # No descriptor is closed under who reads or writes it: its number would be given again.
        self._reading, self._writing = threading.Lock(), threading.Lock()
        self._drainer = threading.Thread(target=self._drain, name="boxscore-stderr", daemon=True)
        self._drainer.start()

    def send(self, data: bytes, timeout_s: float = SEND_S) -> None:
        """See `Stream.send`. A pipe may hold as little as a page or two: the kernel bounds all of a user's together."""
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[self._write(rest) :]
            except BlockingIOError:
                self._make_room(timeout_s)
            except OSError as error:
                raise BoxLost(f"the program in the box has gone: {error.strerror}") from error

    def _write(self, data: memoryview) -> int:
        with self._writing:
            if self._stdin < 0:
                raise BoxLost(STOPPED)
            return os.write(self._stdin, data)

    def _make_room(self, timeout_s: float) -> None:
        """Wait until something moves; a program that writes more than we keep is as one that does not read."""
        with self._reading:
            self._make_room_while_open(timeout_s)

    def _make_room_while_open(self, timeout_s: float) -> None:
        if self._stdin < 0:
            raise BoxLost(STOPPED)
        poll = select.poll()
        poll.register(self._stdin, select.POLLOUT)
        if len(self._pending) < PENDING_MAX and not self._ended:
            poll.register(self._stdout, select.POLLIN)
        ready = [descriptor for descriptor, _ in poll.poll(timeout_s * 1000)]
        if not ready:
            raise TimeoutError(f"the program in the box read no input for {timeout_s} s")
        if self._stdout in ready:
            part = os.read(self._stdout, READ_BYTES)
            self._ended = not part
            self._pending += part

    def receive(self, max_bytes: int, timeout_s: float) -> bytes:
        """Read at least one byte and at most `max_bytes`; b"" at the end. Raises TimeoutError after `timeout_s`."""
        with self._reading:
            if self._stdout < 0:
                raise BoxLost(STOPPED)
            if self._pending:
                part = bytes(self._pending[:max_bytes])
                del self._pending[: len(part)]
                return part
            poll = select.poll()
            poll.register(self._stdout, select.POLLIN)
            if not poll.poll(max(0.0, timeout_s) * 1000):
                raise TimeoutError(f"the program in the box wrote no output for {timeout_s} s")
            return os.read(self._stdout, max_bytes)

    def fate(self) -> LossCause:
        """See `Stream.fate`: the launcher's report, which nothing in the box can write, and the group's own count."""
        try:
            self._process.wait(FATE_S)
        except subprocess.TimeoutExpired:
            return LossCause.UNKNOWN
        with self._reading:
            if self._stdout < 0:  # stopped meanwhile, by another thread
                return LossCause.UNKNOWN
            _, report = self._link.report()
            if report is not None and report.code >= 0:
                return LossCause.INSIDE
            group = self._place.group
            if group is not None and group.counts.memory_kills() and group.counts.memory_exhausted():
                return LossCause.INSIDE
            return LossCause.OUTSIDE

    def stop(self) -> str:
        """End the program and all it started, wait for that, and return the tail of its standard error."""
        self._link.end()
        try:
            self._wait()
        except subprocess.TimeoutExpired as error:
            kill_group(self._process)
            self._process.wait()
            raise BoxError(f"a program did not end within {STOP_S:.0f} s and was killed") from error
        finally:
            self._drainer.join(STOP_S)
            self._close()
        return b"".join(self._tail)[-TAIL_BYTES:].decode(errors="replace")

    def _wait(self) -> None:
        until = time.monotonic() + STOP_S
        while True:
            try:
                self._process.wait(WAKE_S)
            except subprocess.TimeoutExpired:
                if time.monotonic() > until:
                    raise
                wake(self._process.pid)
            else:
                return

    def _drain(self) -> None:
        held = 0
        while data := os.read(self._stderr, 1 << 14):
            self._tail.append(data)
            held += len(data)
            while held - len(self._tail[0]) >= TAIL_BYTES:
                held -= len(self._tail.popleft())

    def _close(self) -> None:
        with self._reading, self._writing:
            for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
                if pipe is not None:
                    with contextlib.suppress(BrokenPipeError):
                        pipe.close()
            self._stdin = self._stdout = -1
            self._stack.close()


REPORT_BYTES = 512


class ProgramPlace:
    """Where a program is to run, and how it gets there."""

    def __init__(
        self,
        enter: Callable[..., list[str]],
        *,
        python: str,
        group: ControlGroup | None,
        seccomp: bytes | None,
        scratch: int,
    ) -> None:
        self.enter, self.python, self.group, self.seccomp, self.scratch = enter, python, group, seccomp, scratch
        self.counts: tuple[
            Path, ...
        ] = ()  # the files of its group that a program is to read, as the launcher names them


class LauncherReport(Struct, frozen=True, kw_only=True):
    """What the launcher says of the program."""

    code: int
    cpu_s: float
    memory_bytes: int
    error: int


def memory_file(data: bytes, stack: contextlib.ExitStack) -> int:
    """Hold bytes in an anonymous file, to be read from its start by a child; closed with the stack."""
    descriptor = os.memfd_create("boxscore")
    stack.callback(os.close, descriptor)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _opened(file: Path, stack: contextlib.ExitStack) -> int:
    """Open a file for reading alone, for a child that cannot see its path; closed with the stack."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    return descriptor


@functools.cache
def _launcher() -> str:
    return Path(__file__).with_name("launcher.py").read_text(encoding="utf-8")


class Link:
    """The launcher's pipes and the command that starts it."""

    def __init__(self, place: ProgramPlace, plan: bytes, stack: contextlib.ExitStack) -> None:
        self._theirs = stack.enter_context(contextlib.ExitStack())
        self._report, report = os.pipe()
        control, self._control = os.pipe()
        self._ending = threading.Lock()
        stack.callback(os.close, self._report)
        stack.callback(self.end)
        self._theirs.callback(os.close, report)
        self._theirs.callback(os.close, control)
        plan_file = memory_file(plan, self._theirs)
        seccomp = None if place.seccomp is None else memory_file(place.seccomp, self._theirs)
        counts = [_opened(file, self._theirs) for file in place.counts]
        given = [plan_file, report, control, *counts]
        program = [place.python, "-I", "-S", "-c", _launcher(), *map(str, given)]
        command = place.enter(program, seccomp=seccomp)
        self.command = bwrap.joined(() if place.group is None else place.group.entrances, command)
        self.descriptors = [*given, *([] if seccomp is None else [seccomp])]
        self.env = {"PATH": os.environ.get("PATH", os.defpath)}

    def started(self) -> None:
        """Close the child's ends, so that the end of either side is seen by the other."""
        self._theirs.close()

    def end(self) -> None:
        """Tell the launcher to end; safe to repeat, from any thread."""
        with self._ending:
            if self._control >= 0:
                os.close(self._control)
                self._control = -1

    def report(self) -> tuple[bool, LauncherReport | None]:
        """Whether the launcher stood, and what it reported; strictly read, as hostile code may hold the other end."""
        os.set_blocking(self._report, False)
        try:
            text = os.read(self._report, REPORT_BYTES).decode()
            started, _, line = text.partition("\n")
            code, cpu_s, memory, error = line.split()
            return started == "started", LauncherReport(
                code=int(code), cpu_s=float(cpu_s), memory_bytes=int(memory), error=int(error)
            )
        except BlockingIOError:
            return False, None
        except ValueError:
            return text.startswith("started\n"), None
