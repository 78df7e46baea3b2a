"""What all processes of a candidate use together, whether anybody waits for them or not.

Where the box has a control group whose counts can be read, these say it: what they count of ours (the grader, which is
this process, and its parent, the supervisor) is taken off. Elsewhere the candidate's processes are looked for in /proc,
by their user number and the depth of their process namespace. What one used that has gone meanwhile is kept as far as
it was seen, so the sum may be too small there, never too large.
"""

from __future__ import annotations

import os
import time
from typing import NamedTuple

import procfs

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
MOST_THREADS = 256  # threads of a process whose waiting is looked at
PROCESSORS = os.cpu_count() or 1
SLACK_BYTES = 64 << 20  # of what the group counts: the candidate's log, the kernel's lots


class Spent(NamedTuple):
    """Cpu seconds, seconds that one of its threads had to wait for a processor, and whether some may be missing.

    They may where no group counts and processes come and go.
    """

    cpu_s: float
    delay_s: float
    unsure: bool = False


class BoxCounts:
    """The counts of the box's control group; a local box's launcher leaves the files open and tells their numbers."""

    CPU = ("BOX_CPU_USAGE", "/sys/fs/cgroup/cpuacct/cpuacct.usage", "/sys/fs/cgroup/cpu.stat")
    MEMORY = ("BOX_MEMORY_STAT", "/sys/fs/cgroup/memory/memory.stat", "/sys/fs/cgroup/memory.stat")

    def __init__(self, scratch: str, *others: str, alone: bool = False) -> None:
        """Open the counts; files are held in `scratch` and in `others`.

        `alone`: the kernel is the box's own (gVisor's), so that what it holds is the box's.
        """
        self.scratch, self.folders = scratch, (scratch, *others)
        self.cpu, self.memory, self.alone = _opened(*self.CPU), _opened(*self.MEMORY), alone

    def cpu_s(self) -> float:
        """Return the cpu seconds of the box without the grader's and the supervisor's."""
        if self.cpu is None:
            return 0.0
        data = os.pread(self.cpu, 4096, 0)
        used = int(data.split()[1]) / 1e6 if data.startswith(b"usage_usec") else int(data) / 1e9
        return used - time.process_time() - _clock(os.getppid())

    def memory_bytes(self) -> int:
        """Return the memory that candidates hold, without their files, at the least; 0 where nobody counts it."""
        held = self.held_bytes()
        if held == 0:
            return 0
        return held - sum(map(_files, self.folders)) - _anonymous("self") - _anonymous(os.getppid())

    def standing_bytes(self) -> int:
        """Return what a box without a candidate holds beside this process: the supervisor, and what was left."""
        supervisor = _anonymous(os.getppid())
        return max(supervisor, self.held_bytes() - _anonymous("self"))

    def held_bytes(self) -> int:
        """Return the memory of everything in the box, with files that are held in it; 0 where nobody counts it."""
        if self.memory is not None:
            fields = dict(line.split(b" ", 1) for line in os.pread(self.memory, 16_384, 0).splitlines())
            return sum(int(fields.get(name, 0)) for name in (b"rss", b"anon", b"shmem", b"swap"))
        if self.alone:
            lines = dict(line.split(b":", 1) for line in _read("meminfo").splitlines())
            return int(lines.get(b"AnonPages", b"0").split()[0]) << 10  # with files in memory: gVisor tells no others
        return 0


class Usage:
    """One candidate's processes; make it before the candidate starts, then name its first process."""

    def __init__(self, counts: BoxCounts | None) -> None:
        self.counts, self.pid = counts, 0
        self.before = 0.0 if counts is None else counts.cpu_s()
        self.key: tuple[bytes, int] | None = None
        self.cpu, self.delay = Highest(), Highest()
        self.began = time.monotonic()
        self.pids: set[str] = set()  # as of the last look

    def spent(self) -> Spent:
        cpu_s, delay_s = _clock(self.pid), _delay(self.pid)
        if self.counts is None:
            return Spent(cpu_s, delay_s)
        seen = self.look()
        all_s = seen.cpu_s if self.counts.cpu is None else self.counts.cpu_s() - self.before
        unsure = seen.unsure and self.counts.cpu is None
        return Spent(self.possible(max(cpu_s, all_s)), max(delay_s, seen.delay_s), unsure)

    def look(self) -> Spent:
        if self.key is None:
            key = _key(self.pid)
            self.key = None if key in (_key("self"), _key(os.getppid())) else key  # it has not got its own yet
        pids = [pid for pid in procfs.names() if pid.isdigit() and self.key is not None and _key(pid) == self.key]
        came, self.pids = set(pids) - self.pids, set(pids)
        cpu_s, delay_s = sum(map(_ticks, pids)) / TICKS_PER_S, max(map(_delay, pids), default=0.0)
        return Spent(self.possible(self.cpu.of(cpu_s)), self.delay.of(delay_s), bool(came))

    def possible(self, cpu_s: float) -> float:
        """Hold a sum to what all processors can have done: gVisor counts a process that waits as one that runs."""
        return min(cpu_s, PROCESSORS * (time.monotonic() - self.began))

    def memory_bytes(self) -> int:
        """Return the memory that its processes hold together, at the least; 0 where nobody counts it."""
        return 0 if self.counts is None else self.counts.memory_bytes()


class Highest:
    """A sum over things of which some go away, with what they had: what has been seen to go is kept."""

    def __init__(self) -> None:
        self.best = self.lost = 0.0

    def of(self, total: float) -> float:
        """Return the sum with what was lost; it never falls."""
        self.lost = max(self.lost, self.best - total)
        self.best = total + self.lost
        return self.best


def _files(folder: str) -> int:
    space = os.statvfs(folder)
    return (space.f_blocks - space.f_bfree) * space.f_frsize


def _opened(variable: str, *paths: str) -> int | None:
    number = os.environ.get(variable)
    if number is not None:
        return int(number)
    path = next((path for path in paths if os.path.exists(path)), None)
    if path is None or (path.count("/") == 4 and not _is_own_root()):
        return None
    return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


def _is_own_root() -> bool:
    """Whether the one tree of the second version is seen from the box's own group: else it counts the machine."""
    with open("/proc/self/cgroup") as file:
        return file.read().strip() == "0::/"


def _clock(pid: int) -> float:
    """Return the cpu seconds of one process, without its children; 0 once it is gone."""
    try:
        return time.clock_gettime(~pid << 3 | 2)  # the kernel's name for a process' cpu clock
    except OSError:
        return 0.0


def _read(path: str) -> bytes:
    try:
        return procfs.read(path, 8192)
    except OSError:
        return b""


def _delay(pid: int | str) -> float:
    """Return the seconds in which that thread of a process which waited most for a processor was ready; 0 if unknown.

    Not their sum: threads and processes that wait for each other are not kept from running by anybody else, and what
    they waited at the same time is one time.
    """
    found = (_read(f"{pid}/task/{task}/schedstat").split() for task in procfs.threads(pid)[:MOST_THREADS])
    return max((int(fields[1]) for fields in found if len(fields) > 1), default=0) / 1e9


def _ticks(pid: str) -> int:
    fields = _read(f"{pid}/stat").rpartition(b")")[2].split()
    return sum(map(int, fields[11:15]))


def _key(pid: int | str) -> tuple[bytes, int] | None:
    """Return the real user number of a process, and how deep its process namespace is; None where it is gone."""
    fields = _fields(pid)
    return (fields[b"Uid"].split()[0], len(fields.get(b"NSpid", b"").split())) if b"Uid" in fields else None


def _anonymous(pid: int | str) -> int:
    """Return the memory of a process' own; under gVisor, which does not tell it apart, all that it holds."""
    fields = _fields(pid)
    return int(fields.get(b"RssAnon", fields.get(b"VmRSS", b"0")).split()[0]) << 10


def _fields(pid: int | str) -> dict[bytes, bytes]:
    lines = (line.partition(b":") for line in _read(f"{pid}/status").splitlines())
    return {name: value for name, _, value in lines}
