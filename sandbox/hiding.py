"""Close what gVisor leaves open inside a box.

It has no Landlock, lets everybody read most files that /proc has of a process (environment, memory maps, descriptors),
whoever that belongs to, and makes devices that Docker did not ask for. So the supervisor covers /proc with a folder
that has what is said of the machine and nothing of processes, and takes those devices from all but root. Only where
the host says that the kernel is gVisor's: elsewhere the nodes in /dev may be the machine's own.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct
from typing import TYPE_CHECKING

import procfs

if TYPE_CHECKING:
    from collections.abc import Iterable

_LIBC = ctypes.CDLL(None, use_errno=True)
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
