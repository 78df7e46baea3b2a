"""Whom a candidate is forked as, and how it is ended whatever it has come to."""

from __future__ import annotations

import os
import signal
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import confine
from identity import FreshNumbers, NestedNamespaces

if TYPE_CHECKING:
    from collections.abc import Callable

REPORT = struct.Struct("<iQ")
CLONE_NEWPID = 0x20000000


class Short(NestedNamespaces):
    """Makes no namespaces: what would watch them writes a first process' number and a report, and ends."""

    def __init__(self, written: bytes) -> None:
        super().__init__()
        self.written = written

    def watch(self, report: int) -> int:
        os.write(report, self.written)
        os._exit(0)


class Unreached(FreshNumbers):
    """Its candidate has not taken its number yet, so a kill of all that have it reaches nobody."""

    def _kill(self, number: int) -> None:
        """Reach nobody."""


def gone() -> int:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    return pid


def test_a_candidate_that_has_not_taken_its_number_is_ended(tmp_path: Path) -> None:
    one = Unreached(1 << 20)
    if one.fork(str(tmp_path)) == 0:
        signal.pause()
        os._exit(0)

    ended, status, *_ = one.end(str(tmp_path), 0.0)

    assert not ended
    assert os.WTERMSIG(status) == signal.SIGKILL


@pytest.mark.parametrize("begun", [True, False])
def test_namespaces_that_end_before_the_candidate_begins(tmp_path: Path, begun: bool) -> None:  # noqa: FBT001
    one = Short(struct.pack("<i", gone()) if begun else b"")

    with pytest.raises(OSError, match="ended before it began"):
        one.fork(str(tmp_path))

    with pytest.raises(ProcessLookupError):
        os.kill(one.watcher, 0)


def test_a_candidate_that_came_and_went(tmp_path: Path) -> None:
    pid = gone()
    one = Short(struct.pack("<i", pid) + REPORT.pack(127 << 8, 5 << 20))

    assert one.fork(str(tmp_path)) == pid
    ended, status, _, _, peak_bytes = one.end(str(tmp_path), 0.0)
    assert (ended, os.waitstatus_to_exitcode(status), peak_bytes) == (True, 127, 5 << 20)


def test_the_memory_of_one_that_is_ended_is_its_own(tmp_path: Path) -> None:
    one, ours = NestedNamespaces(), os.getpid()
    try:
        child = one.fork(str(tmp_path))
    except OSError as error:
        if os.getpid() != ours:
            os._exit(1)  # what was to watch it; nobody else runs these tests on
        pytest.skip(f"no namespaces here: {error}")
    if child == 0:
        held = bytearray(100 << 20)
        os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(len(held) & 1)
    while "stopped" not in Path(f"/proc/{child}/status").read_text():
        time.sleep(0.001)

    _, status, _, _, peak_bytes = one.end(str(tmp_path), 0.0)

    assert status == signal.SIGKILL
    assert peak_bytes > 100 << 20


class Late(NestedNamespaces):
    """Makes no namespaces; its first process takes its time to tell how the candidate ended."""

    def watch(self, report: int) -> int:
        os.write(report, struct.pack("<i", os.getpid()))
        candidate = os.fork()
        if candidate == 0:
            return 0
        os.wait()
        time.sleep(0.5)
        os.write(report, REPORT.pack(7 << 8, 5 << 20))
        os._exit(0)


def test_how_one_ended_is_waited_for(tmp_path: Path) -> None:
    go, begin = os.pipe()
    one = Late()
    child = one.fork(str(tmp_path))
    if child == 0:
        os.read(go, 1)
        os._exit(7)
    os.write(begin, b"x")

    ended, status, _, _, peak_bytes = one.end(str(tmp_path), 60.0)

    assert (ended, os.waitstatus_to_exitcode(status), peak_bytes) == (True, 7, 5 << 20)
    os.close(go)
    os.close(begin)


def test_the_report_of_one_that_has_ended_is_waited_for(tmp_path: Path) -> None:
    one = Late()
    if one.fork(str(tmp_path)) == 0:
        os._exit(7)

    ended, status, *_ = one.end(str(tmp_path), 0.01)

    assert (ended, os.waitstatus_to_exitcode(status)) == (True, 7)


class SlowToEnd(FreshNumbers):
    """Its candidate is the first process of a namespace: the kernel ends it only when another one there is reaped."""

    other = 0

    def fork(self, folder: str) -> int:
        confine.unshare(CLONE_NEWPID)
        go, begin = os.pipe()
        child = super().fork(folder)
        if child:
            self.other = os.fork()
            if self.other == 0:
                os.closerange(3, 1 << 10)
                signal.pause()
        os.close(begin)
        if not child:
            os.read(go, 1)  # a namespace whose first process has ended takes no other
        os.close(go)
        return child

    def reap_after(self, seconds: float) -> None:
        """Let the kernel go on with the candidate's end then, or as soon as that has begun.

        No thread can start beside a namespace for children. What has not ended yet is not waited for, or a busy machine
        that comes here before the candidate's end would stay here.
        """

        def reap(*_: object) -> None:
            if os.waitpid(self.other, os.WNOHANG)[0]:
                signal.setitimer(signal.ITIMER_REAL, 0)

        signal.signal(signal.SIGALRM, reap)
        signal.setitimer(signal.ITIMER_REAL, seconds, 0.05)


def in_a_process(act: Callable[[], None]) -> int:
    child = os.fork()
    if child == 0:
        try:
            act()
            os._exit(0)
        finally:
            os._exit(1)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.timeout(60)
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
@pytest.mark.parametrize("goes_on", [False, True])
def test_one_that_is_ending_has_ended_by_itself(tmp_path: Path, goes_on: bool) -> None:  # noqa: FBT001
    def act() -> None:
        one = SlowToEnd(1 << 20)
        pipe, its_end = os.pipe()
        if one.fork(str(tmp_path)) == 0:
            os.close(its_end)
            while goes_on:
                signal.pause()
            os._exit(7)
        os.close(its_end)
        os.read(pipe, 1)  # until its end is closed
        one.reap_after(0.5)

        ended, status, *_ = one.end(str(tmp_path), 0.1)

        assert (ended, os.waitstatus_to_exitcode(status)) == ((False, -signal.SIGKILL) if goes_on else (True, 7))

    assert in_a_process(act) == 0
