"""How much a program in a local box may have, in the words of control groups and of rlimits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boxscore.records import Limits

SUPERVISOR_BYTES, SUPERVISOR_PROCESSES = 512 << 20, 32
SUPERVISED_CPU_S = 1803  # a reference's share, twice, and the supervisor's own margin
FILE_BYTES, STACK_BYTES, OPEN_FILES = 16 << 20, 8 << 20, 264  # a candidate's 256, and the supervisor's own
PLUMBING_PROCESSES = 4  # shell, nsenter, bubblewrap and launcher stand beside each program


def bounds(limits: Limits, *, supervised: bool) -> tuple[int, int]:
    """Bytes and processes for a program and the plumbing around it; a supervisor needs some for itself."""
    extra = (SUPERVISOR_BYTES, SUPERVISOR_PROCESSES) if supervised else (0, 0)
    return limits.memory_bytes + extra[0], limits.processes + extra[1] + PLUMBING_PROCESSES


def rlimits(limits: Limits, *, supervised: bool, counted: bool) -> list[tuple[str, int, int]]:
    """What each process may use: name, soft and hard limit.

    Where groups count (`counted`), cpu time is only a backstop here; where not, these are the only bounds on memory,
    processes and cpu time.
    """
    cpu_s = math.ceil(limits.cpu_s)
    found = [("RLIMIT_CORE", 0, 0), ("RLIMIT_FSIZE", limits.disk_bytes, limits.disk_bytes)]
    if counted:
        return [*found, ("RLIMIT_CPU", cpu_s + 1, cpu_s + 2)]
    memory, processes = bounds(limits, supervised=supervised)
    return [
        *found,
        ("RLIMIT_CPU", cpu_s, cpu_s + 1),
        ("RLIMIT_AS", memory, memory),
        ("RLIMIT_NPROC", processes, processes),
    ]


def needed_limits(limits: Limits, *, supervised: bool) -> dict[str, int]:
    """Say what hard limits a box needs, by the names of `resource`: what its programs are given, and room for them."""
    memory, processes = bounds(limits, supervised=supervised)
    cpu_s = 2 * math.ceil(limits.cpu_s) + 3
    return {
        "NPROC": processes,
        "AS": memory,
        "DATA": memory,
        "FSIZE": max(limits.disk_bytes, FILE_BYTES),
        "CPU": max(cpu_s, SUPERVISED_CPU_S) if supervised else cpu_s,
        "STACK": STACK_BYTES,
        "NOFILE": OPEN_FILES,
    }
