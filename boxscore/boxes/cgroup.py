"""Control groups: the kernel's own count of a box's memory, processes and cpu time.

Theory of operation. Each box has a group below `boxscore/` and each run in it a group below that, so the box as a
whole and the run are bounded and counted apart. In the first version of cgroups (v1) there is one tree per controller;
in the second (v2) one tree for all. A process joins a group itself, before it becomes the program, so nothing ever
runs outside. Where groups cannot be written, `find` says None and the box makes do with rlimits and says so.

Whose a group is: the engine that makes one holds an exclusive `flock` on its folder in the first tree for as long as
the group stands. The kernel lets go of the lock when the engine ends, however it ends, and shows it to every pid
namespace of the machine. So whoever gets the lock may remove the group, and nobody else may. Names say who made a
group (pid and start time there), for people only.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import os
import re
import secrets
import signal
import time
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes import labels
from boxscore.boxes.counts import GroupCounts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PARENT = "boxscore"
CONTROLLERS = ("memory", "pids", "cpuacct")
KILL_S = 5.0
_NAME = re.compile(
    r"([0-9]{1,10})-([0-9]{1,20})-[0-9]+-[0-9a-f]+"
)  # pid and start time of the engine, then the group's
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
    probe = parent / f"probe.{secrets.token_hex(8)}"  # no name that the reaper looks at
    probe.mkdir()
    probe.rmdir()


def engine_name(pid: int | None = None) -> str:
    """Name a process so that no later process with the same pid is taken for it. Raises OSError if there is none."""
    stat = Path(f"/proc/{'self' if pid is None else pid}/stat").read_text()
    return f"{os.getpid() if pid is None else pid}-{stat.rpartition(')')[2].split()[19]}"


class ControlGroup:
    """One group, in every tree. `close` kills what is in it, waits, and removes it.

    `holds_groups` makes it a box's: it may have groups inside, and is locked while it stands.
    """

    def __init__(self, trees: Trees, path: str, *, memory_bytes: int, processes: int, holds_groups: bool) -> None:
        self.trees, self.path = trees, path
        self._folders = tuple(root / PARENT / path for root in trees.roots)
        self.counts = GroupCounts(
            cpu=self._in(trees.cpuacct), memory=self._in(trees.memory), pids=self._in(trees.pids), unified=trees.unified
        )
        self._lock: int | None = None
        try:
            self._make(locked=holds_groups)
            self._limit(memory_bytes, processes)
            if trees.unified and holds_groups:
                (self._folders[0] / "cgroup.subtree_control").write_text("+memory +pids")
        except BaseException:
            self.close()
            raise

    def _make(self, *, locked: bool) -> None:
        first, *others = self._folders
        first.mkdir()
        if locked:
            self._lock = _made_and_locked(first)
        for folder in others:
            folder.mkdir()

    def _limit(self, memory_bytes: int, processes: int) -> None:
        memory = self._in(self.trees.memory)
        name = "memory.max" if self.trees.unified else "memory.limit_in_bytes"
        (memory / name).write_text(str(memory_bytes))
        bound_swap(self.trees, memory, memory_bytes)
        (self._in(self.trees.pids) / "pids.max").write_text(str(processes))

    def _in(self, root: Path) -> Path:
        return root / PARENT / self.path

    def child(self, name: str, *, memory_bytes: int, processes: int) -> ControlGroup:
        """Make a group inside this one."""
        path = f"{self.path}/{name}"
        return ControlGroup(self.trees, path, memory_bytes=memory_bytes, processes=processes, holds_groups=False)

    @property
    def entrances(self) -> tuple[str, ...]:
        """The files to which a process writes `0` to join."""
        return tuple(str(folder / "cgroup.procs") for folder in self._folders)

    def kill(self) -> None:
        """Kill all that is in the group."""
        for folder in self._folders:
            _kill(folder)

    def close(self) -> None:
        """Kill, wait and remove; a group that is already gone is fine. Raises OSError if it does not empty in 5 s."""
        try:
            for folder in self._folders:
                _remove(folder)
        finally:
            if self._lock is not None:
                os.close(self._lock)
                self._lock = None


def box_group(trees: Trees, *, memory_bytes: int, processes: int) -> ControlGroup:
    """Make the group of a new box of this process."""
    name = f"{engine_name()}-{next(_sequence)}-{secrets.token_hex(4)}"  # pids of two namespaces may be the same
    return ControlGroup(trees, name, memory_bytes=memory_bytes, processes=processes, holds_groups=True)


def bound_swap(trees: Trees, folder: Path, memory_bytes: int) -> None:
    """Keep a group from swapping, where the kernel counts swap at all. Raises OSError if it will not have that."""
    name, value = ("memory.swap.max", 0) if trees.unified else ("memory.memsw.limit_in_bytes", memory_bytes)
    if (folder / name).exists():
        (folder / name).write_text(str(value))
    if (folder / "memory.swappiness").exists():
        with contextlib.suppress(OSError):  # no more than a wish
            (folder / "memory.swappiness").write_text("0")


def _kill(folder: Path) -> bool:
    """Kill all below a folder; whether there was anything."""
    found = False
    for file in [*folder.glob("*/cgroup.procs"), folder / "cgroup.procs"]:
        with contextlib.suppress(OSError):
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
    """Kill and remove the groups of dead engines, in whatever pid namespace they ran; return their paths.

    A group that cannot be removed, since its processes are out of sight or it is somebody else's, stays.
    """
    parents = [root / PARENT for root in trees.roots]
    removed: list[str] = []
    for name in sorted({folder.name for parent in parents for folder in parent.glob("*-*-*")}):
        folders = [folder for parent in parents if (folder := parent / name).is_dir()]
        with contextlib.suppress(OSError), _ownerless(parents[0] / name, folders) as free:
            for folder in reversed(folders) if free else ():  # the first, which is locked, goes last
                _remove(folder)
                removed.append(str(folder))
    return removed


def _made_and_locked(folder: Path) -> int:
    """Lock a folder that was just made, and make it again if a reaper was faster; return what holds the lock."""
    while True:
        lock = _opened(folder)
        if lock is not None:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if _is(lock, folder):
                return lock
            os.close(lock)
        with contextlib.suppress(FileExistsError):
            folder.mkdir()


@contextlib.contextmanager
def _ownerless(first: Path, folders: Sequence[Path]) -> Iterator[bool]:
    """Say whether the engine that made a group has ended, by the lock on `first`; meanwhile nobody else takes it.

    Without a lock to judge by, which the folder that was first to be removed had, only what is empty is nobody's; so it
    is for a group that no engine of ours made, and for one whose engine lives here by its name.
    """
    lock = _opened(first)
    if lock is None:
        yield not any(map(_has_processes, folders))
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield _is(lock, first) and (_engine_ended(first.name) or not any(map(_has_processes, folders)))
    finally:
        os.close(lock)


def _engine_ended(name: str) -> bool:
    """Whether a group that nobody holds is one of ours by its name, and no process here is the engine that made it."""
    made = _NAME.fullmatch(name)
    return made is not None and labels.start_time(int(made[1])) != made[2]


def _opened(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None


def _is(descriptor: int, folder: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), folder.stat())
    except FileNotFoundError:
        return False


def _has_processes(folder: Path) -> bool:
    files = [*folder.glob("*/cgroup.procs"), folder / "cgroup.procs"]
    return any(file.read_text().split() for file in files if file.exists())
