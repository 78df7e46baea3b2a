"""The kernel's own count of a container's cpu time and memory, and the surest way to end what runs in it.

Where the engine is on this machine, its control groups are here: counts are read from files, in microseconds, and
processes are ended from outside while they are frozen, so that no program can outrun it. Elsewhere
counts come from the engine's statistics, and `find` says None.
"""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import time
from pathlib import Path

from msgspec import Struct

from boxscore.boxes.counts import GroupCounts

FREEZE_S = 0.2
GONE = (errno.ENOENT, errno.ENODEV)  # what a control group that is gone answers
KILL_S = 10.0


class Groups(Struct, frozen=True, kw_only=True):
    """One container's control groups: what they count, and the folder that freezes them."""

    counts: GroupCounts
    freezer: Path

    def pids(self) -> frozenset[int]:
        """The processes in the container, by their pids here."""
        return frozenset(int(line) for line in (self.counts.pids / "cgroup.procs").read_text().split()) - {0}

    def is_frozen(self) -> bool:
        """Whether the container is paused."""
        if self.counts.unified:
            return (self.freezer / "cgroup.freeze").read_text().strip() == "1"
        return (self.freezer / "freezer.state").read_text().strip() != "THAWED"

    def kill(self, *, keep: frozenset[int], group: int | None = None) -> None:
        """End all processes but those of `keep` (of one group only, if given) and wait until they are gone.

        Raises PermissionError where this user may not, TimeoutError when something does not go.
        """
        deadline = time.monotonic() + KILL_S
        while targets := self._targets(keep, group):
            self._freeze()
            try:
                for pid in self._targets(keep, group) | targets:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
            finally:
                self._thaw()
            if time.monotonic() > deadline:
                raise TimeoutError(f"processes {sorted(targets)} of the box do not end")
            time.sleep(0.002)

    def end(self) -> None:
        """End all processes, and with them the container, whose control groups may go meanwhile."""
        try:
            self.kill(keep=frozenset())
        except OSError as error:
            if error.errno not in GONE:
                raise

    def _targets(self, keep: frozenset[int], group: int | None) -> frozenset[int]:
        found = self.pids() - keep
        return found if group is None else frozenset(pid for pid in found if group in _groups(pid))

    def _freeze(self) -> None:
        if self.counts.unified:
            (self.freezer / "cgroup.freeze").write_text("1")
            return
        state = self.freezer / "freezer.state"
        state.write_text("FROZEN")
        until = time.monotonic() + FREEZE_S
        while state.read_text().strip() != "FROZEN" and time.monotonic() < until:
            time.sleep(0.0005)

    def _thaw(self) -> None:
        if self.counts.unified:
            (self.freezer / "cgroup.freeze").write_text("0")
        else:
            (self.freezer / "freezer.state").write_text("THAWED")


def find(pid: int, container_id: str, proc: Path = Path("/proc")) -> Groups | None:
    """Find the groups of the container whose first process is `pid`; None when they are not on this machine."""
    try:
        lines = (proc / str(pid) / "cgroup").read_text(encoding="ascii").splitlines()
        mounts = _mounts(proc / "self/mounts")
    except OSError:
        return None
    folders = {}
    for line in lines:
        _, names, path = line.split(":", 2)
        if container_id not in path:
            continue
        for name in names.split(","):
            if name in mounts:
                folders[name] = mounts[name] / path.lstrip("/")
    groups = _assemble(folders)
    return groups if groups is not None and (groups.counts.pids / "cgroup.procs").exists() else None


def _assemble(folders: dict[str, Path]) -> Groups | None:
    if {"cpuacct", "memory", "pids", "freezer"} <= folders.keys():
        counts = GroupCounts(cpu=folders["cpuacct"], memory=folders["memory"], pids=folders["pids"], unified=False)
        return Groups(counts=counts, freezer=folders["freezer"])
    one = folders.get("")
    if one is None or not (one / "memory.events").exists():
        return None
    return Groups(counts=GroupCounts(cpu=one, memory=one, pids=one, unified=True), freezer=one)


def _mounts(file: Path) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup":
            found |= dict.fromkeys(options.split(","), Path(where))
        elif kind == "cgroup2":
            found[""] = Path(where)
    return found


def _groups(pid: int) -> frozenset[int]:
    try:
        for line in Path(f"/proc/{pid}/status").read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("Gid:"):
                return frozenset(int(word) for word in line.split()[1:])
    except OSError:
        pass
    return frozenset()
