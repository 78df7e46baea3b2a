"""Frames between the host and a warm box: how they are cut, bounded and decoded.

Out go marshalled tuples, which the box trusts. In come JSON objects, which we do not: each has a length limit, is
decoded into a typed record, and anything else is a ProtocolError.
"""

from __future__ import annotations

import marshal
import struct
import time
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct

from boxscore._errors import BoxLost, ProtocolError
from boxscore._records import LimitName, Outcome  # noqa: TC001 - msgspec reads the annotations when it decodes

if TYPE_CHECKING:
    from boxscore._box import Stream

MARSHAL_VERSION = 2  # as in sandbox/plain.py: one byte form for each value
MAX_VERDICT_BYTES = 8 << 20
MAX_TRUTH_BYTES = 512 << 20
READ_BYTES = 1 << 18

_LENGTH = struct.Struct("<I")
Message = TypeVar("Message", bound=Struct)


class Ready(Struct, frozen=True, forbid_unknown_fields=True):
    """A supervisor's greeting: its Python and the defences it laid on candidates."""

    ready: bool
    python: str
    layers: tuple[str, ...]


class Verdict(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grader saw of one sample, named by the number the host gave it."""

    number: int
    outcome: Outcome
    reason: str
    error_type: str | None
    limit: LimitName | None
    parts: dict[str, Outcome]
    output: str
    output_truncated: bool
    cpu_s: float
    wall_s: float
    memory_bytes: int


class TruthReport(Struct, frozen=True, forbid_unknown_fields=True):
    """The reference's answers (hexadecimal), its times, and whether equal bytes mean equal answers (no NaN)."""

    reason: str
    claims: list[str]
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

    def read(self, kind: type[Message], timeout_s: float, max_bytes: int = MAX_VERDICT_BYTES) -> Message:
        """Read one frame as a record of `kind`. Raises TimeoutError, BoxLost at the end, ProtocolError otherwise."""
        deadline = time.monotonic() + timeout_s
        self._fill(_LENGTH.size, deadline)
        size: int = _LENGTH.unpack_from(self._inbox)[0]
        if size > max_bytes:
            raise ProtocolError(f"a frame of {size} bytes came out of a box; {max_bytes} is the most")
        self._fill(_LENGTH.size + size, deadline)
        data = bytes(self._inbox[_LENGTH.size : _LENGTH.size + size])
        del self._inbox[: _LENGTH.size + size]
        try:
            return msgspec.json.decode(data, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise ProtocolError(f"a frame that is no {kind.__name__} came out of a box: {error}") from None

    def _fill(self, count: int, deadline: float) -> None:
        while len(self._inbox) < count:
            data = self._stream.receive(READ_BYTES, max(0.0, deadline - time.monotonic()))
            if not data:
                raise BoxLost("the box ended")
            self._inbox += data
