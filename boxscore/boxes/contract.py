"""The sandbox contract: a `Backend` opens a `Box`; a `Box` runs programs that nobody trusts.

Nothing here knows how a box is made (see `docker/` and `local/`) or what is graded in it (see `boxscore/protocols/`).
Paths are absolute paths inside the box. Every method may raise `BoxLost`.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.errors import LossCause


class Capability(enum.StrEnum):
    """What some backends can do and others cannot; they may name more of their own."""

    IMAGES = "images"  # boxes of images, of which there may be many: what patches need
    MACHINE = "machine"  # boxes without an image too, of this machine's own programs
    FOLDERS = "folders"  # `BoxSpec.folders`
    NETWORKS = "networks"  # `Backend.network`
    RUNTIMES = "runtimes"  # a choice of container runtimes
    SUPERVISED = "supervised"  # boxes for a supervisor: what functions need
    SHARED = "shared"  # an engine that others may use too: see `SharedBackend`
    INTERRUPTS = "interrupts"  # boxes that can end what runs and go on: see `InterruptibleBox`
    SANDBOX = "sandbox"  # what runs in a box is kept from what is outside


class Network(Struct, frozen=True):
    """A private network that a backend has open: boxes on it reach each other and nothing else. `name` is its own."""

    name: str


class BoxSpec(Struct, frozen=True, kw_only=True):
    """What kind of box is wanted.

    `image` is a reference the backend understands; backends without images refuse any but None.
    `limits` bound each `run` and, for memory, processes and disk, the box as a whole.
    `folders` are further absolute paths where the box gets an empty writable folder of the ordinary user's own; all of
    them and the scratch are bounded by `limits.disk_bytes` each, and by the box's memory together.
    A plain box has a `/dev/shm` of its own, shared by its programs, of half of `limits.memory_bytes`; what it holds
    counts as the box's memory. A supervised one has none that programs could share, unless `shared_memory` asks for it:
    then its supervisor sees to what is left there.
    Each box has a loopback device of its own. Without `localhost` it may have no hosts file, so that not even that name
    resolves: such a box opens sooner, and is for programs that need no names.
    A box on a `network` is found by the others there under its `alias`, a host name; one without an alias is a client.
    A `supervised` box is for our own supervisor, which needs to change identity and to end processes of others. It is
    opened for that one program, and may end with it; nothing else is run in it, and no file is put or got. The program
    keeps the capabilities SETUID, SETGID, KILL, CHOWN, DAC_OVERRIDE and no others (under gVisor also SYS_ADMIN, to
    cover /proc, which it gives up).
    `owner` names who asked for a box, for people who look at an engine's. After `expires_at` (seconds since 1970)
    nobody needs it: whoever reaps may remove it, also while its engine lives.
    """

    image: str | None = None
    limits: Limits = Limits()
    supervised: bool = False
    folders: tuple[str, ...] = ()
    shared_memory: bool = False
    localhost: bool = True
    network: Network | None = None
    alias: str | None = None
    owner: str = ""
    expires_at: float | None = None


def has_shared_memory(spec: BoxSpec) -> bool:
    """Whether a box has a `/dev/shm` that its programs share."""
    return spec.shared_memory or not spec.supervised


def shared_memory_bytes(limits: Limits) -> int:
    """How much a box's `/dev/shm` holds: half of its memory, which is what Linux gives a machine's."""
    return limits.memory_bytes // 2


class Completed(Struct, frozen=True, kw_only=True):
    """How a program ended.

    Exactly one of `exit_code` and `signal` is set unless the box lost the program's status. Output is cut at
    `limits.output_bytes` for each stream and the flag says so. `limit` names the limit that ended the program.
    """

    exit_code: int | None
    signal: int | None = None
    stdout: bytes = b""
    stderr: bytes = b""
    stdout_truncated: bool = False
    stderr_truncated: bool = False
    cpu_s: float | None = None
    wall_s: float
    memory_bytes: int | None = None
    limit: LimitName | None = None


SEND_S = 60.0


class Stream(Protocol):
    """A running program's standard input and output, in raw bytes."""

    def send(self, data: bytes, timeout_s: float = SEND_S) -> None:
        """Write all of `data`; what comes out meanwhile is kept, so that two sides that write do not wait for ever.

        Raises BoxLost when the program has gone, TimeoutError when nothing has moved either way for `timeout_s`.
        """

    def receive(self, max_bytes: int, timeout_s: float) -> bytes:
        """Read at least one byte and at most `max_bytes`; b"" at the end. Raises TimeoutError after `timeout_s`."""

    def fate(self) -> LossCause:
        """Say who ended a program whose stream has ended; UNKNOWN where nobody knows. To be asked before `stop`.

        INSIDE is for what is certain: the program ended by its own exit, or the kernel ended it for the box's own limit
        on memory. A program killed by a signal of somebody else, and a box that is gone, are OUTSIDE.
        """

    def stop(self) -> str:
        """End the program and all it started, wait for that, and return the tail of its standard error (bounded)."""


class Box(Protocol):
    """One sandbox. Everything in it is gone when its context ends."""

    @property
    def layers(self) -> tuple[str, ...]:
        """Which defences hold in this box, by name, sorted; recorded in each result."""

    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: bytes = b"",
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        limits: Limits | None = None,
    ) -> Completed:
        """Run a program to its end under the limits (the box's own unless given) as the box's ordinary user.

        All processes it leaves are killed, and no others: programs that were opened go on. Beside those, memory and
        processes are bounded by the box's own limits, for all together; the cpu time that is counted and bounded may
        include theirs. A program that cannot be started ends with exit code 127.
        """

    def put(self, path: str, data: bytes, *, mode: int = 0o644) -> None:
        """Write a file below the box's scratch (`/scratch`), making folders. Never follows a link out of it."""

    def get(self, path: str, *, max_bytes: int) -> bytes:
        """Read a regular file. Raises FileNotFoundError; ProtocolError if it is larger or not a regular file."""

    def put_folder(self, path: str, files: Mapping[str, bytes], *, executable: Collection[str] = ()) -> None:
        """Write files, by their paths relative to a folder below the scratch, which is created. Never follows a link.

        What was in the folder stays, but for files of the same names. Those named in `executable` are.
        """

    def get_folder(self, path: str, *, max_bytes: int, max_files: int) -> Mapping[str, bytes]:
        """Read all regular files below a folder, by their paths relative to it. Follows no link.

        Raises FileNotFoundError; ProtocolError if it is no folder, holds more than `max_bytes` or than `max_files`
        files and folders, anything but regular files and folders, or names that are not plain UTF-8.
        """

    def open(self, argv: Sequence[str], *, env: Mapping[str, str] | None = None) -> Stream:
        """Start a program that goes on while others run; in a supervised box the supervisor, with its capabilities.

        Programs of one box are one user's: they share the scratch and loopback, and may signal each other.
        """

    def halt(self) -> None:
        """End what `run` runs, soon; it, and whatever is asked from now on, raises BoxLost. For any thread.

        Never waits. Programs that were opened are ended by `Stream.stop`.
        """


class InterruptibleBox(Box, Protocol):
    """A box of a backend with the capability INTERRUPTS."""

    def interrupt(self) -> None:
        """End what `run` runs, soon, as if its wall time were over; where nothing runs, do nothing. For any thread."""


class ReadyBox(Box, Protocol):
    """A box that can do ahead what it takes to start a program. Not every backend's boxes can, or need to."""

    def get_ready(self) -> None:
        """Do ahead what the next program that is run would wait for, while nothing runs; never fails."""


class Backend(Protocol):
    """A way of making boxes."""

    @property
    def name(self) -> str:
        """The word users choose it by: docker, local, fake."""

    @property
    def capabilities(self) -> frozenset[str]:
        """What it can do that not every backend can, by the names of `Capability`. Cheap; asks no engine."""

    def check(self) -> None:
        """Prove that a box can be made here, cheaply. Raises SandboxUnavailable with what to install."""

    def image_digest(self, image: str | None) -> str:
        """Say exactly what `image` is here, for provenance and for reuse of results. Raises ImageMissing."""

    def box(self, spec: BoxSpec) -> AbstractContextManager[Box]:
        """Open a box. Raises SandboxUnavailable or ImageMissing; on exit kills, waits and removes everything."""

    def network(self) -> AbstractContextManager[Network]:
        """Make a private network for boxes of this backend, which end before it does.

        Raises SandboxUnavailable where there is none to be had, and why.
        """

    def reap(self) -> Sequence[str]:
        """Remove what dead engines left behind and what could not be removed when its box ended; return it."""


class SharedBackend(Backend, Protocol):
    """A backend whose engine also runs other owners' boxes, some of which may be out of sight from here."""

    def foreign(self) -> Sequence[str]:
        """Name the boxes whose owner cannot be seen from here, because of which `reap` leaves them."""

    def reap(self, *, foreign: bool = False) -> Sequence[str]:
        """See `Backend.reap`; with `foreign` those too, in use or not."""


def needs_image(backend: Backend) -> bool:
    """Whether a box of this backend needs an image, as it has none of this machine's own programs."""
    return Capability.IMAGES in backend.capabilities and Capability.MACHINE not in backend.capabilities


def engine_of(backend: Backend) -> str | None:
    """The address, without secrets, of the engine that makes a backend's boxes: its `engine`, which only some have.

    None for this machine's own.
    """
    engine: str | None = getattr(backend, "engine", None)
    return engine


def runtime_of(backend: Backend) -> str | None:
    """The container runtime of a backend's boxes: its `runtime`, which only backends with a choice of them have.

    Raises SandboxUnavailable.
    """
    runtime: str | None = getattr(backend, "runtime", None)
    return runtime
