"""What crosses the borders in a box: frames with the host, requests to the supervisor, kinds of answers.

Frames from the host (trusted): length (4 bytes, little endian), then a marshalled tuple whose first item is "instance",
"sample", "reference" or "end". Frames to the host: length, then JSON. Between grader and candidate a frame is a length
and bytes too: a request is a marshalled tuple, an answer is one byte that says what it is, then its payload.
"""

from __future__ import annotations

import json
import os
import struct
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Literal, NotRequired, TypedDict

    Outcome = Literal[
        "passed", "wrong", "error", "forbidden", "tampered", "timeout", "memory", "output_limit", "disk_limit",
        "process_limit", "signal", "syntax", "build_failed", "no_tests", "internal",
    ]  # fmt: skip
    LimitName = Literal["cpu", "wall", "memory", "output", "disk", "processes"]

    class Settings(TypedDict):
        """What the host tells a supervisor, once."""

        scratch: str
        first_uid: int
        memory_bytes: int
        processes: int
        disk_bytes: int
        cpu_s: float  # the most that any candidate will be given
        output_bytes: int
        readable: list[str]
        devices: list[str]
        hide: bool  # /proc and odd devices: the kernel is gVisor's, which lets everybody see them
        filters: dict[str, bytes]
        preload: list[str]
        parts: str  # who plays grader and candidate: "function", "program" or "unittest"
        turns: int  # how many graders there may be, one after the other; so many keys follow (`streams.Turns`)
        shared: list[str]  # folders that every candidate may write to, and that are emptied after each
        roomy: bool  # as whole programs and their tests need it: more and larger files, loopback, files that can be run
        environment: list[tuple[str, str]]  # of the supervisor, when it imports what is preloaded

    class CandidateLimits(TypedDict):
        """What bounds one candidate."""

        cpu_s: float
        wall_s: float
        memory_bytes: int

    class InputsMessage(TypedDict):
        """Inputs whose answers are compared with the reference's."""

        arguments: tuple[tuple[Any, ...], ...]
        base: int | None
        checker: str | None
        exact_types: bool
        expected: tuple[bytes, ...]
        identical: tuple[bool, ...]
        cpu_s: tuple[float, ...]
        total_cpu_s: float

    class PartMessage(TypedDict):
        """Tests of a part that is scored apart, on a process of its own, and decides nothing else."""

        part: str
        names: tuple[str, ...]
        helpers: str
        tests: str

    class InstanceMessage(TypedDict):
        """What the host tells a grader of an instance; `part` names what `tests` are where there are `apart`."""

        entry_point: str
        names: tuple[str, ...]
        helpers: str
        tests: str | None
        beside: str  # when tests are run in the program's own process, and the next two: see `FunctionTask`
        borrowed: NotRequired[tuple[str, ...]]
        bound: NotRequired[tuple[str, ...]]
        limits: CandidateLimits
        inputs: InputsMessage | None
        part: NotRequired[str]
        apart: NotRequired[tuple[PartMessage, ...]]


LENGTH = struct.Struct("<I")
MAX_FRAME = 256 << 20


class BoxFailure(Exception):  # noqa: N818 - what the supervisor tells the host before it gives up
    """The box cannot go on. `fields` go into the last frame, beside what kind of failure it is."""

    def __init__(self, kind: str, detail: str, **fields: str | int) -> None:
        super().__init__(detail)
        self.fields: dict[str, Any] = {"failure": kind, "detail": detail[:400], **fields}


START, END, END_GONE = b"S", b"K", b"E"  # a grader's requests; the last: its candidate's pipe has ended already
START_PROGRAM = b"R"  # the same with limits of its own, and whoever has its identity may open its answers' pipe anew
START_OBSERVED = b"O"  # as START_PROGRAM, with one more anonymous file, for what tests observe
LEAVE = b"L"  # it has served its instance; its exit status follows
PULSE = b"P"  # a grader that waits, patiently, for a candidate that is kept from running
START_REQUEST = struct.Struct("<cdd")  # START, cpu seconds, seconds until the grader must have ended the sample
PROGRAM_REQUEST = struct.Struct("<cddqqq")  # as above, then bytes of address space (-1: any) and of data, processes
STARTED = struct.Struct("<i")  # pid; the ends of the pipes and the log come with it
ENDED = struct.Struct("<iddQB")  # wait status, cpu seconds of user and system, peak bytes, leftovers
DISK_FULL, OUT_OF_MEMORY, MANY_PROCESSES, KILLED = 1, 2, 4, 8  # leftovers, bit by bit; KILLED: it had not ended itself
UNCONFINED = 16  # it ended before it had said that every restriction was in force, so before any of its code was read
CONFINED = b"c"  # what it says then; anything else tells which restriction failed

VALUE, RAISED, LOADED, DIGEST = b"v", b"e", b"l", b"d"
ANSWER, CALLBACK, PASSED = b"m", b"c", b"p"  # the first two carry a message (`crossing.py`)
MAX_ANSWER = 64 << 20


def read_frame(descriptor: int) -> bytes | None:
    head = read_exactly(descriptor, LENGTH.size)
    if head is None:
        return None
    size = LENGTH.unpack(head)[0]
    if size > MAX_FRAME:
        raise OSError("a frame from the host is too large")
    return read_exactly(descriptor, size)


def read_exactly(descriptor: int, count: int) -> bytes | None:
    """Read `count` bytes and not one more; None when the stream ends before."""
    parts = []
    while count:
        part = os.read(descriptor, min(count, 1 << 20))
        if not part:
            return None
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def reply(outgoing: int, message: dict[str, Any]) -> None:
    write_all(outgoing, frame_of(message))


def frame_of(message: dict[str, Any]) -> bytes:
    data = json.dumps(message).encode()
    return LENGTH.pack(len(data)) + data


def write_all(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]
