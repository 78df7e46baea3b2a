"""Whom a candidate is forked as, and how it is ended whatever it has come to."""

from __future__ import annotations

import os
import signal
import struct
import time
from pathlib import Path

import pytest

from identity import FreshNumbers, NestedNamespaces

REPORT = struct.Struct("<iQ")


class Unreached(FreshNumbers):
    """Its candidate has not taken its number yet, so a kill of all that have it reaches nobody."""

    def _kill(self, number: int) -> None:
        """Reach nobody."""


def test_a_candidate_that_has_not_taken_its_number_is_ended(tmp_path: Path) -> None:
    one = Unreached(1 << 20)
    if one.fork(str(tmp_path)) == 0:
        signal.pause()
        os._exit(0)

    ended, status, *_ = one.end(str(tmp_path), 0.0)

    assert not ended
    assert os.WTERMSIG(status) == signal.SIGKILL


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
