"""Who a candidate is, so that it can be told apart from everything else in the box and ended with all it started.

`FreshNumbers`: each candidate and each grader gets user and group numbers that were never used in the box. Needs a
supervisor that may change identity, as in a container or under bubblewrap as root.

`NestedNamespaces`: for an ordinary user's box, in which there is one number only. Each candidate gets user, process and
mount namespaces of its own: it sees no process but its own and has no rights over any other; when the first process
of the namespace ends, the kernel ends all others in it; and all that its number owns is read-only to it, mode and
times too, but for its own folder. Three forks instead of one, so it is slower. Graders have the box's number, which is
the supervisor's too: what one leaves behind is looked for, and may get away. So the host closes such a box after a
caller's tests.
"""

from __future__ import annotations

import os
import resource
import select
import signal
import struct
import time
from typing import TYPE_CHECKING

import confine
import procfs

if TYPE_CHECKING:
    from collections.abc import Sequence

PATIENCE_S = 2.0  # how long a candidate whose pipe has ended may go on; not one that the kernel is ending already
ABSENCE_S = 10.0  # how long killing what it left may take
_PF_EXITING = 0x4  # among the flags of a thread, which gVisor does not show
_REPORT = struct.Struct("<iQ")
_CLONE_NEWUSER, _CLONE_NEWPID, _CLONE_NEWIPC, _CLONE_NEWNS = 0x10000000, 0x20000000, 0x08000000, 0x00020000


def best(first_number: int, shared: Sequence[str]) -> FreshNumbers | NestedNamespaces:
    """Choose the strongest way that works here: fresh numbers where the box has as many as `first_number`.

    `shared` folders are written by all candidates.
    """
    with open("/proc/self/uid_map") as file:
        numbers = sum(int(line.split()[2]) for line in file)
    return FreshNumbers(first_number) if numbers > first_number else NestedNamespaces(shared)


class FreshNumbers:
    """Fresh user and group numbers for each candidate and each grader; `guard` is used by none."""

    layer = "identity"
    filter_first = True  # entering the filter takes a quarter of a millisecond: once here, inherited by each candidate

    def __init__(self, first_number: int) -> None:
        self.guard = self.grader = self.number = first_number
        self.child = 0

    def fork_grader(self) -> int:
        self.number += 1
        self.grader = self.number
        return os.fork()

    def end_grader(self, pid: int) -> int:
        """Kill all processes of the grader's number; return the wait status of its first, which keeps it if it ended.

        What the dead leave to us as their parent is to be waited for (`kill_graders`).
        """
        os.kill(pid, signal.SIGKILL)  # by its pid too: it may not have taken its number yet
        self._kill(self.grader)
        return os.waitpid(pid, 0)[1]

    def kill_graders(self, _children: list[int]) -> None:
        self._kill(self.grader)

    def is_graders(self, pid: int) -> bool:
        """Whether a child that was left to us is of the grader, and not of a candidate."""
        return _owner(str(pid)) == self.grader

    def become_grader(self) -> None:
        confine.change_identity(self.grader)

    def fork(self, folder: str) -> int:
        """Give the folder to the next number and fork the candidate's process; return its pid, 0 in it."""
        self.number += 1
        os.chown(folder, self.number, self.number)
        self.child = os.fork()
        return self.child

    def become_candidate(self, _folder: str) -> None:
        """In the candidate's process: take its identity for good."""
        confine.change_identity(self.number)

    def end(self, folder: str, patience_s: float) -> tuple[bool, int, float, float, int]:
        """Kill all its processes and take its folder back.

        Say if it ended by itself within `patience_s`, its status, cpu times, peak bytes.

        kill(-1) reaches what our real or effective number may signal. So the effective one becomes the candidate's and
        the real one a number that no process has: root's processes are spared, and the candidate, which may signal
        whoever has its number as real or saved one, cannot signal us.
        """
        ended = os.waitid(os.P_PID, self.child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        if not ended and patience_s:
            ended = self.ends_within(patience_s)
        os.kill(self.child, signal.SIGKILL)  # by its pid too: it may not have taken its number yet
        self._kill(self.number)
        os.chown(folder, 0, 0)
        _, status, usage = os.wait4(self.child, 0)
        return ended, status, usage.ru_utime, usage.ru_stime, usage.ru_maxrss * 1024

    def ends_within(self, patience_s: float) -> bool:
        """Wait for the candidate's first process to end; False where it goes on.

        A busy machine may take long over one that is ending. A kill no longer changes its status, so it is not waited
        for here.
        """
        deadline = time.monotonic() + patience_s
        while os.waitid(os.P_PID, self.child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if _is_ending(self.child):
                return True
            if time.monotonic() >= deadline:
                return False
            time.sleep(0.001)
        return True

    def await_absence(self, *, of_grader: bool = False) -> int:
        """Kill until no process has the candidate's number any more, or the grader's; return how many there were.

        For a kernel that does not hand us orphans, and on which forks may escape one kill. Raises TimeoutError.
        """
        number = self.grader if of_grader else self.number
        most, deadline = 0, time.monotonic() + ABSENCE_S
        while left := sum(number == _owner(pid) for pid in _processes()):
            most = max(most, left)
            if time.monotonic() > deadline:
                raise TimeoutError(f"processes of a {'grader' if of_grader else 'candidate'} outlive their end")
            self._kill(number)
            time.sleep(0.001)
        return most

    def _kill(self, number: int) -> None:
        os.setresuid(self.guard, number, 0)
        try:
            os.kill(-1, signal.SIGKILL)
        except ProcessLookupError:
            pass
        finally:
            os.setresuid(0, 0, 0)


class NestedNamespaces:
    """A user and a process namespace for each candidate; its first process is ours and reports how it ended."""

    layer = "identity-namespace"
    filter_first = False  # making namespaces is among what the filter forbids

    def __init__(self, shared: Sequence[str] = ()) -> None:
        self.shared = shared
        self.watcher = self.first = self.child = self.report = 0
        self.reported = b""  # the report of a candidate that had come and gone before it was seen

    def fork_grader(self) -> int:
        return os.fork()

    def end_grader(self, pid: int) -> int:
        os.kill(pid, signal.SIGKILL)
        return os.waitpid(pid, 0)[1]

    def kill_graders(self, children: list[int]) -> None:
        for child in children:
            os.kill(child, signal.SIGKILL)

    def is_graders(self, _pid: int) -> bool:
        """Whether a child that was left to us is of the grader: a candidate's are left to its namespace's first."""
        return True

    def become_grader(self) -> None:
        """Do nothing: there is one number, which the grader shares; being not dumpable protects it."""

    def fork(self, _folder: str) -> int:
        """Fork the candidate's process in its namespaces; return its pid, 0 in it. Raises OSError if there is none."""
        self.report, report = os.pipe2(os.O_CLOEXEC)
        self.watcher = os.fork()
        if self.watcher == 0:
            return self.watch(report)
        os.close(report)
        self.reported = b""
        self.first, self.child = self._begun()
        if not self.first:
            os.close(self.report)
            os.waitpid(self.watcher, 0)
            raise OSError("its namespaces ended before it began")
        return self.child

    def _begun(self) -> tuple[int, int]:
        """Wait for the first process and the candidate; their pids, 0 where the report ended without either."""
        data = _read(self.report, 4)
        if len(data) < 4:
            return 0, 0
        (first,) = struct.unpack("<i", data)
        while not (children := _children(first)):
            if select.select([self.report], (), (), 0.001)[0]:
                self.reported = _read(self.report, _REPORT.size)
                return (first, first) if self.reported else (0, 0)
        return first, children[0]

    def watch(self, report: int) -> int:
        """In the watcher: make the namespaces, fork their first process, wait for it. Returns 0 in the candidate."""
        confine.unshare(_CLONE_NEWUSER | _CLONE_NEWPID | _CLONE_NEWIPC)
        for name, text in (("setgroups", "deny"), ("uid_map", "0 0 1"), ("gid_map", "0 0 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        first = os.fork()
        if first:
            os.write(report, struct.pack("<i", first))
            os.close(report)
            os.waitpid(first, 0)
            os._exit(0)
        candidate = os.fork()
        if candidate == 0:
            return 0
        while True:
            child, status, usage = os.wait4(-1, 0)
            if child == candidate:
                os.write(report, _REPORT.pack(status, usage.ru_maxrss * 1024))
                os._exit(0)

    def become_candidate(self, folder: str) -> None:
        """In the candidate's process: make all but its folder read-only, and give up what a new user namespace gave."""
        confine.unshare(_CLONE_NEWNS)
        confine.bind(folder)
        for mount in ("/proc", "/scratch"):
            confine.make_readonly(mount)
        os.chdir(folder)
        confine.drop_capabilities()

    def await_absence(self, *, of_grader: bool = False) -> int:  # noqa: ARG002 - see `FreshNumbers`
        """Refuse: without orphans that come to us, nothing here shows that a namespace has ended."""
        raise OSError("a box with one user number needs a kernel on which its supervisor can be a subreaper")

    def end(self, folder: str, patience_s: float) -> tuple[bool, int, float, float, int]:
        """Kill all its processes by ending the first of its namespace; see `FreshNumbers.end`."""
        # It is readable also once nobody is left to report.
        ended = bool(self.reported or select.select([self.report], (), (), patience_s)[0])
        if not ended and patience_s and _is_ending(self.child):  # its first process has yet to report that
            ended = bool(select.select([self.report], (), (), ABSENCE_S)[0])
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        held_bytes = _most_held(self.child)  # the kernel tells nobody of what ends with its namespace
        try:
            os.kill(self.first, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.watcher, 0)
        os.chmod(folder, 0o700)  # whatever the candidate made of it
        for one in self.shared:
            os.chmod(one, 0o1777)  # noqa: S103 - as above
        data = self.reported or _read(self.report, _REPORT.size)
        os.close(self.report)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        user, system = after.ru_utime - usage.ru_utime, after.ru_stime - usage.ru_stime
        if len(data) == _REPORT.size:
            status, peak_bytes = _REPORT.unpack(data)
            return True, status, user, system, peak_bytes
        return ended, signal.SIGKILL, user, system, held_bytes


def _read(descriptor: int, count: int) -> bytes:
    """Read `count` bytes, fewer only at the end."""
    data = b""
    while len(data) < count and (part := os.read(descriptor, count - len(data))):
        data += part
    return data


def _processes() -> list[str]:
    return [name for name in procfs.names() if name.isdigit()]


def _owner(pid: str) -> int | None:
    try:
        with open(f"{pid}/status", opener=procfs.opener) as file:
            return next((int(line.split()[1]) for line in file if line.startswith("Uid:")), None)
    except OSError:
        return None


def _is_ending(pid: int) -> bool:
    """Say whether a process runs no code any more: the kernel is ending, or has ended, each of its threads."""
    return all(_flags(f"{pid}/task/{thread}/stat") & _PF_EXITING for thread in procfs.threads(pid))


def _flags(path: str) -> int:
    """Return the kernel's flags of a thread; those of one that is ending where it has ended."""
    try:
        return int(procfs.read(path, 400).rpartition(b")")[2].split()[6])
    except OSError:
        return _PF_EXITING


def _most_held(pid: int) -> int:
    try:
        with open(f"{pid}/status", opener=procfs.opener) as file:
            return next((int(line.split()[1]) << 10 for line in file if line.startswith("VmHWM:")), 0)
    except OSError:
        return 0


def _children(pid: int) -> list[int]:
    try:
        with open(f"{pid}/task/{pid}/children", "rb", buffering=0, opener=procfs.opener) as file:
            return [int(child) for child in file.read(65_536).split()]
    except OSError:
        return []
