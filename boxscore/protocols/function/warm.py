"""A warm box: a box with our supervisor in it, ready to grade one sample after the other.

The supervisor's source is sent over its standard input, so that it is always the one of this version of boxscore,
needs nothing in the image but a Python, and works the same with any backend.
"""

from __future__ import annotations

import marshal
import secrets
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import resources
from boxscore.boxes.contract import SEND_S, BoxSpec
from boxscore.errors import BoxLost, LossCause
from boxscore.protocols.function.syscall_filter import candidate_filters
from boxscore.protocols.function.wire import (
    MAX_VERDICT_BYTES,
    FrameReader,
    Message,
    Ready,
    ReferenceReport,
    SampleVerdict,
    pack,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import Backend, Box, Stream
    from boxscore.records import Limits

    Sources = tuple[tuple[str, str], ...]  # name and text of each module

MODULES = (  # each needs only those before it
    *("plain", "frames", "long_answers", "procfs", "candidate"),
    *("texts", "verdicts", "proxies", "usage", "channel", "judging", "streams", "grader"),
    *("confine", "hiding", "hugepages", "identity", "leftovers", "memory", "nodes", "rehearsal", "supervisor"),
)
PROGRAM_MODULES = (  # what a box for programs is sent beside those
    *("program_frames", "program_candidate", "program_compare"),
    *("program_channel", "program_verdicts", "program_grader", "program_rehearsal"),
)
START_S, LAST_WORDS = 60.0, 500
REFERENCE_CPU_S = 900.0  # of a reference over all inputs: the most that any process of a warm box is given
ESCAPED = 6  # bytes that a byte of output may become in a frame
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


FUNCTION = Parts(name="function", modules=MODULES, preload=PRELOAD)
PROGRAM = Parts(
    name="program",
    modules=(*MODULES[:-1], *PROGRAM_MODULES, MODULES[-1]),
    preload=(*PRELOAD, *PROGRAM_PRELOAD),
    readable=(*READABLE, "/usr/include"),
    calls=("pidfd_open",),  # to wait for the end of a process, which is all that it is good for here
)

BOOT = """
import marshal, os, sys, types
def read(count):
    data = b""
    while len(data) < count:
        part = os.read(0, count - len(data))
        if not part: sys.exit(4)
        data += part
    return data
for name, source in marshal.loads(read(int.from_bytes(read(4), "little"))):
    module = sys.modules[name] = types.ModuleType(name)
    exec(compile(source, name + ".py", "exec"), module.__dict__)
sys.modules["supervisor"].main()
"""


@cache
def sandbox_sources(parts: Parts = FUNCTION) -> Sources:
    """The modules of `sandbox/`, by name, in the order in which they must be loaded."""
    folder = resources.folder("sandbox")
    return tuple((name, (folder / f"{name}.py").read_text("utf-8")) for name in parts.modules)


class WarmBox:
    """One supervisor's streams. Not for two threads at once."""

    def __init__(self, box: Box, stream: Stream, limits: Limits, sources: Sources, parts: Parts = FUNCTION) -> None:
        self._stream, self._reader = stream, FrameReader(stream)
        self._most_bytes = MAX_VERDICT_BYTES + ESCAPED * limits.output_bytes
        modules = marshal.dumps(sources, 2)
        stream.send(
            len(modules).to_bytes(4, "little") + modules + pack(_settings(limits, parts, hide="gvisor" in box.layers))
        )
        ready = self._reader.read(Ready, START_S)
        self.python = ready.python
        self.layers = tuple(sorted({*box.layers, *ready.layers}))

    def send(self, frames: bytes, timeout_s: float = SEND_S) -> None:
        """Send one or more frames, as `pack` makes them; see `Stream.send`. Raises BoxLost as `verdict` does."""
        with self._explained():
            self._stream.send(frames, timeout_s)

    def verdict(self, timeout_s: float) -> SampleVerdict:
        """Read the next verdict. Raises BoxLost with the last words of the supervisor, and who ended it, if it has."""
        with self._explained():
            return self._reader.read(SampleVerdict, timeout_s, self._most_bytes)

    def message(self, kind: type[Message], timeout_s: float, max_bytes: int) -> Message:
        """Read the next frame as a record of another kind."""
        with self._explained():
            return self._reader.read(kind, timeout_s, max_bytes)

    def reference(self, timeout_s: float, max_bytes: int) -> ReferenceReport:
        """Read the answer to a request for the reference's answers."""
        with self._explained():
            return self._reader.read(ReferenceReport, timeout_s, max_bytes)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except BoxLost as error:
            cause = self._stream.fate() if error.cause is LossCause.UNKNOWN else error.cause
            message = self._stream.stop().strip()[-LAST_WORDS:]
            raise BoxLost(f"{error} ({cause}): {message}", cause=cause) from error


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
        "filters": candidate_filters(parts.calls),
        "preload": list(parts.preload),
        "parts": parts.name,
    }


@contextmanager
def open_warm_box(
    backend: Backend, image: str | None, limits: Limits, *, sources: Sources | None = None, parts: Parts = FUNCTION
) -> Iterator[WarmBox]:
    """Open a box and start the supervisor in it; on exit all of it is gone.

    `sources` stand in for `sandbox_sources()`: tests take a defence out of them and show what it held.

    Raises BoxLost when the supervisor does not get ready, with what it wrote to standard error.
    """
    with backend.box(BoxSpec(image=image, limits=limits, supervised=True)) as box:
        stream = box.open(["python3", "-P", "-s", "-B", "-X", "utf8", "-c", BOOT], env={"PYTHONHASHSEED": "0"})
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
