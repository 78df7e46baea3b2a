"""Run programs that may take minutes, so that each of them ends when this process does."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

_END_S = 2.0
_running: set[subprocess.Popen[bytes]] = set()  # of this process, as signals are
_ends: list[Callable[[], object]] = []
_lock = threading.Lock()


def run_child(
    command: Sequence[str], *, timeout_s: float, env: Mapping[str, str] | None = None, data: bytes | None = None
) -> subprocess.CompletedProcess[bytes]:
    """Run a program to its end, in a process group of its own, with `data` as its input; return what it printed.

    Raises OSError if it cannot be started, subprocess.TimeoutExpired when all of the group has been ended.
    """
    pipe = subprocess.PIPE
    with subprocess.Popen(  # noqa: S603 - our own words
        command,
        stdin=subprocess.DEVNULL if data is None else pipe,
        stdout=pipe,
        stderr=pipe,
        env=env,
        start_new_session=True,
    ) as process:
        with _lock:
            _running.add(process)
        try:
            stdout, stderr = process.communicate(data, timeout=timeout_s)
        except BaseException:
            _end([process])
            raise
        finally:
            with _lock:
                _running.discard(process)
    return subprocess.CompletedProcess(list(command), process.returncode, stdout, stderr)


@contextmanager
def ended_with_us(end: Callable[[], object]) -> Iterator[None]:
    """Have `end_children` call `end`, from a thread of its own, if this process leaves while the block runs."""
    with _lock:
        _ends.append(end)
    try:
        yield
    finally:
        with _lock:
            _ends.remove(end)


def end_children() -> None:
    """End all programs that `run_child` waits for and all that is `ended_with_us`, in any thread, and return soon.

    They have a moment to tidy up.
    """
    with _lock:
        processes, ends = list(_running), list(_ends)
    threads = [threading.Thread(target=_quietly, args=(end,), name="boxscore-end", daemon=True) for end in ends]
    for thread in threads:
        thread.start()
    _end(processes)
    until = time.monotonic() + _END_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _forget() -> None:
    """In a forked child: what the parent runs is the parent's to end."""
    global _lock  # noqa: PLW0603 - a lock that another thread of the parent held is never released here
    _lock = threading.Lock()
    _running.clear()
    _ends.clear()


os.register_at_fork(after_in_child=_forget)


def _quietly(end: Callable[[], object]) -> None:
    with suppress(Exception):  # we leave in any case, and nobody is left to tell
        end()


def _end(processes: Sequence[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        _signal(process, signal.SIGTERM)
    until = time.monotonic() + _END_S
    while time.monotonic() < until and any(process.poll() is None for process in processes):
        time.sleep(0.02)
    for process in processes:
        _signal(process, signal.SIGKILL)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
