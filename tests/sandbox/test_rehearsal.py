"""The rehearsal before the first fork; in a process of its own, as it plays with descriptors that pytest may use."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"
REHEARSE = """
import os, signal, sys
sys.path.insert(0, sys.argv[1])
used = os.memfd_create("used")  # a file of counts that has the number of a candidate's pipe, as in a box
os.write(used, b"123000")
os.environ["BOX_CPU_USAGE"] = str(used)
while os.open("/dev/null", os.O_RDWR) < 4:
    pass
import rehearsal, streams, usage
played = __import__(sys.argv[2])

def state():
    kept = (0, 1, 2, 3, 4)
    numbers = sorted(int(name) for name in os.listdir("/proc/self/fd"))[:-1]  # the last is the listing's own
    return (numbers, [os.readlink(f"/proc/self/fd/{number}") for number in kept],
            [os.get_inheritable(number) for number in kept], signal.getsignal(signal.SIGPROF), os.getcwd(),
            os.listdir(sys.argv[3]), [sys.stdin, sys.stdout, sys.stderr, sys.__stdin__, sys.__stdout__, sys.__stderr__],
            sys.argv, list(sys.path), sys.modules["__main__"])

counts = usage.BoxCounts(sys.argv[3])
before = state()
reports = played.rehearse(streams.Host(), 1000, counts)
assert state() == before, (before, state())
os.write(1, reports)
os.write(2, os.read(0, 1000))
"""


def rehearsed(part: str, scratch: Path) -> tuple[list[dict[str, Any]], bytes]:
    command: list[str | Path] = [sys.executable, "-P", "-c", REHEARSE, SANDBOX, part, scratch]
    done = subprocess.run(command, input=b"the host's", capture_output=True, check=True, timeout=120)
    verdicts, data = [], done.stdout
    while data:
        (size,) = struct.unpack_from("<I", data)
        verdicts.append(json.loads(data[4 : 4 + size]))
        data = data[4 + size :]
    return verdicts, done.stderr


@pytest.mark.parametrize("part", ["rehearsal", "program_rehearsal"])
def test_each_turn_is_graded_as_a_sample_that_passes(part: str, tmp_path: Path) -> None:
    verdicts, _ = rehearsed(part, tmp_path)

    assert [verdict["number"] for verdict in verdicts] == list(range(len(verdicts)))
    assert {one["outcome"] for verdict in verdicts for one in verdict.get("cases", [verdict])} == {"passed"}
    assert len(verdicts) > 8  # the calls after which Python adapts a function


@pytest.mark.parametrize("part", ["rehearsal", "program_rehearsal"])
def test_nothing_is_read_of_what_the_host_sends_and_all_is_as_before(part: str, tmp_path: Path) -> None:
    _, left = rehearsed(part, tmp_path)

    assert left == b"the host's"
