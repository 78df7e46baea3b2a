"""What the kernel counts of a control group: one reader for the files of both versions.

The first version (v1) has a folder for each controller, the second (v2) one for all, and the names of the files
differ. The peak of one run is the kernel's own wherever it can be started anew: v1 by a write, v2 by a write through
a descriptor of one's own (Linux 6.12). Before that `memory.peak` (5.19) is of the group's whole life, which is the
run's if it grew during it; else it is not known.
"""

from __future__ import annotations

import contextlib
import stat
from typing import TYPE_CHECKING, BinaryIO

from msgspec import Struct

if TYPE_CHECKING:
    from pathlib import Path

CHARGE_BYTES = 4 << 20  # a group at its limit may show less, as processors take memory in small lots


class GroupCounts(Struct, frozen=True, kw_only=True):
    """The folders in which a group's cpu time, memory and processes are counted; in v2 all three are the same."""

    cpu: Path
    memory: Path
    pids: Path
    unified: bool

    def cpu_s(self) -> float:
        """Cpu seconds that the group has used."""
        if self.unified:
            return _field(self.cpu / "cpu.stat", "usage_usec") / 1e6
        return int((self.cpu / "cpuacct.usage").read_text()) / 1e9

    def memory_peak(self) -> int | None:
        """The most memory the group has held; None where the kernel does not say (v2 before 5.19)."""
        return _number(self.peak_file)

    @property
    def peak_file(self) -> Path:
        """The file in which the kernel keeps the most memory that the group has held."""
        return self.memory / ("memory.peak" if self.unified else "memory.max_usage_in_bytes")

    @property
    def memory_events(self) -> Path:
        """The file in which the kernel counts the processes that it killed because memory was short."""
        return self.memory / ("memory.events" if self.unified else "memory.oom_control")

    @property
    def for_supervisors(self) -> tuple[Path, ...]:
        """What a supervisor reads in a local box, in the launcher's order."""
        cpu = self.cpu / ("cpu.stat" if self.unified else "cpuacct.usage")
        return self.memory_events, self.memory / "memory.stat", cpu

    def memory_kills(self) -> int:
        """How many processes the kernel killed because memory was short."""
        return _field(self.memory_events, "oom_kill")

    def memory_exhausted(self) -> bool:
        """Whether the group or the one around it has met its limit: else the machine was short of memory."""
        around = (self.memory, self.memory.parent)
        if self.unified:
            return any(_field(folder / "memory.events", "max") for folder in around)
        return any(
            int((folder / "memory.max_usage_in_bytes").read_text()) + CHARGE_BYTES
            >= int((folder / "memory.limit_in_bytes").read_text())
            for folder in around
        )

    def refused_processes(self) -> int:
        """How many times a new process was refused."""
        return _field(self.pids / "pids.events", "max")


class Peak:
    """The most memory that a group holds from now on, until `close`."""

    def __init__(self, counts: GroupCounts) -> None:
        self._counts = counts
        self._before = counts.memory_peak()
        self._own = _started_anew(counts.peak_file)

    def bytes(self) -> int | None:
        """The peak; None where the kernel does not say."""
        if self._own is not None:
            self._own.seek(0)
            return int(self._own.read())
        life = self._counts.memory_peak()
        return life if life is not None and self._before is not None and life > self._before else None

    def close(self) -> None:
        """Let go of the kernel's count."""
        if self._own is not None:
            self._own.close()


def _started_anew(file: Path) -> BinaryIO | None:
    """Start a count anew and keep the descriptor that reads it; None where the kernel or our rights do not allow it."""
    with contextlib.ExitStack() as stack:
        try:
            if not file.stat().st_mode & stat.S_IWUSR:
                return None
            opened = stack.enter_context(file.open("r+b", buffering=0))
            opened.write(b"0")
        except OSError:
            return None
        stack.pop_all()
        return opened


def _number(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except FileNotFoundError:
        return None


def _field(file: Path, name: str) -> int:
    for line in file.read_text().splitlines():
        key, _, value = line.partition(" ")
        if key == name:
            return int(value)
    return 0
