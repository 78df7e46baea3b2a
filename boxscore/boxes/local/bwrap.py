"""The command lines of a local box: what bubblewrap is asked for, and in which order programs hand over.

A box is one idle *init process* (bubblewrap around `cat`) whose namespaces hold the files, the network and the names. A
program joins its control groups in a shell, enters the init process's namespaces with nsenter, and gets a bubblewrap of
its own inside them: own pids, own /proc and /dev, read-only files but for /scratch, its capabilities and seccomp
filter.
"""

from __future__ import annotations

import math
import os
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.local import roots
from boxscore.boxes.local.roots import IMAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.boxes.local.roots import Root

SYSTEM_PYTHON = "/usr/bin/python3"
SEARCH_PATH = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
JOIN = 'while [ "$1" != -- ]; do echo 0 >"$1" || exit 125; shift; done; shift; exec "$@"'
MOUNTS = (
    'mount -t tmpfs -o "$1" tmpfs /scratch && options=$1 && '
    '{ [ -z "$2" ] || mount -t tmpfs -o "$2" tmpfs /dev/shm; } && shift 2 && '
    'while [ "$1" != -- ]; do mount -t tmpfs -o "$options" tmpfs "$1" || exit 1; shift; done && shift && '
    'for name; do mount -o remount,bind,ro,nosuid,noexec "/dev/$name" || exit 1; done'
)
FREE_PORTS = "echo 0 >/proc/sys/net/ipv4/tcp_max_tw_buckets"  # of `TIME_WAIT`
SUPERVISOR_CAPABILITIES = {"CAP_CHOWN": 0, "CAP_DAC_OVERRIDE": 1, "CAP_KILL": 5, "CAP_SETGID": 6, "CAP_SETUID": 7}
SET_FILE_CAPABILITIES = {"CAP_SETFCAP": 31}  # a user namespace inside a user namespace can map root only with this
LAUNCHER_CAPABILITIES = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP")  # to give up identity and capabilities for good
NOBODY = 65534
TMP = "/tmp"  # noqa: S108 - in the box
SHARED = "nosuid,nodev,noexec,mode=1777"
DEVICES = ("null", "zero", "full", "random", "urandom")
DEVICE_LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "/proc/self/fd/0",
    "stdout": "/proc/self/fd/1",
    "stderr": "/proc/self/fd/2",
}
HOSTS = "127.0.0.1 localhost box\n::1 localhost\n"
LEAST_FILES, FILE_BYTES, SHARED_FILES = 4096, 4096, 1024
ETC = ("/etc/ld.so.cache", "/etc/alternatives")


class Interpreter(Struct, frozen=True, kw_only=True):
    """The Python that programs in a box find: its path, and folders outside the system's own that it needs."""

    path: str
    prefix: str | None = None
    hidden: str | None = None


def interpreter() -> Interpreter:
    """Choose the system's Python; where there is none, the installation that runs us, without its site packages."""
    real = os.path.realpath(SYSTEM_PYTHON)
    if os.access(real, os.X_OK) and real.startswith("/usr/") and not real.startswith("/usr/local/"):
        return Interpreter(path=SYSTEM_PYTHON)
    prefix = os.path.realpath(sys.base_prefix)
    packages = sysconfig.get_path("purelib", vars={"base": prefix, "platbase": prefix})
    return Interpreter(path=f"{prefix}/bin/python3", prefix=prefix, hidden=packages)


def search_path(python: Interpreter) -> str:
    """The PATH of programs in a box."""
    return SEARCH_PATH if python.prefix is None else f"{python.prefix}/bin:{SEARCH_PATH}"


def supervisor_capabilities(*, as_root: bool) -> dict[str, int]:
    """What a supervisor keeps: the contract's five, and for an ordinary user what nested namespaces need."""
    return SUPERVISOR_CAPABILITIES if as_root else SUPERVISOR_CAPABILITIES | SET_FILE_CAPABILITIES


def _system_folders() -> list[str]:
    """Bind the system's programs and libraries, and hide what administrators install beside them."""
    words = ["--ro-bind", "/usr", "/usr", "--perms", "0755", "--dir", "/etc"]
    for name in ("/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"):
        path = Path(name)
        if path.is_symlink():
            words += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            words += ["--ro-bind", name, name]
    for name in ("/usr/local", "/usr/src"):
        if Path(name).is_dir():
            words += ["--tmpfs", name, "--remount-ro", name]
    for found in (*ETC, *(str(path) for path in Path("/etc").glob("java-*"))):
        words += ["--ro-bind-try", found, found]
    return words


def _python_folders(python: Interpreter) -> list[str]:
    if python.prefix is None:
        return []
    words = ["--ro-bind", python.prefix, python.prefix]
    if python.hidden is not None and Path(python.hidden).is_dir():
        words += ["--tmpfs", python.hidden, "--remount-ro", python.hidden]
    return words


def etc_files(uid: int, *, named: bool, root: Root | None = None) -> dict[str, str]:
    """What a box's /etc says: no host's names, only the box's own; none at all unless `named`.

    A box of an image has the image's, in which nobody is its user.
    """
    if root is not None:
        users = {f"{IMAGE}/etc/passwd": roots.passwd(root, uid)}
        return users | ({f"{IMAGE}/etc/hosts": HOSTS} if named else {})
    return {
        **({"/etc/hosts": HOSTS} if named else {}),
        "/etc/passwd": f"root:x:0:0::/:/bin/sh\nbox:x:{uid}:{uid}::/scratch:/bin/sh\n",
        "/etc/group": f"root:x:0:\nbox:x:{uid}:\n",
        "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
    }


def _devices(shared_bytes: int | None) -> list[str]:
    """Make a /dev of harmless devices, read-only; without a bound of its own shared memory is in the scratch."""
    words = ["--perms", "0755", "--tmpfs", "/dev"]
    for name in DEVICES:
        words += ["--dev-bind", f"/dev/{name}", f"/dev/{name}"]
    for name, target in DEVICE_LINKS.items():
        words += ["--symlink", target, f"/dev/{name}"]
    if shared_bytes is None:
        words += ["--symlink", "/scratch", "/dev/shm"]  # noqa: S108 - the box's own, as the next
    else:
        words += ["--perms", "1777", "--size", str(shared_bytes), "--tmpfs", "/dev/shm"]  # noqa: S108
    return [*words, "--remount-ro", "/dev"]


def mount_scratch(
    *, init_pid: int, as_root: bool, disk_bytes: int, shared_bytes: int | None, folders: Sequence[str] = ()
) -> list[str]:
    """The command that does what bubblewrap has no option for.

    It bounds the number of files in the scratch, in further folders and in shared memory, and makes the device nodes,
    which are the machine's own, read-only: they still take what is written to them, but nobody in the box can set their
    times.
    """
    options = f"remount,nosuid,nodev,mode=1777,size={disk_bytes},nr_inodes={max(LEAST_FILES, disk_bytes // FILE_BYTES)}"
    shared = "" if shared_bytes is None else f"remount,{SHARED},size={shared_bytes},nr_inodes={SHARED_FILES}"
    return [
        *into(init_pid, "--mount", "--pid", as_root=as_root),
        *("/bin/sh", "-c", MOUNTS, "sh", options, shared, *folders, "--", *DEVICES),
    ]


def free_ports(*, init_pid: int, as_root: bool) -> list[str]:
    """The command by which no connection that has ended keeps its port: samples of one box share them."""
    return [*into(init_pid, "--net", as_root=as_root), "/bin/sh", "-c", FREE_PORTS]


def into(pid: int, *namespaces: str, as_root: bool) -> tuple[str, ...]:
    """The words that enter a process's namespaces; an ordinary user has rights there in its user namespace alone."""
    user = () if as_root else ("--user", "--preserve-credentials")
    return ("nsenter", "--target", str(pid), *user, *namespaces, "--")


def init(  # noqa: PLR0913 - a box has that many sides
    *,
    python: Interpreter,
    etc: Sequence[tuple[int, str]],
    info: int,
    disk_bytes: int,
    shared_bytes: int | None,
    as_root: bool,
    net_of: int | None,
    hosts: str | None,
    folders: Sequence[str] = (),
    ttl_s: float | None = None,
    root: Root | None = None,
) -> list[str]:
    """The command that keeps a box's namespaces; descriptors in `etc` hold the files' contents.

    It ends after `ttl_s` by itself, even where its engine stands still.

    `shared_bytes` is the size of a /dev/shm of its own; without one it is the scratch. `net_of` is the process that
    holds the box's network, and `hosts` the file of names there; without one it has its own. `root` is an image
    that programs have as their root in place of this machine's programs.
    """
    at = "" if root is None else IMAGE
    return [
        *(() if net_of is None or as_root else into(net_of, as_root=as_root)),
        "bwrap",
        *("--unshare-net", "--unshare-ipc", "--unshare-uts", "--unshare-pid", "--unshare-cgroup-try"),
        *(() if as_root else ("--unshare-user", "--uid", "0", "--gid", "0")),
        *("--hostname", "box"),
        *_system_folders(),
        *_python_folders(python),
        *(() if root is None else roots.mounts(root, tuple(path.removeprefix(IMAGE) for path in folders))),
        *(("--dir", TMP) if TMP not in folders else ()),  # empty and read-only in the box
        *(word for path in folders for word in ("--perms", "1777", "--size", str(disk_bytes), "--tmpfs", path)),
        *(word for descriptor, path in etc for word in ("--perms", "0444", "--ro-bind-data", str(descriptor), path)),
        *(() if hosts is None else ("--ro-bind", hosts, f"{at}/etc/hosts")),
        *("--proc", "/proc"),
        *_devices(shared_bytes),
        *("--perms", "1777", "--size", str(disk_bytes), "--tmpfs", "/scratch"),
        *(() if root is None else ("--dir", f"{at}/proc", "--dir", f"{at}/dev", "--dir", f"{at}/scratch")),
        *(() if root is None else ("--remount-ro", IMAGE)),
        *("--remount-ro", "/", "--chdir", "/", "--clearenv", "--setenv", "PATH", SEARCH_PATH),
        *("--cap-drop", "ALL", "--info-fd", str(info)),
        *(() if ttl_s is None else ("timeout", "--foreground", "-s", "KILL", str(math.ceil(ttl_s)))),
        "cat",
    ]


def joined(entrances: Sequence[str], command: Sequence[str]) -> list[str]:
    """A command that joins control groups before anything else."""
    return ["/bin/sh", "-c", JOIN, "sh", *entrances, "--", *command] if entrances else list(command)


def entered(  # noqa: PLR0913 - as above
    command: Sequence[str],
    *,
    init_pid: int,
    as_root: bool,
    supervised: bool,
    seccomp: int | None,
    folders: Sequence[str] = (),
    image: bool = False,
) -> list[str]:
    """A command run in the init process's namespaces and in a bubblewrap of its own inside them."""
    nobody = () if as_root or supervised else ("--unshare-user", "--uid", str(NOBODY), "--gid", str(NOBODY))
    changes_root = ("CAP_SYS_ADMIN",) if image else ()
    capabilities = {
        *LAUNCHER_CAPABILITIES,
        *changes_root,
        *(supervisor_capabilities(as_root=as_root) if supervised else ()),
    }
    return [
        *into(init_pid, "--mount", "--net", "--ipc", "--uts", "--pid", as_root=as_root),
        *(
            "bwrap",
            "--unshare-pid",
            "--unshare-ipc",
            "--as-pid-1",
            "--die-with-parent",
            "--new-session",
            "--unshare-cgroup-try",
        ),
        *nobody,
        *("--ro-bind", "/", "/", "--bind", "/scratch", "/scratch"),
        *(word for path in folders for word in ("--bind", path, path)),
        *("--proc", "/proc", "--dev-bind", "/dev", "/dev"),
        *(("--bind", "/scratch", f"{IMAGE}/scratch", "--dev-bind", "/dev", f"{IMAGE}/dev") if image else ()),
        *(("--proc", f"{IMAGE}/proc") if image else ()),
        *("--chdir", "/scratch", "--clearenv", "--cap-drop", "ALL"),
        *(word for name in sorted(capabilities) for word in ("--cap-add", name)),
        *(() if seccomp is None else ("--seccomp", str(seccomp))),
        *("--", *command),
    ]
