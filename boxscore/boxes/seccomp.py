"""Seccomp filters as BPF programs, assembled here: what graded code may not ask of the kernel.

The policy is a list of refusals on top of a box that already has no capabilities, no network and its own
namespaces: it takes away the parts of the kernel that are rich in holes (new namespaces, mounts, tracing, io_uring,
bpf, keys) and that graded code has no use for. Refused calls fail with EPERM, so programs that only probe go
on. `clone3` fails with ENOSYS, as its flags cannot be seen by a filter; C libraries then use `clone`.
Calls through another architecture's table (32-bit, x32) end the process.
"""

from __future__ import annotations

import errno
import platform
import struct
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, FIRST_ARGUMENT = 0, 4, 16  # offsets in struct seccomp_data; arguments are little-endian
ALLOW, KILL_PROCESS, FAIL = 0x7FFF0000, 0x80000000, 0x00050000
X32_BIT = 0x40000000
NAMESPACE_FLAGS = 0x7E020000  # CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET
PERSONALITIES = (0, 0xFFFFFFFF)  # plain Linux, and the question which one is in force
SOCKET_FAMILIES = (1, 2, 10, 16)  # unix, inet, inet6, netlink: the ones that a network namespace confines

# name: (x86_64, aarch64); None where the architecture has no such call
DENIED: dict[str, tuple[int | None, int | None]] = {
    "acct": (163, 89),
    "add_key": (248, 217),
    "adjtimex": (159, 171),
    "bpf": (321, 280),
    "chroot": (161, 51),
    "clock_adjtime": (305, 266),
    "clock_settime": (227, 112),
    "create_module": (174, None),
    "delete_module": (176, 106),
    "fanotify_init": (300, 262),
    "finit_module": (313, 273),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fsopen": (430, 430),
    "fspick": (433, 433),
    "init_module": (175, 105),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "io_uring_setup": (425, 425),
    "ioperm": (173, None),
    "iopl": (172, None),
    "kcmp": (312, 272),
    "kexec_file_load": (320, 294),
    "kexec_load": (246, 104),
    "keyctl": (250, 219),
    "lookup_dcookie": (212, 18),
    "memfd_secret": (447, 447),
    "modify_ldt": (154, None),
    "mount": (165, 40),
    "mount_setattr": (442, 442),
    "move_mount": (429, 429),
    "name_to_handle_at": (303, 264),
    "nfsservctl": (180, 42),
    "open_by_handle_at": (304, 265),
    "open_tree": (428, 428),
    "open_tree_attr": (467, 467),
    "perf_event_open": (298, 241),
    "pidfd_getfd": (438, 438),
    "pivot_root": (155, 41),
    "process_madvise": (440, 440),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "ptrace": (101, 117),
    "quotactl": (179, 60),
    "quotactl_fd": (443, 443),
    "reboot": (169, 142),
    "request_key": (249, 218),
    "setdomainname": (171, 162),
    "sethostname": (170, 161),
    "setns": (308, 268),
    "settimeofday": (164, 170),
    "swapoff": (168, 225),
    "swapon": (167, 224),
    "syslog": (103, 116),
    "umount2": (166, 39),
    "unshare": (272, 97),
    "userfaultfd": (323, 282),
    "uselib": (134, None),
    "vmsplice": (278, 75),
}


class Processor(Struct, frozen=True, kw_only=True):
    """What a filter must know of a processor: its audit number, and the calls whose arguments are looked at."""

    audit: int
    column: int
    clone: int
    clone3: int = 435
    personality: int
    socket: int


PROCESSORS = {
    "x86_64": Processor(audit=0xC000003E, column=0, clone=56, personality=135, socket=41),
    "aarch64": Processor(audit=0xC00000B7, column=1, clone=220, personality=92, socket=198),
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


def compile_filter(machine: str | None = None) -> bytes:
    """Assemble the filter for a processor (this one's by default) as an array of `struct sock_filter`.

    Raises SandboxUnavailable for processors whose call numbers are not known here.
    """
    name = platform.machine() if machine is None else machine
    if name not in PROCESSORS:
        raise SandboxUnavailable(f"no seccomp filter for {name}: boxscore knows {', '.join(PROCESSORS)}")
    cpu = PROCESSORS[name]
    numbers = sorted(number for pair in DENIED.values() if (number := pair[cpu.column]) is not None)
    return b"".join(
        (
            *head(cpu),
            *(unless(number, [fail(errno.EPERM)]) for number in numbers),
            unless(cpu.clone3, [fail(errno.ENOSYS)]),
            unless(
                cpu.clone,
                [
                    op(LOAD, FIRST_ARGUMENT),
                    op(JUMP_ANY_BIT, NAMESPACE_FLAGS, 0, 1),
                    fail(errno.EPERM),
                    op(RETURN, ALLOW),
                ],
            ),
            only(cpu.personality, PERSONALITIES, errno.EPERM),
            only(cpu.socket, SOCKET_FAMILIES, errno.EAFNOSUPPORT),
            op(RETURN, ALLOW),
        )
    )
