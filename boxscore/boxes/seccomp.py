"""Seccomp filters as BPF programs, assembled here: what no program in a local box may ask of the kernel.

The policy is a list of refusals on top of a box that already has no capabilities, no network and its own
namespaces: it takes away the parts of the kernel that are rich in holes (new namespaces, mounts, tracing, io_uring,
bpf, keys) and that graded code has no use for. Refused calls fail with EPERM, so programs that only probe go
on. `clone3` fails with ENOSYS, as its flags cannot be seen by a filter; C libraries then use `clone`.
Calls through another architecture's table (32-bit, x32) end the process.

Nobody may drop pages of files from the kernel's cache, nor ask which are in it: that outlives a box, so it would tell
the next one something. Advice is answered as if it had been taken, which Linux may do as well. `mincore` is left, which
programs ask of their own memory: of files that one may not write Linux (since 5.2) says that all of it is there.

Candidates of functions are under a stricter filter on top, a list of what is allowed, in boxes of every kind:
`boxscore/protocols/syscall_filter.py`. Docker boxes have the profile in `boxscore/boxes/docker/container.py`.
"""

from __future__ import annotations

import errno
import platform
import struct
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.syscalls import number, numbers
from boxscore.errors import SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; arguments are little-endian
THIRD_ARGUMENT, SIXTH_ARGUMENT = (FIRST_ARGUMENT + 8 * number for number in (2, 5))
ALLOW, KILL_PROCESS, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
X32_BIT = 0x40000000
NAMESPACE_FLAGS = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
PERSONALITIES = (0, 0xFFFFFFFF)  # plain Linux, and the question which one is in force
SOCKET_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink: the ones that a network namespace confines
FILE_ADVICE = ("fadvise64", "readahead")  # drop pages of a file, or fetch them
MEMORY_ADVICE = (3, 20, 21)  # MADV_WILLNEED, MADV_COLD, MADV_PAGEOUT: the same for a file that is mapped
COLLAPSE = 25  # MADV_COLLAPSE: makes large pages of a file's
CACHE_FLAGS = 0x88  # RWF_NOWAIT, RWF_DONTCACHE: only if it is cached, and without caching it

_NAMES = """
acct add_key adjtimex bpf cachestat chroot clock_adjtime clock_settime create_module delete_module fanotify_init
finit_module fsconfig fsmount fsopen fspick init_module io_setup io_uring_enter io_uring_register io_uring_setup
ioperm iopl kcmp kexec_file_load kexec_load keyctl lookup_dcookie memfd_secret modify_ldt mount
mount_setattr move_mount name_to_handle_at nfsservctl open_by_handle_at open_tree open_tree_attr
perf_event_open pidfd_getfd pivot_root process_madvise process_vm_readv process_vm_writev ptrace quotactl
quotactl_fd reboot request_key setdomainname sethostname setns settimeofday swapoff swapon syslog umount2
unshare uselib userfaultfd vmsplice
"""
DENIED = tuple(_NAMES.split())


class Processor(Struct, frozen=True, kw_only=True):
    """What a filter must know of a processor: its audit number, and the column of its calls in `NUMBERS`."""

    audit: int
    column: int

    def number(self, name: str) -> int:
        """The number of a call."""
        return number(name, self.column)


PROCESSORS = {
    "x86_64": Processor(audit=0xC000003E, column=0),
    "aarch64": Processor(audit=0xC00000B7, column=1),
}


def op(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    """Assemble one instruction of a filter."""
    return struct.pack("<HBBI", code, when_true, when_false, value)


def fail(error: int) -> bytes:
    """Assemble the answer that a system call fails with `error`."""
    return op(RETURN, FAIL | error)


def unless(call: int, checks: Iterable[bytes]) -> bytes:
    """For `call` alone: run the checks, of which the last returns; other calls jump over them."""
    body = b"".join(checks)
    return op(JUMP_EQUAL, call, 0, len(body) // 8) + body


def allow(calls: Iterable[int]) -> bytes:
    """Let each of these calls through."""
    return b"".join(unless(call, [op(RETURN, ALLOW)]) for call in calls)


def head(cpu: Processor) -> tuple[bytes, ...]:
    """Load the call's number, and end whoever calls through the table of another architecture."""
    return (
        op(LOAD, ARCHITECTURE),
        op(JUMP_EQUAL, cpu.audit, 1, 0),
        op(RETURN, KILL_PROCESS),
        op(LOAD, NUMBER),
        op(JUMP_AT_LEAST, X32_BIT, 0, 1),
        op(RETURN, KILL_PROCESS),
    )


def only(call: int, values: tuple[int, ...], error: int) -> bytes:
    """Let `call` through when its first argument is one of `values`, else fail it."""
    tests = [op(JUMP_EQUAL, value, len(values) - at, 0) for at, value in enumerate(values)]
    return unless(call, [op(LOAD, FIRST_ARGUMENT), *tests, fail(error), op(RETURN, ALLOW)])


def without(call: int, flags: int, error: int, argument: int = FIRST_ARGUMENT) -> bytes:
    """Fail `call` when an argument has any of these flags, else let it through."""
    return unless(call, [op(LOAD, argument), op(JUMP_ANY_BIT, flags, 0, 1), fail(error), op(RETURN, ALLOW)])


def cache_rules(cpu: Processor) -> list[bytes]:
    """Keep whoever is filtered from changing what is in the page cache, but by reading, and from asking about it."""
    ignored = [word for advice in MEMORY_ADVICE for word in (op(JUMP_EQUAL, advice, 0, 1), fail(0))]
    refused = [op(JUMP_EQUAL, COLLAPSE, 0, 1), fail(errno.EINVAL)]  # as before Linux 6.1
    return [
        *(unless(call, [fail(0)]) for call in numbers(FILE_ADVICE, cpu.column)),
        unless(cpu.number("madvise"), [op(LOAD, THIRD_ARGUMENT), *ignored, *refused, op(RETURN, ALLOW)]),
        without(cpu.number("preadv2"), CACHE_FLAGS, errno.EOPNOTSUPP, SIXTH_ARGUMENT),
    ]


def compile_filter(machine: str | None = None) -> bytes:
    """Assemble the filter for a processor (this one's by default) as an array of `struct sock_filter`.

    Raises SandboxUnavailable for processors whose call numbers are not known here.
    """
    name = platform.machine() if machine is None else machine
    if name not in PROCESSORS:
        raise SandboxUnavailable(f"no seccomp filter for {name}: boxscore knows {', '.join(PROCESSORS)}")
    cpu = PROCESSORS[name]
    return b"".join(
        (
            *head(cpu),
            *(unless(call, [fail(errno.EPERM)]) for call in numbers(DENIED, cpu.column)),
            unless(cpu.number("clone3"), [fail(errno.ENOSYS)]),
            without(cpu.number("clone"), NAMESPACE_FLAGS, errno.EPERM),
            only(cpu.number("personality"), PERSONALITIES, errno.EPERM),
            only(cpu.number("socket"), SOCKET_FAMILIES, errno.EAFNOSUPPORT),
            *cache_rules(cpu),
            op(RETURN, ALLOW),
        )
    )
