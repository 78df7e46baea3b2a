"""Take rights away from the calling process for good: limits, identity, Landlock, seccomp.

All by system calls through ctypes, since the standard library has none of them. What the kernel does not offer is
reported by `prepare` as absent, never assumed; the host decides whether the rest is enough.
"""

from __future__ import annotations

import ctypes
import os
import resource
import stat
import struct
from typing import TYPE_CHECKING

import frames
import procfs

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIBC = ctypes.CDLL(None, use_errno=True)
_SYSCALL, _PRCTL = _LIBC.syscall, _LIBC.prctl
_SYSCALL.restype = ctypes.c_long

PR_GET_DUMPABLE, PR_SET_DUMPABLE, PR_SET_SECCOMP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS = 3, 4, 22, 36, 38
SECCOMP_MODE_FILTER = 2
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446

TCP_ABI, SCOPE_ABI = 4, 6  # the Landlock versions that began to bound TCP, and signals and abstract sockets

_FILE_RIGHTS = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15  # execute, write, read, truncate, ioctl
_READ = 1 << 0 | 1 << 2 | 1 << 3  # execute, read, list
_NEVER = 1 << 0 | 1 << 6 | 1 << 11 | 1 << 15  # in scratch: no executing, no devices, no ioctl
_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1}
_ALL_RIGHTS = (1 << 16) - 1


def prctl(option: int, argument: int) -> None:
    if _PRCTL(option, ctypes.c_ulong(argument), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), f"prctl {option}")


def flush_c_streams() -> None:
    _LIBC.fflush(None)


def is_dumpable() -> bool:
    return bool(_PRCTL(PR_GET_DUMPABLE, 0, 0, 0, 0) == 1)


def landlock_abi() -> int:
    """The kernel's Landlock version, 0 where there is none."""
    return int(max(0, _SYSCALL(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint(1))))


def build_ruleset(  # noqa: PLR0913 - kinds of places
    readable: Iterable[str],
    nameable: Iterable[str],
    devices: Iterable[str],
    scratch: str,
    *,
    shared: Iterable[str] = (),
    roomy: bool = False,
) -> int:
    """Make a Landlock ruleset; return its descriptor.

    It lets read and execute below `readable`, read but not list below `nameable`, read and write `devices`, and do all
    but execute in `scratch` and in `shared`. Nothing else on any file system can be opened; where the kernel's version
    has them, no TCP and no signals or abstract sockets out of the domain. If it is `roomy`, what lies in scratch can be
    executed, and there is TCP, as far as the box has a network. Raises OSError where the kernel has no Landlock.
    """
    abi = landlock_abi()
    rights = _RIGHTS_BY_ABI.get(abi, _ALL_RIGHTS)
    attributes = struct.pack("<QQQ", rights, 3 if abi >= TCP_ABI and not roomy else 0, 3 if abi >= SCOPE_ABI else 0)
    size = 8 if abi < TCP_ABI else 16 if abi < SCOPE_ABI else 24
    ruleset: int = _SYSCALL(CREATE_RULESET, attributes, ctypes.c_size_t(size), ctypes.c_uint(0))
    if ruleset < 0:
        raise OSError(ctypes.get_errno(), "landlock_create_ruleset")
    for path in readable:
        _allow(ruleset, path, _READ & rights)
    for path in nameable:
        _allow(ruleset, path, 1 << 2)
    for path in devices:
        _allow(ruleset, path, (1 << 1 | 1 << 2) & rights)
    never = _NEVER & ~1 if roomy else _NEVER
    for path in (scratch, *shared):
        _allow(ruleset, path, rights & ~never)
    return ruleset


def _allow(ruleset: int, path: str, rights: int) -> None:
    """Add one path to a ruleset; a path that is not there needs no rule."""
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):
            rights &= _FILE_RIGHTS
        rule = struct.pack("<Qi", rights, descriptor)
        if _SYSCALL(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0)) != 0:
            raise OSError(ctypes.get_errno(), f"landlock_add_rule {path}")
    finally:
        os.close(descriptor)


def restrict(ruleset: int) -> None:
    """Enter a Landlock ruleset; it cannot be left."""
    if _SYSCALL(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint(0)) != 0:
        raise OSError(ctypes.get_errno(), "landlock_restrict_self")


class SyscallFilter:
    """A compiled seccomp filter, kept in memory so that entering it costs one system call."""

    def __init__(self, program: bytes) -> None:
        self._buffer = ctypes.create_string_buffer(program, len(program))
        self._head = ctypes.create_string_buffer(
            struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(self._buffer))
        )

    def enter(self) -> None:
        """Install the filter; needs no_new_privs."""
        if _PRCTL(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), self._head, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "seccomp")


def change_identity(uid: int) -> None:
    """Become `uid` with a group of the same number and no others; all capabilities go with the old identity."""
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


def unshare(flags: int) -> None:
    if _LIBC.unshare(ctypes.c_int(flags)) != 0:
        raise OSError(ctypes.get_errno(), "unshare")


_MS_RDONLY, _MS_REMOUNT, _MS_BIND, _MS_RELATIME = 1, 32, 4096, 1 << 21
_KEPT_FLAGS = 2 | 4 | 8 | 1024 | 2048  # nosuid, nodev, noexec, noatime, nodiratime: the same in statvfs and mount
_ST_RELATIME = 4096


def bind(folder: str) -> None:
    _mount(folder, folder, _MS_BIND)


def make_readonly(mount: str) -> None:
    """Make a mount read-only in this mount namespace: no writing, and no setting of modes, owners or times."""
    flags = os.statvfs(mount).f_flag
    kept = flags & _KEPT_FLAGS | (_MS_RELATIME if flags & _ST_RELATIME else 0)
    _mount("none", mount, _MS_REMOUNT | _MS_BIND | _MS_RDONLY | kept)


def _mount(source: str, target: str, flags: int) -> None:
    if _LIBC.mount(os.fsencode(source), os.fsencode(target), None, ctypes.c_ulong(flags), None) != 0:
        raise OSError(ctypes.get_errno(), f"mount {target}")


_CAPSET, _PR_CAPBSET_DROP, _CAPABILITY_VERSION = {"x86_64": 126, "aarch64": 91}, 24, 0x20080522


def drop_capabilities() -> None:
    for capability in range(64):
        if _PRCTL(_PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) != 0:
            break
    head, none = struct.pack("<Ii", _CAPABILITY_VERSION, 0), bytes(24)
    if _SYSCALL(_CAPSET[os.uname().machine], head, none) != 0:
        raise OSError(ctypes.get_errno(), "capset")


def limit(name: str, soft: int, hard: int | None = None) -> None:
    """Lower one resource limit, named as `resource` names it; never above what is in force."""
    which = getattr(resource, "RLIMIT_" + name)
    ceiling = resource.getrlimit(which)[1]
    hard = soft if hard is None else hard
    if ceiling != resource.RLIM_INFINITY:
        soft, hard = min(soft, ceiling), min(hard, ceiling)
    resource.setrlimit(which, (soft, hard))


def require_limits(**needed: int) -> None:
    """Take as much of each resource as was inherited; raise Trouble where that is less than `needed`.

    Limits that a machine, or an engine for its containers, sets lower than ours would make honest code fail.
    """
    for name, least in needed.items():
        which = getattr(resource, "RLIMIT_" + name)
        soft, hard = resource.getrlimit(which)
        if hard != resource.RLIM_INFINITY and hard < least:
            detail = f"RLIMIT_{name} is {hard} where a box needs {least}"
            raise frames.BoxFailure("limit", detail, limit=name, value=hard, needed=least)
        if soft != hard:
            resource.setrlimit(which, (hard, hard))


# gVisor has no Landlock, lets everybody read most files that /proc has of any process (environment, memory maps,
# descriptors), and makes devices that Docker did not ask for. So the supervisor covers /proc with a folder that has
# what is said of the machine and nothing of processes, and takes those devices from all but root. Only where the host
# says that the kernel is gVisor's: elsewhere the nodes in /dev may be the machine's own.

_MS_NOSUID, _MS_NODEV, _MS_NOEXEC = 2, 4, 8
_SHOWN, _MOST_BYTES = ("cpuinfo", "meminfo", "version"), 16 << 10
_CAPGET_AND_SET = {"x86_64": (125, 126), "aarch64": (90, 91)}
_VERSION, _SYS_ADMIN = 0x20080522, 21
_TERMINALS = ("/dev/tty", "/dev/ptmx", "/dev/console", "/dev/pts/")


def cover_processes() -> None:
    """Mount a folder of ours over /proc, then give up the right to mount. Raises OSError where that cannot be done."""
    procfs.keep()
    flags = ctypes.c_ulong(_MS_NOSUID | _MS_NODEV | _MS_NOEXEC)
    if _LIBC.mount(b"none", b"/proc", b"tmpfs", flags, b"size=256k,mode=0555") != 0:
        raise OSError(ctypes.get_errno(), "covering /proc")
    if os.listdir("/proc"):
        raise OSError("/proc was covered and is still seen")
    for name in _SHOWN:
        with open(name, "rb", opener=procfs.opener) as file:
            text = file.read(_MOST_BYTES)
        with open("/proc/" + name, "xb") as file:
            file.write(text)
        os.chmod("/proc/" + name, 0o444)
    _give_up(_SYS_ADMIN)


def close_devices(allowed: Iterable[str]) -> None:
    """Take all devices but the allowed ones and terminals from everybody but root."""
    for folder, _, names in os.walk("/dev"):
        for path in [os.path.join(folder, name) for name in names]:
            mode = os.lstat(path).st_mode
            is_device = stat.S_ISCHR(mode) or stat.S_ISBLK(mode)
            if is_device and path not in allowed and not path.startswith(_TERMINALS):
                os.chmod(path, 0o600)


def _give_up(capability: int) -> None:
    get, put = _CAPGET_AND_SET[os.uname().machine]
    head = struct.pack("<Ii", _VERSION, 0)
    sets = ctypes.create_string_buffer(24)
    _call(get, head, sets)
    effective, permitted, inheritable, *rest = struct.unpack("<6I", sets.raw)  # the lower half of each, then the upper
    kept = [one & ~(1 << capability) for one in (effective, permitted, inheritable)]
    _call(put, head, struct.pack("<6I", *kept, *rest))


def _call(number: int, *arguments: object) -> None:
    if _LIBC.syscall(number, *arguments) != 0:
        raise OSError(ctypes.get_errno(), "capabilities")
