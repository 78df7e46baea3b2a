"""What a program uses where no control group counts: a look at its processes, now and then, from outside.

Between two looks a program may take more than it may; each process alone is bounded by rlimits meanwhile. Pages that
processes share are counted once, by the kernel's proportional sums: those of a process that hides its own count whole.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.records import LimitName

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.records import Limits

LOOK_S = 0.1
CPU_FIELDS = slice(11, 15)  # of /proc/PID/stat behind the name: its own time and that of children that it waited for
TICKS_PER_S, PAGE_BYTES = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGESIZE")


class Audit:
    """Looks at all processes below one, at most every 0.1 s."""

    def __init__(self, limits: Limits) -> None:
        self._limits, self._looked = limits, 0.0
        self.memory_bytes = 0  # the most that was seen

    def over(self, pid: int) -> LimitName | None:
        """Which limit the processes below `pid` have passed together."""
        now = time.monotonic()
        if now - self._looked < LOOK_S:
            return None
        self._looked = now
        found = list(_below(pid))
        held = sum(map(_resident, found))
        if held > self._limits.memory_bytes:
            held = sum(map(_proportional, found))
        self.memory_bytes = max(self.memory_bytes, held)
        if held > self._limits.memory_bytes:
            return LimitName.MEMORY
        return LimitName.CPU if sum(map(_cpu_s, found)) > self._limits.cpu_s + 1 else None


def can_look() -> bool:
    """Whether the kernel lists the children of processes."""
    return Path(f"/proc/self/task/{os.getpid()}/children").exists()


def _below(pid: int) -> Iterator[int]:
    waiting = [pid]
    while waiting:
        tasks = Path(f"/proc/{waiting.pop()}/task")
        with contextlib.suppress(OSError):
            for thread in tasks.iterdir():  # each has the children that it made
                with contextlib.suppress(OSError):
                    found = [int(child) for child in (thread / "children").read_text(encoding="ascii").split()]
                    yield from found
                    waiting += found


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * PAGE_BYTES
    except (OSError, IndexError):
        return 0


def _proportional(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii", errors="replace").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) << 10
    return _resident(pid)


def _cpu_s(pid: int) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        return sum(map(int, fields[CPU_FIELDS])) / TICKS_PER_S
    except (OSError, ValueError):
        return 0.0
