"""The first process of a program's own pid namespace in a local box: starts it, waits for it, reports.

Theory of operation. This file is delivered as source text and run inside the box by `python3 -I -S -c`, so it may
use the standard library only. It is pid 1 of a namespace that holds one program and all it starts; when it exits
the kernel kills the rest and its parent learns of its end only after that, which makes "all gone" a plain wait.
It ends when the program ends, or when the engine closes the control pipe (or dies, which closes it too). The
program runs under another identity where there is one, cannot signal pid 1 and does not inherit the pipes.
Nothing it writes is trusted further than what the program could say by its own exit status.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import select
import sys
import warnings  # which os.execvpe would import from the image, whose Python may be none or another  # noqa: F401

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

PR_SET_DUMPABLE, PR_CAPBSET_DROP = 4, 24
PR_SET_SECCOMP, SECCOMP_FILTER = 22, 2
CLONE_NEWNS = 0x20000
MS_BIND, MS_REC, MS_PRIVATE, MNT_DETACH = 0x1000, 0x4000, 0x40000, 2
PIVOT_ROOT = {"x86_64": 155, "aarch64": 41}
LAST_CAPABILITY = 40
LAST_STREAM = 2
CAPABILITY_VERSION_3 = 0x20080522
COUNTS = ("BOX_MEMORY_EVENTS", "BOX_MEMORY_STAT", "BOX_CPU_USAGE")  # a supervisor's modules look for them
REPORT = "{} {} {} {}\n"  # exit code or minus the signal, cpu seconds, peak bytes of the largest process, errno of exec


def change_root(libc: ctypes.CDLL, root: str) -> None:
    """Make a folder the root of a mount namespace of our own; what was the root before is in it no more."""
    place = root.encode()
    if (
        libc.unshare(CLONE_NEWNS)
        or libc.mount(None, b"/", None, MS_REC | MS_PRIVATE, None)
        or libc.mount(place, place, None, MS_BIND | MS_REC, None)  # the kernel lets no inherited mount be a root
        or libc.chdir(place)
        or libc.syscall(PIVOT_ROOT[os.uname().machine], b".", b".")
        or libc.umount2(b".", MNT_DETACH)
    ):
        raise OSError(ctypes.get_errno(), "change of root")
    os.chdir("/")


def filter_calls(libc: ctypes.CDLL, program: bytes) -> None:
    """Apply a seccomp filter; bubblewrap has seen to it that nobody gains privileges any more."""
    held = ctypes.create_string_buffer(program, len(program))

    class Filter(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("words", ctypes.c_void_p))

    wanted = Filter(len(program) // 8, ctypes.addressof(held))
    if libc.prctl(PR_SET_SECCOMP, SECCOMP_FILTER, ctypes.byref(wanted), 0, 0):
        raise OSError(ctypes.get_errno(), "seccomp")


def become(plan: dict[str, Any]) -> None:
    """Take the program's root, limits and identity; after this nothing can be won back."""
    libc = ctypes.CDLL(None, use_errno=True)
    if plan["root"] is not None:
        change_root(libc, plan["root"])
        libc.prctl(PR_SET_DUMPABLE, 1, 0, 0, 0)  # so that its files in /proc are its own
    for name, soft, hard in plan["rlimits"]:
        resource.setrlimit(getattr(resource, name), (soft, hard))
    with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123 - pathlib takes 5 ms to import
        file.write(str(plan["oom_score_adj"]))
    kept = sum(1 << capability for capability in plan["capabilities"])
    for capability in range(LAST_CAPABILITY + 1):
        if not kept >> capability & 1:
            libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    if plan["uid"] is not None:
        os.setgroups([])
        os.setresgid(plan["uid"], plan["uid"], plan["uid"])
        os.setresuid(plan["uid"], plan["uid"], plan["uid"])
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    low, high = kept & 0xFFFFFFFF, kept >> 32
    if libc.capset(header, (ctypes.c_uint32 * 6)(low, low, low, high, high, high)):
        raise OSError(ctypes.get_errno(), "capset")
    if plan["seccomp"] is not None:
        filter_calls(libc, bytes.fromhex(plan["seccomp"]))


def program(plan: dict[str, Any], failed: int) -> NoReturn:
    """Become the program; report why over `failed` (closed by a successful exec) when that cannot be."""
    try:
        become(plan)
        os.umask(0o022)
        os.setsid()
        os.chdir(plan["cwd"])
        os.execvpe(plan["argv"][0], plan["argv"], plan["env"])  # noqa: S606 - it is what a launcher does
    except OSError as error:
        os.write(failed, str(error.errno).encode())
    except BaseException:  # noqa: BLE001 - a forked child must never go on as its parent
        os.write(failed, b"-1")
    os._exit(127)


def wait(child: int, control: int) -> int | None:
    """Wait for the program, reaping orphans; None when the engine closed the control pipe first."""
    finished = os.pidfd_open(child)
    poll = select.poll()
    poll.register(finished, select.POLLIN)
    poll.register(control, select.POLLIN | select.POLLHUP)
    while True:
        ready = [fd for fd, _ in poll.poll(200)]
        if control in ready:
            return None
        while True:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == child:
                return os.waitstatus_to_exitcode(status)
            if pid == 0:
                break


def main() -> NoReturn:
    """Run the plan that the first descriptor holds; the second takes the report, the third is the control pipe.

    Three more are the program's: the counts of its control group, of which variables tell the numbers.
    """
    source, report, control, *counts = (int(number) for number in sys.argv[1:])
    with open(source) as file:  # noqa: PTH123 - a descriptor
        plan = json.load(file)
    plan["env"].update(zip(COUNTS, map(str, counts)))  # noqa: B905 - none of them, or all
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - pathlib takes 5 ms to import
        if int(name) > LAST_STREAM and int(name) not in counts:
            with contextlib.suppress(OSError):  # the descriptor of the listing itself
                os.set_inheritable(int(name), False)  # noqa: FBT003 - no keyword exists
    if plan["root"] is not None:  # what this process has mounted is not the program's to see
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)
    failure, failed = os.pipe()
    os.write(report, b"started\n")
    child = os.fork()
    if child == 0:
        program(plan, failed)
    os.close(failed)
    for stream in (0, 1, 2):
        os.close(stream)
    error = os.read(failure, 16).decode() or "0"
    status = wait(child, control)
    if status is not None:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu_s = usage.ru_utime + usage.ru_stime
        os.write(report, REPORT.format(status, cpu_s, usage.ru_maxrss * 1024, error).encode())
    os._exit(0)


if __name__ == "__main__":
    main()
