"""A warm box: a box with our supervisor in it, ready to grade one sample after the other.

The supervisor's source is sent over its standard input, so that it is always the one of this version of boxscore,
needs nothing in the image but a Python, and works the same with any backend. With it goes what it compiles to, for a
Python in the box that takes the same code as this one: then nothing is compiled there.
"""

from __future__ import annotations

import marshal
import math
import secrets
import threading
from contextlib import contextmanager, suppress
from functools import cache
from importlib.util import MAGIC_NUMBER
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import resources
from boxscore.boxes.contract import SEND_S, BoxSpec
from boxscore.cache import cache_folder, read_cached, write_cached
from boxscore.errors import BoxError, BoxLost, LossCause
from boxscore.protocols.retry import LAST_WORDS, with_last_words
from boxscore.protocols.syscall_filter import OPEN_FILES, candidate_filters
from boxscore.protocols.wire import (
    MAX_VERDICT_BYTES,
    FrameReader,
    HeldReport,
    Message,
    Ready,
    ReferenceReport,
    SampleVerdict,
    Turn,
    pack,
)
from boxscore.records import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend, Box, Stream
    from boxscore.records import Limits

    Sources = tuple[tuple[str, str], ...]


MODULES = (  # each needs only those before it
    *("plain", "frames", "procfs", "crossing", "objects", "candidate"),
    *("texts", "verdicts", "proxies", "usage", "channel", "judging", "streams", "grader"),
    *(
        "confine",
        "identity",
        "leftovers",
        "memory",
        "supervisor",
    ),
)
PROGRAM_MODULES = (  # what a box for programs is sent beside those
    *("program_frames", "program_candidate"),
    *("program_channel", "program_verdicts", "program_grader"),
)
UNITTEST_MODULES = ("unittest_report", "unittest_candidate", "unittest_grader")  # and where tests run beside them
START_S, PRELOADING_S = 60.0, 300.0
NEXT_TURN_S = 5.0  # for a grader to end and the next to start, which takes some milliseconds
TURNS, KEY_BYTES, SPARE_TURNS = 6_000, 16, 100  # graders of a box, one after the other; see `sandbox/streams.py`
END = pack(("end",))
REFERENCE_CPU_S = 900.0  # of a reference over all inputs: the most that any process of a warm box is given
ESCAPED = 6  # bytes that a byte of output may become in a frame
SHARED_MEMORY = "/dev/shm"  # noqa: S108 - a box's own
FIRST_UID, UID_SPAN = 1 << 20, 1 << 30

READABLE = (
    "/usr/lib",
    "/usr/lib64",
    "/usr/bin",
    "/usr/share",
    "/lib",
    "/lib64",
    "/bin",
    "/etc/ld.so.cache",
    "/etc/localtime",
)
DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
PRELOAD = (
    *("abc", "bisect", "builtins", "collections", "collections.abc", "copy", "datetime", "enum", "functools", "heapq"),
    *("itertools", "math", "operator", "re", "string", "typing"),
)

UNITTEST_PRELOAD = ("tempfile", "traceback", "unittest", "unittest.mock")
UNITTEST_CALLS = (  # what tests of whole programs ask for: loopback, pipes with names, what `shutil` copies of a file
    *("accept", "accept4", "bind", "connect", "listen", "recvmmsg", "socket"),
    *(
        "mknod",
        "mknodat",
        "fchown",
        "lchown",
        "setpriority",
        "pidfd_open",
        "pidfd_send_signal",
        "sched_rr_get_interval",
    ),
    *("getxattr", "lgetxattr", "fgetxattr", "listxattr", "llistxattr", "flistxattr"),
    *("setxattr", "lsetxattr", "fsetxattr", "removexattr", "lremovexattr", "fremovexattr", "syncfs"),
)
PROGRAM_CALLS = ("mknod", "mknodat", "setpriority", "pidfd_open")  # pipes with names, `nice`, waiting for processes
PROGRAM_PRELOAD = ("array", "cmath", "decimal", "fractions", "io", "json", "queue", "random", "threading", "time")


class Parts(Struct, frozen=True, kw_only=True):
    """Who plays in a warm box: the name of the parts, which modules are sent, what is imported before the first fork.

    Candidates may read what is below `readable`, and call `calls` beside what every candidate may call.
    """

    name: str
    modules: tuple[str, ...]
    preload: tuple[str, ...]
    readable: tuple[str, ...] = READABLE
    calls: tuple[str, ...] = ()
    shared: tuple[str, ...] = ("/tmp", "/dev/shm")  # noqa: S108 - the box's own, emptied after each candidate
    roomy: bool = False  # more and larger files, loopback, files of their own that can be run
    open_files: int = OPEN_FILES  # as the supervisor has it for such a box
    environment: tuple[tuple[str, str], ...] = ()  # of the supervisor, for what it imports


FUNCTION = Parts(name="function", modules=MODULES, preload=PRELOAD)
PROGRAM = Parts(
    name="program",
    modules=(*MODULES[:-1], *PROGRAM_MODULES, MODULES[-1]),
    preload=(*PRELOAD, *PROGRAM_PRELOAD),
    readable=(*READABLE, "/usr/include", *(f"/etc/java-{version}-openjdk" for version in (17, 21, 25))),
    calls=PROGRAM_CALLS,
)

UNITTEST = Parts(
    name="unittest",
    modules=(*MODULES[:-1], *PROGRAM_MODULES, *UNITTEST_MODULES, MODULES[-1]),
    preload=(*PRELOAD, *PROGRAM_PRELOAD, *UNITTEST_PRELOAD),
    readable=("/",),
    calls=UNITTEST_CALLS,
    roomy=True,
    open_files=1_000,
    environment=(
        *((f"{name}_NUM_THREADS", "1") for name in ("OMP", "OPENBLAS", "MKL", "NUMEXPR")),
        ("MPLBACKEND", "Agg"),
        ("LANG", "C.UTF-8"),
        ("TF_CPP_MIN_LOG_LEVEL", "3"),
        ("TF_ENABLE_ONEDNN_OPTS", "0"),
    ),
)

BOOT = """
import sys
sys.path[:] = [path for path in sys.path if path]
import marshal, os, types
def read(count):
    data = b""
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part: sys.exit(4)
        data += part
    return data
from _frozen_importlib_external import MAGIC_NUMBER
magic, programs, sources = marshal.loads(read(int.from_bytes(read(4), "little")))
if magic == MAGIC_NUMBER:
    del sources
    programs = marshal.loads(programs)
else:
    programs = [(name, compile(source, name + ".py", "exec")) for name, source in sources]
names = {name for name, _ in programs}
while programs:
    name, program = programs.pop(0)
    module = sys.modules[name] = types.ModuleType(name)
    exec(program, module.__dict__)
del name, program
sys.modules["supervisor"].main()
"""


@cache
def sandbox_sources(parts: Parts = FUNCTION) -> Sources:
    """The modules of `sandbox/`, by name, in the order in which they must be loaded."""
    folder = resources.folder("sandbox")
    return tuple((name, (folder / f"{name}.py").read_text("utf-8")) for name in parts.modules)


_compiling = threading.Lock()  # boxes open side by side, and need the same


@cache
def _compiled(sources: Sources) -> bytes:
    """What the modules compile to here, without docstrings; each name and its code, for `marshal`."""
    kept = cache_folder() / "compiled" / fingerprint(MAGIC_NUMBER.hex(), sources)
    if (known := read_cached(kept)) is not None:
        return known
    programs = [
        (name, compile(source, f"{name}.py", "exec", dont_inherit=True, optimize=2)) for name, source in sources
    ]
    compiled = marshal.dumps(programs)
    write_cached(kept, compiled)
    return compiled


class WarmBox:
    """One supervisor's streams. Not for two threads at once."""

    def __init__(
        self,
        box: Box,
        stream: Stream,
        limits: Limits,
        sources: Sources,
        parts: Parts = FUNCTION,
    ) -> None:
        self._stream, self._reader = stream, FrameReader(stream)
        self._keys, self._turn = secrets.token_bytes(TURNS * KEY_BYTES), 0
        self._shown, self._in_turn = b"", False  # the key that a grader has shown and was not given back yet
        self._most_bytes = MAX_VERDICT_BYTES + ESCAPED * limits.output_bytes
        with _compiling:
            compiled = _compiled(sources)
        modules = marshal.dumps((MAGIC_NUMBER, compiled, sources), 2)
        settings = _settings(limits, parts, hide="gvisor" in box.layers)
        stream.send(len(modules).to_bytes(4, "little") + modules + pack(settings) + self._keys)
        ready = self._reader.read(Ready, PRELOADING_S if parts.roomy else START_S)
        self.python = ready.python
        self.layers = tuple(sorted({*box.layers, *ready.layers}))

    def send(self, frames: bytes, timeout_s: float = SEND_S, *, last: bool = False) -> None:
        """Send one or more frames, as `pack` makes them; see `Stream.send`. Raises BoxLost as `verdict` does.

        They go to the grader whose turn it is, which ends with the `last`; after that, to the next one.
        """
        with self._explained():
            self._begin_turn(START_S)
            frames, self._shown = self._shown + frames, b""
            self._stream.send(frames + END if last else frames, timeout_s)
            self._in_turn = not last

    def is_free(self) -> bool:
        """Whether the last grader has ended with all its processes, so that somebody else's tests may come."""
        with suppress(BoxError, TimeoutError):
            self._begin_turn(NEXT_TURN_S)
            return True
        return False

    def _begin_turn(self, timeout_s: float) -> None:
        """Wait for the next grader, where none has its turn."""
        if self._in_turn or self._shown:
            return
        key = self._keys[self._turn * KEY_BYTES :][:KEY_BYTES]
        self._turn += 1
        self._reader.skip_to(Turn(key.hex()), timeout_s)
        self._shown = key

    @property
    def turns_left(self) -> int:
        """How many graders it may still have."""
        return TURNS - self._turn

    @property
    def ends_graders(self) -> bool:
        """Whether all that a grader starts surely ends with it; `sandbox/identity.py` says where it may not."""
        return "identity" in self.layers

    def verdict(self, timeout_s: float, most_s: float = math.inf) -> SampleVerdict:
        """Read the next verdict; see `FrameReader.read`.

        Raises BoxLost with the last words of the supervisor, and who ended it, if it has.
        """
        with self._explained():
            return self._reader.read(SampleVerdict, timeout_s, self._most_bytes, most_s)

    def message(self, kind: type[Message], timeout_s: float, max_bytes: int, most_s: float = math.inf) -> Message:
        """Read the next frame as a record of another kind."""
        with self._explained():
            return self._reader.read(kind, timeout_s, max_bytes, most_s)

    def reference(self, timeout_s: float, max_bytes: int) -> ReferenceReport:
        """Read the answer to a request for the reference's answers."""
        with self._explained():
            return self._reader.read(ReferenceReport, timeout_s, max_bytes)

    def held_bytes(self, timeout_s: float) -> int:
        """Ask what the box holds while no candidate is in it; between two instances only."""
        self.send(pack(("held",)), timeout_s)
        return self.message(HeldReport, timeout_s, MAX_VERDICT_BYTES).held_bytes

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except BoxLost as error:
            cause = self._stream.fate() if error.cause is LossCause.UNKNOWN else error.cause
            raise with_last_words(error, cause, self._stream.stop()) from error


def _settings(limits: Limits, parts: Parts, *, hide: bool) -> dict[str, object]:
    return {
        "scratch": "/scratch/candidate",
        "first_uid": FIRST_UID + secrets.randbelow(UID_SPAN),
        "memory_bytes": limits.memory_bytes,
        "processes": limits.processes,
        "disk_bytes": limits.disk_bytes,
        "cpu_s": max(limits.cpu_s, REFERENCE_CPU_S),
        "output_bytes": limits.output_bytes,
        "readable": list(parts.readable),
        "devices": list(DEVICES),
        "hide": hide,
        "filters": candidate_filters(parts.calls, parts.open_files),
        "preload": list(parts.preload),
        "parts": parts.name,
        "turns": TURNS,
        "shared": list(parts.shared),
        "roomy": parts.roomy,
        "environment": list(parts.environment),
    }


@contextmanager
def open_warm_box(
    backend: Backend, image: str | None, limits: Limits, *, sources: Sources | None = None, parts: Parts = FUNCTION
) -> Iterator[WarmBox]:
    """Open a box and start the supervisor in it; on exit all of it is gone.

    `sources` stand in for `sandbox_sources()`: tests take a defence out of them and show what it held.

    Raises BoxLost when the supervisor does not get ready, with what it wrote to standard error.
    """
    folders = tuple(path for path in parts.shared if path != SHARED_MEMORY)
    spec = BoxSpec(
        image=image,
        limits=limits,
        supervised=True,
        folders=folders,
        shared_memory=SHARED_MEMORY in parts.shared,
        localhost=parts.roomy,
    )
    with backend.box(spec) as box:
        stream = box.open(["python3", "-s", "-B", "-X", "utf8", "-c", BOOT], env={"PYTHONHASHSEED": "0"})
        ready = False
        try:
            warm = WarmBox(box, stream, limits, sources or sandbox_sources(parts), parts)
            ready = True
            yield warm
        except (BoxLost, TimeoutError) as error:
            if ready:
                raise
            raise BoxLost(f"the supervisor did not start: {stream.stop().strip()[-LAST_WORDS:] or error}") from error
        finally:
            stream.stop()
