"""A box's processor: taken, watched, left to others and taken again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from placement import AWAY_S, CROWDED, Watch, spread_out

SANDBOX = Path(__file__).resolve().parents[2] / "sandbox"
SETTLE = """
import os, sys, time
sys.path.insert(0, sys.argv[1])
import placement
placement.LOOK_S = float(sys.argv[3])
settled = placement.settle(int(sys.argv[2]))
print(settled, *os.sched_getaffinity(0), flush=True)
sys.stdin.read()
"""
several = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="there is one processor")


def looks(*others: float, seconds: float = 1.0) -> list[bool]:
    watch, now, total = Watch(0.0, 0.0), 0.0, 0.0
    found = []
    for used in others:
        now, total = now + seconds, total + used
        found.append(watch.stays(now, total))
    return found


def test_a_processor_that_nobody_else_uses_is_kept() -> None:
    assert looks(0.0, CROWDED / 2, CROWDED / 2, -0.1) == [True] * 4


def test_a_crowded_processor_is_left_and_tried_again() -> None:
    away = int(AWAY_S)

    found = looks(*[0.9] * (4 * away + 2))

    assert found[: 2 * away] == [False] * away + [True] + [False] * (away - 1)
    assert found.count(True) == 2
    assert looks(0.9, *[0.0] * away) == [False] * away + [True]


@pytest.mark.parametrize(
    ("cores", "usable", "spread"),
    [
        ([(0, 0), (0, 0), (0, 1), (0, 1)], [0, 1, 2, 3], [0, 2, 1, 3]),
        ([(0, 0), (0, 1), (0, 0), (0, 1)], [0, 1, 2, 3], [0, 1, 2, 3]),
        ([(0, 0), (1, 0), (0, 0), (1, 0)], [1, 3, 2], [1, 2, 3]),
        ([], [0, 1, 5], [0, 1, 5]),
    ],
    ids=["threads of a core side by side", "far apart", "two sockets, some processors", "nothing is said of cores"],
)
def test_boxes_beside_each_other_are_on_cores_of_their_own(
    cores: list[tuple[int, int]], usable: list[int], spread: list[int]
) -> None:
    blocks = (
        f"processor\t: {number}\nflags\t\t: a b\nphysical id\t: {socket}\ncore id\t\t: {core}\n"
        for number, (socket, core) in enumerate(cores)
    )

    assert spread_out(usable, "\n".join(blocks).encode()) == spread


def settled(place: int, *, look_s: float) -> subprocess.Popen[str]:
    command = [sys.executable, "-P", "-c", SETTLE, str(SANDBOX), str(place), str(look_s)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


@several
def test_a_box_leaves_its_processor_to_somebody_who_works_there() -> None:
    usable = os.sched_getaffinity(0)
    with settled(0, look_s=1.0) as process:
        assert process.stdout is not None
        processor = process.stdout.readline().split()[-1]  # all of them are told where it has left already
        busy = ["taskset", "--cpu-list", processor, sys.executable, "-c", "while True: pass"]
        other = subprocess.Popen(["timeout", "100", *busy])
        try:
            deadline = time.monotonic() + 90
            while (now := os.sched_getaffinity(process.pid)) != usable and time.monotonic() < deadline:
                time.sleep(0.05)
        finally:
            other.terminate()
            other.wait(timeout=30)
        process.communicate(timeout=60)

    assert now == usable
