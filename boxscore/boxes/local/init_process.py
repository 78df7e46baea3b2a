"""The idle process that keeps a box's namespaces: started, proven to stand, and ended with all inside."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.local import bwrap
from boxscore.boxes.local import scratch as local_scratch
from boxscore.boxes.local.program import memory_file
from boxscore.boxes.process import wake
from boxscore.errors import BoxLost, LossCause, SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.boxes.cgroup import ControlGroup
    from boxscore.boxes.local.roots import Root

READY_S, END_S = 10.0, 10.0
LAST_S = 1.0  # from the end of a box's first process to that of bubblewrap
BY_SIGNAL = 128  # above it are the statuses by which bubblewrap tells of its child's end by a signal
INSTALL = "`apt-get install bubblewrap util-linux` (or your system's packages of these names) brings it"


class LocalInit(Struct, frozen=True, kw_only=True):
    """A standing init process: `pid` is the first process of the box, `scratch` a descriptor of its scratch folder."""

    process: subprocess.Popen[bytes]
    pid: int
    scratch: int

    def must_live(self) -> None:
        """Raise BoxLost if the box has ended."""
        if self.process.poll() is not None:
            raise BoxLost(f"the box's init process is gone (status {self.process.returncode})")


@contextlib.contextmanager
def open_init(  # noqa: PLR0913 - a box has that many sides
    *,
    python: bwrap.Interpreter,
    uid: int,
    group: ControlGroup | None,
    disk_bytes: int,
    shared_bytes: int | None,
    as_root: bool,
    net_of: int | None,
    hosts: str | None,
    folders: Sequence[str] = (),
    frees_ports: bool = False,
    ttl_s: float | None = None,
    root: Root | None = None,
) -> Iterator[LocalInit]:
    """Start an init process in its control group; on exit it and all inside are killed and waited for.

    Raises SandboxUnavailable where no box can be made, BoxLost where somebody kills it meanwhile.
    """
    with contextlib.ExitStack() as stack:
        with contextlib.ExitStack() as temporary:
            etc = [
                (memory_file(text.encode(), temporary), path)
                for path, text in bwrap.etc_files(uid, named=hosts is None, root=root).items()
            ]
            info, info_end = os.pipe()
            temporary.callback(os.close, info)
            command = bwrap.init(
                python=python,
                etc=etc,
                info=info_end,
                disk_bytes=disk_bytes,
                shared_bytes=shared_bytes,
                as_root=as_root,
                net_of=net_of,
                hosts=hosts,
                folders=folders,
                ttl_s=ttl_s,
                root=root,
            )
            entered = bwrap.joined(() if group is None else group.entrances, command)
            process = _start(entered, [info_end, *(descriptor for descriptor, _ in etc)], info_end)
            stack.callback(_forget, process)
            pid = _first_process(info, process)
        with _blamed_on_its_end(process):
            pidfd = os.pidfd_open(pid)
            stack.callback(os.close, pidfd)
            stack.callback(_end, process, pidfd)
            if frees_ports:
                _arrange(bwrap.free_ports(init_pid=pid, as_root=as_root), "ports of a box cannot be freed")
            _arrange(
                bwrap.mount_scratch(
                    init_pid=pid, as_root=as_root, disk_bytes=disk_bytes, shared_bytes=shared_bytes, folders=folders
                ),
                "the scratch of a box cannot be bounded",
            )
            scratch = os.open(f"/proc/{pid}/root{local_scratch.ROOT}", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
            stack.callback(os.close, scratch)
        yield LocalInit(process=process, pid=pid, scratch=scratch)


@contextlib.contextmanager
def _blamed_on_its_end(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Raise BoxLost, instead of what was met, where somebody ended the init process while its box was made."""
    try:
        yield
    except (OSError, ValueError, SandboxUnavailable) as error:
        _must_not_be_killed(process, error)
        raise


def _must_not_be_killed(process: subprocess.Popen[bytes], error: Exception | None = None) -> None:
    """Raise BoxLost where the init process has been ended by a signal, or is about to end so."""
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(LAST_S)
    status = process.returncode
    if status is not None and (status < 0 or status > BY_SIGNAL):
        message = f"the box's init process was killed while its box was made (status {status})"
        raise BoxLost(message, cause=LossCause.OUTSIDE) from error


def _start(command: Sequence[str], descriptors: Sequence[int], info_end: int) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 - our own command line; no shell reads it
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=descriptors,
            start_new_session=True,
            env={"PATH": os.environ.get("PATH", os.defpath)},
        )
    except OSError as error:
        raise SandboxUnavailable(f"the local backend cannot start bubblewrap ({error})", details=(INSTALL,)) from error
    finally:
        os.close(info_end)


def _arrange(command: Sequence[str], fault: str) -> None:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=READY_S)  # noqa: S603 - our own words
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SandboxUnavailable(f"{fault} ({error})", details=(INSTALL,)) from error
    if done.returncode != 0:
        raise SandboxUnavailable(f"{fault}: {done.stderr.decode(errors='replace')[-300:]}")


def _first_process(info: int, process: subprocess.Popen[bytes]) -> int:
    """Wait until the init process stands, which its echo proves, and return the pid of its first process."""
    pipes = (process.stdin, process.stdout, process.stderr)
    stdin, stdout, stderr = (pipe.fileno() for pipe in pipes if pipe is not None)
    with contextlib.suppress(BrokenPipeError):
        os.write(stdin, b"\n")
    ready, _, _ = select.select([stdout], [], [], READY_S)
    if not ready or os.read(stdout, 1) != b"\n":
        if ready:
            _must_not_be_killed(process)
        process.kill()
        os.set_blocking(stderr, False)
        with contextlib.suppress(BlockingIOError):
            message = os.read(stderr, 4096).decode(errors="replace").strip()
            raise SandboxUnavailable(_advice(message))
        raise SandboxUnavailable(f"bubblewrap made no box within {READY_S:.0f} s")
    return int(json.loads(os.read(info, 4096))["child-pid"])


def _advice(message: str) -> str:
    if "namespace" in message or "uid map" in message or "not permitted" in message.lower():
        return (
            f"bubblewrap cannot make namespaces ({message}): run as root, or allow user namespaces (sysctl "
            "kernel.unprivileged_userns_clone=1, kernel.apparmor_restrict_unprivileged_userns=0, "
            "user.max_user_namespaces above 0)"
        )
    return f"bubblewrap cannot make a box: {message or 'it ended at once'}"


def _end(process: subprocess.Popen[bytes], pidfd: int) -> None:
    """Kill the first process of the box; bubblewrap's other half ends once the kernel has ended all others."""
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    wake(process.pid)  # somebody may have stopped it
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(END_S)


def _forget(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
