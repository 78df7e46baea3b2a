"""Control groups: the kernel's own count of a box's memory, processes and cpu time.

Theory of operation. Each box has a group below `boxscore/` and each run in it a group below that, so the box as a
whole and the run are bounded and counted apart. In the first version of cgroups (v1) there is one tree per controller;
in the second (v2) one tree for all. Groups are named after the engine that made them (pid and start time), so
whatever a killed engine left can be told from what is in use. A process joins a group itself, before it
becomes the program, so nothing ever runs outside. Where groups cannot be written, `find` says None and the
box makes do with rlimits and says so.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import time
from pathlib import Path

from msgspec import Struct

from boxscore._backends._counts import Counts

PARENT = "boxscore"
CONTROLLERS = ("memory", "pids", "cpuacct")
KILL_S = 5.0
_sequence = itertools.count()


class Trees(Struct, frozen=True, kw_only=True):
    """Where each of memory, pids and cpuacct is controlled; in v2 all three are the same folder."""

    memory: Path
    pids: Path
    cpuacct: Path
    unified: bool

    @property
    def roots(self) -> tuple[Path, ...]:
        """Each tree once."""
        return tuple(dict.fromkeys((self.memory, self.pids, self.cpuacct)))


def find(mounts: Path = Path("/proc/self/mounts")) -> Trees | None:
    """Find trees that groups can be made in; None where there are none (not root, or not delegated)."""
    found: dict[str, Path] = {}
    unified: Path | None = None
    for line in mounts.read_text().splitlines():
        _, where, kind, options, *_ = line.split()
        if kind == "cgroup":
            found |= dict.fromkeys(set(options.split(",")) & set(CONTROLLERS), Path(where))
        elif kind == "cgroup2":
            unified = Path(where)
    if set(found) == set(CONTROLLERS):
        trees = Trees(**found, unified=False)
    elif unified is not None:
        trees = Trees(memory=unified, pids=unified, cpuacct=unified, unified=True)
    else:
        return None
    try:
        for root in trees.roots:
            _prepare(root, unified=trees.unified)
    except OSError:
        return None
    return trees


def _prepare(root: Path, *, unified: bool) -> None:
    if unified:
        (root / "cgroup.subtree_control").write_text("+memory +pids")
    parent = root / PARENT
    parent.mkdir(exist_ok=True)
    if unified:
        (parent / "cgroup.subtree_control").write_text("+memory +pids")
    probe = parent / f"{engine_name()}-probe-{next(_sequence)}"
    probe.mkdir()
    probe.rmdir()


def engine_name(pid: int | None = None) -> str:
    """Name a process so that no later process with the same pid is taken for it. Raises OSError if there is none."""
    pid = os.getpid() if pid is None else pid
    stat = Path(f"/proc/{pid}/stat").read_text()
    return f"{pid}-{stat.rpartition(')')[2].split()[19]}"


class Group:
    """One group, in every tree. `close` kills what is in it, waits, and removes it."""

    def __init__(self, trees: Trees, path: str, *, memory_bytes: int, processes: int, holds_groups: bool) -> None:
        self.trees, self.path = trees, path
        self._folders = tuple(root / PARENT / path for root in trees.roots)
        self.counts = Counts(
            cpu=self._in(trees.cpuacct), memory=self._in(trees.memory), pids=self._in(trees.pids), unified=trees.unified
        )
        self._peak_seen = 0
        try:
            for folder in self._folders:
                folder.mkdir()
            self._limit(memory_bytes, processes)
            if trees.unified and holds_groups:
                (self._folders[0] / "cgroup.subtree_control").write_text("+memory +pids")
        except BaseException:
            self.close()
            raise
        self._without_peak = not self.counts.peak_file.exists()

    def _limit(self, memory_bytes: int, processes: int) -> None:
        memory = self._in(self.trees.memory)
        if self.trees.unified:
            (memory / "memory.max").write_text(str(memory_bytes))
            _write_if_there(memory / "memory.swap.max", "0")
        else:
            (memory / "memory.limit_in_bytes").write_text(str(memory_bytes))
            _write_if_there(memory / "memory.memsw.limit_in_bytes", str(memory_bytes))
            _write_if_there(memory / "memory.swappiness", "0")
        (self._in(self.trees.pids) / "pids.max").write_text(str(processes))

    def _in(self, root: Path) -> Path:
        return root / PARENT / self.path

    def child(self, name: str, *, memory_bytes: int, processes: int) -> Group:
        """Make a group inside this one."""
        path = f"{self.path}/{name}"
        return Group(self.trees, path, memory_bytes=memory_bytes, processes=processes, holds_groups=False)

    @property
    def entrances(self) -> tuple[str, ...]:
        """The files to which a process writes `0` to join."""
        return tuple(str(folder / "cgroup.procs") for folder in self._folders)

    def look(self) -> None:
        """Look at the memory that is held now; where the kernel keeps no peak, the highest that was seen is one."""
        self._peak_seen = max(self._peak_seen, self.counts.memory_bytes()) if self._without_peak else 0

    def memory_peak(self) -> int | None:
        """The most memory the group has held, or was seen to hold; None where neither is known."""
        return self.counts.memory_peak() or self._peak_seen or None

    def kill(self) -> None:
        """Kill all that is in the group."""
        for folder in self._folders:
            _kill(folder)

    def close(self) -> None:
        """Kill, wait and remove; a group that is already gone is fine. Raises OSError if it does not empty in 5 s."""
        for folder in self._folders:
            _remove(folder)


def box_group(trees: Trees, *, memory_bytes: int, processes: int) -> Group:
    """Make the group of a new box of this process."""
    name = f"{engine_name()}-{next(_sequence)}"
    return Group(trees, name, memory_bytes=memory_bytes, processes=processes, holds_groups=True)


def _write_if_there(file: Path, text: str) -> None:
    if file.exists():
        with contextlib.suppress(PermissionError, OSError):
            file.write_text(text)


def _kill(folder: Path) -> bool:
    """Kill all below a folder; whether there was anything."""
    found = False
    for file in [*folder.glob("*/cgroup.procs"), folder / "cgroup.procs"]:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError, OSError):
            for pid in set(file.read_text().split()) - {"0"}:  # 0: of a pid namespace we cannot see; kill(0) is us
                found = True
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
    return found


def _remove(folder: Path) -> None:
    deadline = time.monotonic() + KILL_S
    while folder.exists():
        try:
            for child in [path for path in folder.iterdir() if path.is_dir()]:
                child.rmdir()
            folder.rmdir()
        except FileNotFoundError:
            continue
        except OSError:
            if time.monotonic() > deadline:
                raise
            _kill(folder)
            time.sleep(0.002)


def reap(trees: Trees) -> list[str]:
    """Kill and remove the groups of engines that no longer run; return their paths."""
    removed = []
    for root in trees.roots:
        for folder in sorted((root / PARENT).glob("*-*-*")):
            pid, start, _ = folder.name.split("-", 2)
            if folder.is_dir() and not _runs(pid, f"{pid}-{start}"):
                _remove(folder)
                removed.append(str(folder))
    return removed


def _runs(pid: str, name: str) -> bool:
    try:
        return pid.isdigit() and engine_name(int(pid)) == name
    except OSError:
        return False
