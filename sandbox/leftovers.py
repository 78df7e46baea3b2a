"""What a candidate leaves behind: processes, files, and the kernel's count of those it ended for memory."""

from __future__ import annotations

import errno
import os

import frames
import procfs

CHARGE_BYTES = 4 << 20  # a group at its limit may show less, as processors take memory in small lots


class OutOfMemoryCounter:
    """The box's cgroup's own count of processes that were killed for memory, where it can be read.

    A local box does not see the file: its launcher leaves it open and says under which number in `VARIABLE`.
    """

    PATHS = ("/sys/fs/cgroup/memory.events", "/sys/fs/cgroup/memory/memory.oom_control")
    PEAKS = ("/sys/fs/cgroup/memory/memory.max_usage_in_bytes", "/sys/fs/cgroup/memory/memory.limit_in_bytes")
    VARIABLE = "BOX_MEMORY_EVENTS"

    def __init__(self, number: str | None) -> None:
        paths = [path for path in self.PATHS if os.path.exists(path)]
        if number is not None:
            self.file: int | None = int(number)
        else:
            self.file = os.open(paths[0], os.O_RDONLY | os.O_CLOEXEC) if paths else None
        self.peaks = self.PEAKS if number is None and self.PATHS[1] in paths else ()
        self.last = b""  # what the file held when it was read
        self.seen = self.read()

    def read(self) -> int:
        if self.file is None:
            return 0
        self.last = os.pread(self.file, 4096, 0)
        for line in self.last.split(b"\n"):
            if line.startswith(b"oom_kill "):
                return int(line.split()[1])
        return 0

    def poll(self) -> int:
        """Say (as a leaving) whether the count has risen since the last call, by the box's own limit."""
        before, self.seen = self.seen, self.read()
        return frames.OUT_OF_MEMORY if self.seen > before and self.met_its_limit() else 0

    def met_its_limit(self) -> bool:
        """Whether the box has ever held what it may: else the machine had no memory left, and its kernel chose us.

        True where that cannot be told.
        """
        if not self.peaks:
            return True
        try:
            peak, limit = map(_number, self.peaks)
        except (OSError, ValueError):
            return True
        return peak + CHARGE_BYTES >= limit


def _number(path: str) -> int:
    with open(path, "rb") as file:
        return int(file.read(64))


def children() -> list[int]:
    path = f"self/task/{os.getpid()}/children"
    with open(path, "rb", buffering=0, opener=procfs.opener) as file:
        data = b""
        while part := file.read(65_536):
            data += part
    return [int(pid) for pid in data.split()]


def empty(folder: str) -> None:
    """Remove all that is in a folder, however deep, without following links.

    Inner folders are moved up before they are emptied, so that no path gets longer than the kernel takes. The names
    that they get there are random: one that can be guessed may be taken. Each becomes ours before, for in a sticky one
    nobody but its owner removes what others own.
    """
    left = sweep(folder)
    while left:
        path = os.path.join(folder, left.pop())
        os.chown(path, os.geteuid(), -1)
        for name in sweep(path):
            left.append(f".emptied-{os.urandom(16).hex()}")
            os.rename(os.path.join(path, name), os.path.join(folder, left[-1]))
        os.rmdir(path)


def sweep(folder: str) -> list[str]:
    """Remove what is directly in a folder, by one call each; return the names of the folders that are not empty."""
    left: list[str] = []
    with os.scandir(folder) as found:
        entries = list(found)
    for entry in entries:
        if not entry.is_dir(follow_symlinks=False):
            os.unlink(entry.path)
            continue
        try:
            os.rmdir(entry.path)
        except OSError as error:
            if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                raise
            left.append(entry.name)
    return left


# The nodes of a box whose times every candidate may set, and the next one may read.
#
# To set the times of a file to now takes the right to write to it, which everybody has for devices and symbolic links.
# Where they are on a read-only mount (in a local box) the kernel refuses it; elsewhere they are set back here.

FOLDER = "/dev"
_EPOCH = (0, 0)


def resettable(shared: list[str]) -> list[str]:
    """Set the times of /dev, its nodes and the folders that candidates share to the epoch; list those that allow it.

    Files in shared folders are not among them: they are removed after each candidate.
    """
    found = [FOLDER, *shared]
    for inner, folders, names in os.walk(FOLDER):
        if inner in shared:
            folders.clear()
            continue
        found += (os.path.join(inner, name) for name in (*folders, *names))
    return [path for path in dict.fromkeys(found) if _reset(path)]


def reset(paths: list[str]) -> None:
    """Set the times of nodes to the epoch. Raises OSError when one of them refuses."""
    for path in paths:
        os.utime(path, ns=_EPOCH, follow_symlinks=False)


def _reset(path: str) -> bool:
    try:
        reset([path])
    except OSError:
        return False
    return True
