"""Where the processes of a box run: all on one processor, for as long as nobody else wants that one.

Grader, supervisor and candidate wait for each other, so they lose nothing by sharing a processor, and each wake-up
finds it awake and its cache warm. It concerns speed alone. Candidates have one processor then and cannot choose
another: their filter lets `sched_setaffinity` do nothing. Their time is counted as before.

Whoever else works on that processor would share it with the whole box while others stand idle. So a process of its own
looks at what is used there beside the box, and lets the box leave for a while. (The supervisor cannot: it is under its
candidates' filter.) It is a child of nobody in the box, has no descriptor but a pipe that ends with the supervisor, and
keeps its capabilities, as the kernel lets nobody move who has more. Where it cannot do its work the box stays where it
is.
"""

from __future__ import annotations

import os
import select
import time

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
LOOK_S = 1.0  # between looks at who else works there: what is counted in ticks must be many of them
CROWDED = 0.4  # of a processor's time, used by others: more than what brings a box its samples and takes its verdicts
AWAY_S, LONGEST_AWAY_S = 4.0, 64.0  # how long a box stays away, twice as long each time
BUSY = (1, 2, 3, 6, 7)  # user, nice, system and both kinds of interrupts, in a line of /proc/stat
OWN = slice(11, 15)  # user and system time, its own and of children it waited for, after the name in /proc/PID/stat


def settle(place: int) -> bool:
    """Bring this process and all that it forks to one processor, and have that watched; say whether it was done.

    `place` tells the boxes of an engine apart. Call it before there are orphans for this process to wait for.
    """
    try:
        usable = sorted(os.sched_getaffinity(0))
        if len(usable) < 2:
            return False
        spread = spread_out(usable, _read("/proc/cpuinfo", 1 << 22))
        own = Own(os.getpid(), usable, spread[place % len(usable)])
        own.used_by_others_s()  # raises where that cannot be told
        own.stay()
        _start_watch(own)
    except (OSError, ValueError):
        return False
    return True


class Own:
    """A process with its children, and the processor that is theirs."""

    def __init__(self, pid: int, usable: list[int], processor: int) -> None:
        self.pid, self.usable, self.processor = pid, usable, processor

    def stay(self) -> None:
        """Have it run there alone; its children that are alive stay where they are."""
        os.sched_setaffinity(self.pid, {self.processor})

    def leave(self) -> None:
        os.sched_setaffinity(self.pid, self.usable)

    def used_by_others_s(self) -> float:
        """Return the seconds that the processor has worked for others; as of some moment, as only differences tell."""
        used = sum(map(self._used_s, (self.pid, *_numbers(f"/proc/{self.pid}/task/{self.pid}/children"))))
        return busy_s(_read("/proc/stat"), self.processor) - used

    def _used_s(self, pid: int) -> float:
        try:
            fields = _read(f"/proc/{pid}/stat").rpartition(b")")[2].split()
        except OSError:
            return 0.0
        return sum(map(int, fields[OWN])) / TICKS_PER_S


class Watch:
    """Decides, look by look, whether to stay: `now` is in seconds, `others` what others have used by then."""

    def __init__(self, now: float, others: float) -> None:
        self.now, self.others = now, others
        self.back_at, self.away_s = 0.0, AWAY_S  # 0 while it stays

    def stays(self, now: float, others: float) -> bool:
        if self.back_at:
            if now < self.back_at:
                return False
            self.back_at = 0.0
        elif others - self.others > CROWDED * (now - self.now):
            self.back_at, self.away_s = now + self.away_s, min(2 * self.away_s, LONGEST_AWAY_S)
            return False
        self.now, self.others = now, others
        return True


def watch(own: Own, ended: int) -> None:
    """Look at the processor from time to time until the descriptor `ended` has ended. Raises OSError, ValueError."""
    decides, stays = Watch(time.monotonic(), own.used_by_others_s()), True
    while not select.select([ended], (), (), LOOK_S)[0]:
        before, stays = stays, decides.stays(time.monotonic(), own.used_by_others_s())
        if stays != before:
            (own.stay if stays else own.leave)()


def spread_out(usable: list[int], cpuinfo: bytes) -> list[int]:
    """Order processors so that those beside each other are of different cores, as long as there are any.

    Two processors of one core are slower than two cores. `cpuinfo` is /proc/cpuinfo, which may say nothing of cores.
    """
    cores: dict[int, object] = {}
    for block in cpuinfo.split(b"\n\n"):
        fields = dict(line.split(b":", 1) for line in block.splitlines() if b":" in line)
        found = {name.strip(): value.strip() for name, value in fields.items()}
        if found.get(b"processor", b"").isdigit() and b"core id" in found:
            cores[int(found[b"processor"])] = (found.get(b"physical id"), found[b"core id"])
    turns: dict[object, int] = {}
    order = []
    for processor in usable:
        core = cores.get(processor, processor)
        turns[core] = turns.get(core, -1) + 1
        order.append((turns[core], processor))
    return [processor for _, processor in sorted(order)]


def busy_s(stat: bytes, processor: int) -> float:
    """Read from /proc/stat how long a processor has worked. Raises ValueError where it does not say."""
    for line in stat.splitlines():
        fields = line.split()
        if fields and fields[0] == b"cpu%d" % processor:
            return sum(int(fields[at]) for at in BUSY) / TICKS_PER_S
    raise ValueError(f"/proc/stat says nothing of processor {processor}")


def _start_watch(own: Own) -> None:
    """Fork the process that watches; its parent ends at once, so that the box's init waits for it."""
    ended, _lives = os.pipe2(os.O_CLOEXEC)  # the other end stays open as long as this process and its graders
    child = os.fork()
    if child:
        os.close(ended)
        os.waitpid(child, 0)
        return
    try:
        if os.fork() == 0:
            null = os.open("/dev/null", os.O_RDWR)
            for number, descriptor in enumerate((null, null, null, ended)):
                os.dup2(descriptor, number)
            os.closerange(4, os.sysconf("SC_OPEN_MAX"))
            os.sched_setaffinity(0, own.usable)
            watch(own, 3)
    finally:
        os._exit(0)


def _numbers(path: str) -> list[int]:
    return [int(word) for word in _read(path).split()]


def _read(path: str, most: int = 1 << 16) -> bytes:
    """Read a file of /proc, some of which come a page at a time."""
    data = b""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        while len(data) < most and (part := os.read(descriptor, most - len(data))):
            data += part
    finally:
        os.close(descriptor)
    return data
