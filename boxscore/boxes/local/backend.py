"""The `local` backend: boxes made of bubblewrap namespaces, for machines without Docker.

Theory of operation. `bwrap` says how a box is built: an idle init process keeps its namespaces; each program gets a pid
namespace of its own inside them, whose first process (`launcher`) starts it, reports how it ended and takes everything
else down with it. Closing the launcher's control pipe ends a program; killing the first process of its pid
namespace ends the box. Both are plain waits, as the kernel reports neither before all inside is gone. Both also
happen when the engine is killed, since its ends of the pipes close. As root, control groups count and
bound memory, processes and cpu time, and programs run as a user that exists nowhere else; an ordinary user gets
the same namespaces through a user namespace, rlimits in place of control groups, and one identity.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import json
import math
import os
import platform
import secrets
import shutil
import subprocess
import threading
import time
from typing import TYPE_CHECKING

from boxscore.boxes import cgroup
from boxscore.boxes import seccomp as boxes_seccomp
from boxscore.boxes.contract import BoxSpec, Capability, has_shared_memory, shared_memory_bytes
from boxscore.boxes.inherited import require_limits
from boxscore.boxes.local import bwrap, scratch
from boxscore.boxes.local.audit import can_look
from boxscore.boxes.local.init_process import INSTALL, LocalInit, open_init
from boxscore.boxes.local.network import SharedNetwork, shared_network
from boxscore.boxes.local.program import Program, ProgramPlace, run_program
from boxscore.boxes.local.roots import IMAGE, MACHINE, any_root, need_root
from boxscore.boxes.networks import OpenNetworks
from boxscore.errors import BoxError, BoxLost, SandboxUnavailable, UsageError
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from boxscore.boxes.contract import Box, Completed, Network, Stream
    from boxscore.boxes.local.roots import Root

FIRST_UID, UIDS = 2_000_000, 1_000_000
INIT_BYTES, INIT_PROCESSES = 64 << 20, 16
SUPERVISOR_BYTES, SUPERVISOR_PROCESSES = 512 << 20, 32
SUPERVISED_CPU_S = 1803  # a reference's share, twice, and the supervisor's own margin
FILE_BYTES, STACK_BYTES, OPEN_FILES = 16 << 20, 8 << 20, 264  # a candidate's 256, and the supervisor's own
PLUMBING_PROCESSES = 4  # shell, nsenter, bubblewrap and launcher stand beside each program
VERSION_S = 10.0
COVERED = {"bin", "dev", "etc", "lib", "lib32", "lib64", "libx32", "proc", "sbin", "scratch", "usr"}


class LocalBackend:
    """Boxes from bubblewrap, with the programs and libraries of this machine."""

    name = "local"

    def __init__(self, *, cgroups: bool = True) -> None:
        """Prepare the backend; `cgroups=False` leaves control groups alone even where they could be used."""
        self._interpreter = bwrap.interpreter()
        self._cgroups = cgroups
        self._as_root = os.geteuid() == 0
        self._networks = OpenNetworks()
        self._shared: dict[str, SharedNetwork] = {}

    @property
    def capabilities(self) -> frozenset[str]:
        """See `Backend.capabilities`: images where one has been unpacked."""
        found = frozenset(Capability) - {Capability.RUNTIMES, Capability.SHARED}
        return found if any_root() else found - {Capability.IMAGES}

    @property
    def python(self) -> str:
        """The path of the Python interpreter in a box."""
        return self._interpreter.path

    @functools.cached_property
    def _trees(self) -> cgroup.Trees | None:
        return cgroup.find() if self._cgroups and self._as_root else None

    def check(self) -> None:
        """Open a box and run a program in it. Raises SandboxUnavailable with what to install or to allow."""
        if platform.system() != "Linux":
            raise SandboxUnavailable("the local backend needs Linux: use the docker backend")
        for program in ("bwrap", "nsenter", "sh"):
            if shutil.which(program) is None:
                raise SandboxUnavailable(f"the program {program} is not installed", details=(INSTALL,))
        looked = threading.Thread(target=self._look_around, daemon=True)
        looked.start()
        try:
            with self.box(BoxSpec(limits=Limits(wall_s=20.0))) as box:
                done = box.run([self.python, "-I", "-S", "-c", "pass"])
        except BoxError as error:
            raise SandboxUnavailable(f"a local box opens but nothing runs in it: {error}") from error
        if done.exit_code != 0:
            message = done.stderr.decode(errors="replace").strip()[-300:]
            raise SandboxUnavailable(f"a local box opens but {self.python} does not run in it: {message or done}")
        looked.join(VERSION_S)

    def _look_around(self) -> None:
        """See what the box shares with this machine, which takes as long as opening one; `image_digest` tells."""
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            shared_python(self._interpreter)

    def image_digest(self, image: str | None) -> str:
        """Name an unpacked image's content, or what boxes without one share with this machine.

        That is the interpreter, the system and the Python packages.
        """
        if image not in {None, MACHINE}:
            return need_root(image).image.digest
        try:
            system = platform.freedesktop_os_release()
        except OSError:
            system = {}
        version, packages = shared_python(self._interpreter)
        return f"local:python-{version}:{system.get('ID', 'linux')}-{system.get('VERSION_ID', 'rolling')}:{packages}"

    @contextlib.contextmanager
    def box(self, spec: BoxSpec) -> Iterator[Box]:
        """Open a box; on exit everything is killed, waited for and removed.

        Raises SandboxUnavailable, ImageMissing, and BoxLost where it is killed while it opens.
        """
        root = None if spec.image in {None, MACHINE} else need_root(spec.image)
        for folder in spec.folders if root is None else ():
            _refuse_covered(folder)
        require_limits(needed_limits(spec.limits, supervised=spec.supervised))
        with contextlib.ExitStack() as stack:
            shared = self._joined(spec, stack)
            yield LocalBox(
                spec,
                stack,
                trees=self._trees,
                python=self._interpreter,
                as_root=self._as_root,
                shared=shared,
                root=root,
            )

    def _joined(self, spec: BoxSpec, stack: contextlib.ExitStack) -> SharedNetwork | None:
        stack.enter_context(self._networks.joined(spec))
        if spec.network is None:
            return None
        return self._shared[spec.network.name]

    @contextlib.contextmanager
    def network(self) -> Iterator[Network]:
        """See `Backend.network`."""
        with contextlib.ExitStack() as stack:
            made = stack.enter_context(self._networks.opened())
            empty = LocalBox(BoxSpec(), stack, trees=self._trees, python=self._interpreter, as_root=self._as_root)
            self._shared[made.name] = stack.enter_context(shared_network(empty.init_pid, as_root=self._as_root))
            stack.callback(self._shared.pop, made.name)
            yield made

    def reap(self) -> Sequence[str]:
        """Kill and remove the control groups of engines that no longer run; namespaces end with their engine."""
        return cgroup.reap(self._trees) if self._trees is not None else []


def _refuse_covered(folder: str) -> None:
    """Raise UsageError for a folder that would cover what a box needs, or that bubblewrap cannot make."""
    top = folder.split("/")[1] if folder.startswith("/") else ""
    if not top or top in COVERED or ".." in folder.split("/") or "\0" in folder:
        raise UsageError(f"{folder!r} cannot be a further folder of a local box: take one like /tmp or /project")


@functools.cache
def shared_python(python: bwrap.Interpreter) -> tuple[str, str]:
    """Name the interpreter's version, and hash which modules it finds: verdicts change with a package's version.

    Files count by path, size and time, which a system's package has in common on all machines.
    """
    code = "import platform, sys; print(platform.python_version(), *sys.path, sep='\\n')"
    words = [python.path, "-I", "-B", "-c", code]
    done = subprocess.run(words, capture_output=True, check=False, timeout=VERSION_S)  # noqa: S603 - our interpreter
    version, _, folders = done.stdout.decode(errors="replace").partition("\n")
    visible = [folder for folder in folders.splitlines() if not folder.startswith(python.hidden or "/usr/local")]
    return version or "unknown", modules_digest(visible)


def modules_digest(roots: Sequence[str]) -> str:
    """Hash which modules are below folders."""
    digest = hashlib.sha256()
    for parent, folders, names in (found for root in roots for found in os.walk(root)):
        folders[:] = sorted(set(folders) - {"__pycache__"})
        for name in sorted(names):
            if name.endswith((".py", ".so", ".pth")):
                with contextlib.suppress(OSError):
                    status = os.stat(f"{parent}/{name}")  # noqa: PTH116 - thousands of files
                    line = f"{parent}/{name} {status.st_size} {int(status.st_mtime)}\n"
                    digest.update(line.encode(errors="replace"))
    return digest.hexdigest()[:12]


class LocalBox:
    """One set of namespaces, kept by an idle init process."""

    def __init__(  # noqa: PLR0913 - a box is made in one place
        self,
        spec: BoxSpec,
        stack: contextlib.ExitStack,
        *,
        trees: cgroup.Trees | None,
        python: bwrap.Interpreter,
        as_root: bool,
        shared: SharedNetwork | None = None,
        root: Root | None = None,
    ) -> None:
        self._spec, self._stack, self._python, self._as_root = spec, stack, python, as_root
        self._root = root
        self._shared = shared
        self._uid = FIRST_UID + secrets.randbelow(UIDS) if as_root else os.geteuid()
        self._group = self._open_group(trees)
        self._filter = boxes_seccomp.compile_filter()
        self._nests = spec.supervised and not as_root  # its supervisor needs namespaces, so it filters for itself
        self._runs = 0
        self._halted = threading.Event()
        self._interrupted = threading.Event()
        self._init = self._open_init()
        if shared is not None:
            shared.wire(self._init.pid, spec.alias)

    @property
    def layers(self) -> tuple[str, ...]:
        """Which defences hold in this box; `…-rlimit` where only each process is bounded, not all together."""
        held = [
            "disk",
            "namespaces",
            "network" if self._shared is None else "private-network",
            "no-capabilities",
            "no-new-privileges",
            "output",
            "read-only-root",
        ]
        held += ["wall", *(["identity"] if self._as_root else []), *(["seccomp"] if not self._nests else [])]
        counted = "" if self._group is not None else "-rlimit"
        held += ["memory-audit"] if self._group is None and not self._spec.supervised and can_look() else []
        return tuple(sorted([*held, *(f"{name}{counted}" for name in ("cpu", "memory", "processes"))]))

    @property
    def init_pid(self) -> int:
        """The first process of the box."""
        return self._init.pid

    @property
    def box_id(self) -> str:
        """The process that holds the box."""
        return f"pid-{self._init.pid}"

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        limits: Limits | None = None,
    ) -> Completed:
        """Run a program to its end under the limits as the box's ordinary user."""
        limits = limits or self._spec.limits
        self._interrupted.clear()
        with contextlib.ExitStack() as stack:
            place = self._place(stack, limits, supervised=False)
            plan = self._plan(
                argv, env, cwd, rlimits=rlimits(limits, supervised=False, counted=self._group is not None), as_user=True
            )
            return run_program(
                place,
                plan,
                stdin=stdin,
                limits=limits,
                halted=self._halted.is_set,
                interrupted=self._interrupted.is_set,
            )

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Stream:
        """Start a long-running program; it ends with `stop` or with the box."""
        limits, supervised = self._spec.limits, self._spec.supervised
        with contextlib.ExitStack() as stack:
            place = self._place(stack, limits, supervised=supervised)
            found = rlimits(limits, supervised=supervised, counted=self._group is not None)
            endless = [limit for limit in found if limit[0] != "RLIMIT_CPU"]
            program = Program(place, self._plan(argv, env, None, rlimits=endless, as_user=not supervised))
            stack.callback(program.stop)
            self._stack.push(stack.pop_all())
        return program

    def put(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Write a file below /scratch, making folders; it belongs to the box's ordinary user."""
        self._must_live()
        scratch.put(self._init.scratch, path, data, mode=mode, owner=self._uid)

    def get(self, path: str, *, max_bytes: int) -> bytes:
        """Read a regular file below /scratch."""
        self._must_live()
        return scratch.get(self._init.scratch, path, max_bytes=max_bytes)

    def put_folder(self, path: str, files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> None:
        """See `Box.put_folder`."""
        self._must_live()
        scratch.put_folder(self._init.scratch, path, files, executable=executable, owner=self._uid)

    def get_folder(self, path: str, *, max_bytes: int, max_files: int) -> Mapping[str, bytes]:
        """See `Box.get_folder`."""
        self._must_live()
        return scratch.get_folder(self._init.scratch, path, max_bytes=max_bytes, max_files=max_files)

    def halt(self) -> None:
        """See `Box.halt`."""
        self._halted.set()

    def interrupt(self) -> None:
        """See `InterruptibleBox.interrupt`."""
        self._interrupted.set()

    def _must_live(self) -> None:
        if self._halted.is_set():
            raise BoxLost("the box was halted")
        self._init.must_live()

    def _open_group(self, trees: cgroup.Trees | None) -> cgroup.ControlGroup | None:
        if trees is None:
            return None
        limits = self._spec.limits
        memory, processes = bounds(limits, supervised=self._spec.supervised)
        try:
            group = cgroup.box_group(
                trees,
                memory_bytes=memory + limits.disk_bytes + INIT_BYTES,
                processes=processes + PLUMBING_PROCESSES + INIT_PROCESSES,
            )
        except OSError as error:
            raise SandboxUnavailable(f"a control group for a box cannot be made: {error}") from error
        self._stack.callback(group.close)
        return group

    def _open_init(self) -> LocalInit:
        group = None
        if self._group is not None:
            group = self._group.child("init", memory_bytes=INIT_BYTES, processes=INIT_PROCESSES)
            self._stack.callback(group.close)
        return self._stack.enter_context(
            open_init(
                python=self._python,
                uid=self._uid if self._as_root else bwrap.NOBODY,
                group=group,
                disk_bytes=self._spec.limits.disk_bytes,
                shared_bytes=shared_memory_bytes(self._spec.limits) if has_shared_memory(self._spec) else None,
                as_root=self._as_root,
                net_of=None if self._shared is None else self._shared.pid,
                hosts=None if self._shared is None else self._shared.hosts,
                folders=self._folders(),
                root=self._root,
                frees_ports=self._spec.supervised and self._spec.localhost,
                ttl_s=None if self._spec.expires_at is None else max(1.0, self._spec.expires_at - time.time()),
            )
        )

    def _folders(self) -> tuple[str, ...]:
        """The further folders, as the box's first process sees them."""
        return self._spec.folders if self._root is None else tuple(f"{IMAGE}{path}" for path in self._spec.folders)

    def _place(self, stack: contextlib.ExitStack, limits: Limits, *, supervised: bool) -> ProgramPlace:
        self._must_live()
        group = None
        if self._group is not None:
            memory, processes = bounds(limits, supervised=supervised)
            group = self._group.child(f"run-{self._runs}", memory_bytes=memory, processes=processes)
            stack.callback(group.close)
        self._runs += 1
        enter = functools.partial(
            bwrap.entered,
            init_pid=self._init.pid,
            as_root=self._as_root,
            supervised=supervised,
            folders=self._folders(),
            image=self._root is not None,
        )
        # Where the launcher has a root to change it applies the filter itself, after that.
        seccomp = None if self._root is not None or (supervised and self._nests) else self._filter
        place = ProgramPlace(enter, python=self._python.path, group=group, seccomp=seccomp, scratch=self._init.scratch)
        if supervised and group is not None:
            place.counts = group.counts.for_supervisors
        return place

    def _plan(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None,
        cwd: str | None,
        *,
        rlimits: Sequence[tuple[str, int, int]],
        as_user: bool,
    ) -> bytes:
        root = self._root
        path = bwrap.search_path(self._python) if root is None else root.search_path
        basics = {"PATH": path, "HOME": "/scratch", "TMPDIR": "/scratch", "LANG": "C.UTF-8"}
        kept = bwrap.supervisor_capabilities(as_root=self._as_root)
        plan = {
            "argv": list(argv),
            "env": basics | dict(env or {}),
            "cwd": cwd or "/scratch",
            "rlimits": rlimits,
            "uid": self._uid if as_user and self._as_root else None,
            "capabilities": [] if as_user else sorted(kept.values()),
            "oom_score_adj": 1000 if as_user else 0,
            "root": None if root is None else IMAGE,
            "seccomp": None if root is None or (self._nests and not as_user) else self._filter.hex(),
        }
        return json.dumps(plan).encode()


def bounds(limits: Limits, *, supervised: bool) -> tuple[int, int]:
    """Bytes and processes for a program and the plumbing around it; a supervisor needs some for itself."""
    extra = (SUPERVISOR_BYTES, SUPERVISOR_PROCESSES) if supervised else (0, 0)
    return limits.memory_bytes + extra[0], limits.processes + extra[1] + PLUMBING_PROCESSES


def rlimits(limits: Limits, *, supervised: bool, counted: bool) -> list[tuple[str, int, int]]:
    """What each process may use: name, soft and hard limit.

    Where groups count (`counted`), cpu time is only a backstop here; where not, these are the only bounds on a
    supervisor's memory, processes and cpu time, and for other programs what holds between two looks (`Audit`).
    """
    cpu_s = math.ceil(limits.cpu_s)
    found = [("RLIMIT_CORE", 0, 0), ("RLIMIT_FSIZE", limits.disk_bytes, limits.disk_bytes)]
    if counted:
        return [*found, ("RLIMIT_CPU", cpu_s + 1, cpu_s + 2)]
    memory, processes = bounds(limits, supervised=supervised)
    # Programs such as the JVM and Node reserve address space that they never use: what they may write counts.
    kind, memory = ("AS", memory) if supervised else ("DATA", 2 * memory)
    return [
        *found,
        ("RLIMIT_CPU", cpu_s, cpu_s + 1),
        (f"RLIMIT_{kind}", memory, memory),
        ("RLIMIT_NPROC", processes, processes),
    ]


def needed_limits(limits: Limits, *, supervised: bool) -> dict[str, int]:
    """Say what hard limits a box needs, by the names of `resource`: what its programs are given, and room for them."""
    memory, processes = bounds(limits, supervised=supervised)
    cpu_s = 2 * math.ceil(limits.cpu_s) + 3
    return {
        "NPROC": processes,
        "AS": memory,
        "DATA": 2 * memory,
        "FSIZE": max(limits.disk_bytes, FILE_BYTES),
        "CPU": max(cpu_s, SUPERVISED_CPU_S) if supervised else cpu_s,
        "STACK": STACK_BYTES,
        "NOFILE": OPEN_FILES,
    }
