"""Frames between the host and a warm box: how they are cut, bounded and decoded.

Out go marshalled tuples, which the box trusts. In come JSON objects, which we do not: each has a length limit, is
decoded into a typed record, and anything else is a ProtocolError.
"""

from __future__ import annotations

import marshal
import math
import struct
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Literal, TypeVar

import msgspec
from msgspec import Struct

from boxscore.boxes.inherited import low_limit
from boxscore.errors import BoxLost, LossCause, ProtocolError, SandboxUnavailable
from boxscore.records import LimitName, Outcome  # noqa: TC001 - msgspec reads the annotations when it decodes

if TYPE_CHECKING:
    from boxscore.boxes.contract import Stream

MARSHAL_VERSION = 2  # as in sandbox/plain.py: one byte form for each value
MAX_VERDICT_BYTES = 8 << 20
MAX_REFERENCE_BYTES = 512 << 20
READ_BYTES = 1 << 18
MAX_SIGNS = 5_000
SLICE_S = 5.0  # a wait that takes longer than it was to shows that this process stood still

_LENGTH = struct.Struct("<I")
Message = TypeVar("Message", bound=Struct)


class Ready(Struct, frozen=True, forbid_unknown_fields=True):
    """A supervisor's greeting: its Python and the defences it laid on candidates."""

    ready: bool
    python: str
    layers: tuple[str, ...]


class Turn(Struct, frozen=True, forbid_unknown_fields=True):
    """A new grader's first word: the key of its turn, which no earlier one can know."""

    turn: str


class SampleVerdict(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grader saw of one sample, named by the number the host gave it."""

    number: int
    outcome: Outcome
    reason: str
    error_type: str | None
    limit: LimitName | None
    unsure: bool  # somebody else may have done it: to be graded once more
    parts: dict[str, Outcome]
    output: str
    output_truncated: bool
    cpu_s: float
    wall_s: float
    memory_bytes: int | None  # None: it ended before anybody had looked
    beside: str = ""  # why its tests ran in its own process, if they did


class HeldReport(Struct, frozen=True, forbid_unknown_fields=True):
    """What a box holds between two instances, by the kernel's count."""

    held_bytes: int


class Alive(Struct, frozen=True, forbid_unknown_fields=True):
    """A grader that waits for a candidate which the machine keeps from running, or which takes its time."""

    alive: bool


class SupervisorFailure(Struct, frozen=True, forbid_unknown_fields=True):
    """A supervisor's last frame: why the box cannot go on. `limit` is an inherited one that is lower than ours."""

    failure: Literal["limit", "confinement", "start", "killed", "held"]
    detail: str
    limit: str = ""
    value: int = 0
    needed: int = 0


class ReferenceReport(Struct, frozen=True, forbid_unknown_fields=True):
    """The reference's answers (hexadecimal), its times, and whether equal bytes mean equal answers (no NaN)."""

    reason: str
    answers: list[str]
    cpu_s: list[float]
    identical: list[bool]


def pack(message: Any) -> bytes:
    """Make a frame for the box."""
    data = marshal.dumps(message, MARSHAL_VERSION)
    return _LENGTH.pack(len(data)) + data


class FrameReader:
    """Cuts a stream from a box into frames."""

    def __init__(self, stream: Stream) -> None:
        self._stream, self._inbox = stream, bytearray()

    def read(
        self,
        kind: type[Message],
        timeout_s: float,
        max_bytes: int = MAX_VERDICT_BYTES,
        most_s: float = math.inf,
    ) -> Message:
        """Read one frame as a record of `kind`.

        Raises TimeoutError after `timeout_s` without a frame (each sign of life begins them anew, until `most_s` are
        over; time in which this process itself stood still does not count), BoxLost at the end of the stream or when
        the supervisor says why it gives up, SandboxUnavailable when no box can be had like that, ProtocolError
        otherwise.
        """
        until = time.monotonic() + most_s
        for _ in range(MAX_SIGNS):
            data = self._frame(timeout_s, max_bytes)
            if time.monotonic() > until and _is_sign_of_life(data):
                raise TimeoutError(f"the program in the box gave nothing but signs of life for {most_s:g} s")
            try:
                return msgspec.json.decode(data, type=kind)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                if not _is_sign_of_life(data):
                    _raise_failure(data)
                    raise ProtocolError(f"a frame that is no {kind.__name__} came out of a box: {error}") from None
        raise ProtocolError(f"a box gave {MAX_SIGNS} signs of life and no {kind.__name__}")

    def skip_to(self, turn: Turn, timeout_s: float) -> None:
        """Drop what comes before a turn begins. Raises TimeoutError, BoxLost or ProtocolError where it does not."""
        until = time.monotonic() + timeout_s
        while True:
            data = self._frame(max(0.0, until - time.monotonic()), MAX_VERDICT_BYTES)
            with suppress(msgspec.DecodeError, UnicodeDecodeError):
                if msgspec.json.decode(data, type=Turn) == turn:
                    return
            if time.monotonic() > until:
                raise TimeoutError("the program in the box sent what nobody asked for")

    def _frame(self, timeout_s: float, max_bytes: int) -> bytes:
        left_s = self._fill(_LENGTH.size, timeout_s)
        size: int = _LENGTH.unpack_from(self._inbox)[0]
        if size > max_bytes:
            raise ProtocolError(f"a frame of {size} bytes came out of a box; {max_bytes} is the most")
        self._fill(_LENGTH.size + size, left_s)
        data = bytes(self._inbox[_LENGTH.size : _LENGTH.size + size])
        del self._inbox[: _LENGTH.size + size]
        return data

    def _fill(self, count: int, left_s: float) -> float:
        """Read until so many bytes are there; return what is left of the time."""
        patience_s = left_s
        while len(self._inbox) < count:
            slice_s, began = min(left_s, SLICE_S), time.monotonic()
            try:
                data = self._stream.receive(READ_BYTES, slice_s)
            except TimeoutError as error:
                left_s -= slice_s
                if left_s <= 0:
                    raise TimeoutError(f"the program in the box sent nothing for {patience_s:g} s") from error
                continue
            if not data:
                raise BoxLost("the box ended")
            left_s = max(0.0, left_s - min(slice_s, time.monotonic() - began))
            self._inbox += data
        return left_s


def _is_sign_of_life(data: bytes) -> bool:
    try:
        return msgspec.json.decode(data, type=Alive).alive
    except (msgspec.DecodeError, UnicodeDecodeError):
        return False


def _raise_failure(data: bytes) -> None:
    """Raise what a supervisor says of why it gives up; return where it is nothing of the kind."""
    try:
        failure = msgspec.json.decode(data, type=SupervisorFailure)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return
    if failure.failure == "limit":
        raise SandboxUnavailable(low_limit(failure.limit, failure.value, failure.needed))
    cause = LossCause.HELD if failure.failure == "held" else LossCause.OUTSIDE
    raise BoxLost(failure.detail, cause=cause)
