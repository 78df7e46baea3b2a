"""The interpreter's code in huge pages; done in a process of its own, since it cannot be undone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"
MOVE = """
import ctypes, os, sys
sys.path.insert(0, sys.argv[1])
import hugepages
if sys.argv[2] == "small":
    assert ctypes.CDLL(None).prctl(41, 1, 0, 0, 0) == 0  # PR_SET_THP_DISABLE
moved = hugepages.move_code()
child = os.fork()
if child == 0:
    os._exit(sum(map(int, "1 2 3".split())))
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 6
maps = open("/proc/self/maps").read()
rights = {line.split()[1] for line in maps.splitlines()}
inside = ctypes.cast(ctypes.pythonapi.Py_GetVersion, ctypes.c_void_p).value
there = next(line.split() for line in maps.splitlines()
             if int(line.split("-")[0], 16) <= inside < int(line.split()[0].split("-")[1], 16))
print(moved, there[1], len(there) == 5, any("w" in right and "x" in right for right in rights))
"""


def moved(how: str) -> list[str]:
    command: list[str | Path] = [sys.executable, "-P", "-c", MOVE, SANDBOX, how]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return done.stdout.split()


def test_code_that_was_moved_runs_and_cannot_be_written() -> None:
    found = moved("huge")

    if found[0] == "False":
        pytest.skip("no huge pages for the interpreter of the tests")
    assert found == ["True", "r-xp", "True", "False"]


GATHER = """
import os, sys
sys.path.insert(0, sys.argv[1])
import hugepages, memory
memory.keep_memory()
kept = [bytes([number % 256]) * 1000 for number in range(int(sys.argv[2]))]
pages = hugepages.gather_heap()
child = os.fork()
if child == 0:
    kept[::2] = [len(one) for one in kept[::2]]
    os._exit(sum(kept[::2]) // len(kept[::2]) % 256)
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
whole = all(one == bytes([number % 256]) * 1000 for number, one in enumerate(kept))
with open("/proc/self/smaps_rollup") as lines:
    huge = next(int(line.split()[1]) for line in lines if line.startswith("AnonHugePages:"))
print(pages, huge >> 11, status, whole, flush=True)
os._exit(0)
"""


def gathered(objects: int) -> tuple[int, int]:
    command: list[str | Path] = [sys.executable, "-P", "-c", GATHER, SANDBOX, str(objects)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    pages, huge, *rest = done.stdout.split()
    assert rest == [str(1000 % 256), "True"]
    return int(pages), int(huge)


def test_a_large_heap_is_gathered_and_keeps_what_it_holds() -> None:
    pages, huge = gathered(60_000)

    if not huge:  # or the kernel has taken apart the few that it found: its memory is in pieces
        pytest.skip("no huge pages for a heap")
    assert pages
