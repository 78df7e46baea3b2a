"""Frames out of a box: whatever comes, it is a record of the right type or one of three errors."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from boxscore.boxes.fake import FakeStream
from boxscore.errors import BoxLost, LossCause, ProtocolError
from boxscore.protocols.wire import (
    MAX_SIGNS,
    SLICE_S,
    FrameReader,
    Ready,
    ReferenceReport,
    SampleVerdict,
)

if TYPE_CHECKING:
    from msgspec import Struct

VERDICT = {
    "number": 3,
    "outcome": "timeout",
    "reason": "late",
    "error_type": None,
    "limit": "cpu",
    "unsure": False,
    "parts": {"base": "passed"},
    "output": "",
    "output_truncated": False,
    "cpu_s": 1.5,
    "wall_s": 2,
    "memory_bytes": 1 << 20,
}


def frame(message: object) -> bytes:
    data = message if isinstance(message, bytes) else json.dumps(message).encode()
    return struct.pack("<I", len(data)) + data


def reader(data: bytes, *, ended: bool = True) -> FrameReader:
    stream = FakeStream()
    stream.send(data)
    if ended:
        stream.stop()
    return FrameReader(stream)


@pytest.mark.parametrize("change", [
    {"outcome": "won"}, {"outcome": "PASSED"}, {"number": "3"}, {"number": True}, {"limit": "luck"}, {"parts": None},
    {"parts": {"base": 1}}, {"more": 1}, {"cpu_s": "1"}, {"memory_bytes": 1.5}, {"reason": None},
    {"output_truncated": 0},
])  # fmt: skip
def test_a_field_of_another_type_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ProtocolError, match="no SampleVerdict"):
        reader(frame(VERDICT | change)).read(SampleVerdict, 1.0)


@pytest.mark.parametrize("field", sorted(VERDICT))
def test_a_missing_field_is_refused(field: str) -> None:
    with pytest.raises(ProtocolError):
        reader(frame({name: value for name, value in VERDICT.items() if name != field})).read(SampleVerdict, 1.0)


@pytest.mark.parametrize("data", [b"", b"null", b"[]", b"\xff\xfe", b"{" * 100_000, b'{"a": 1e999}', b'"\\ud800"'])
def test_other_json_and_no_json_are_refused(data: bytes) -> None:
    with pytest.raises(ProtocolError):
        reader(frame(data)).read(SampleVerdict, 1.0)


def test_a_sign_of_life_is_no_verdict_and_begins_the_time_anew() -> None:
    sign = frame({"alive": True})

    assert reader(sign * 3 + frame(VERDICT)).read(SampleVerdict, 1.0).number == 3
    with pytest.raises(ProtocolError, match="signs of life"):
        reader(sign * MAX_SIGNS).read(SampleVerdict, 1.0)


@pytest.mark.parametrize(
    ("kind", "cause"),
    [("held", LossCause.HELD), ("confinement", LossCause.OUTSIDE), ("start", LossCause.OUTSIDE)],
)
def test_a_supervisor_says_why_its_box_is_lost(kind: str, cause: LossCause) -> None:
    with pytest.raises(BoxLost, match="landlock: errno 1") as raised:
        reader(frame({"failure": kind, "detail": "landlock: errno 1"})).read(SampleVerdict, 1.0)

    assert raised.value.cause is cause


def test_time_in_which_the_host_stood_still_is_not_the_boxes() -> None:
    """A wait that took longer than it was to counts as long as it was to, so a frame that is there is read."""

    class Frozen(FakeStream):
        waits = 0

        def receive(self, max_bytes: int, timeout_s: float) -> bytes:
            self.waits += 1
            if self.waits < 3:
                raise TimeoutError(timeout_s)
            return super().receive(max_bytes, timeout_s)

    stream = Frozen()
    stream.send(frame(VERDICT))

    assert FrameReader(stream).read(SampleVerdict, 3 * SLICE_S).number == 3
    stream.waits = 0
    with pytest.raises(TimeoutError, match=f"nothing for {2 * SLICE_S:g} s"):
        FrameReader(stream).read(SampleVerdict, 2 * SLICE_S)


def test_silence_is_a_timeout_and_loses_nothing() -> None:
    data = frame(VERDICT)
    stream = FakeStream()
    stream.send(data[:10])
    frames = FrameReader(stream)

    with pytest.raises(TimeoutError):
        frames.read(SampleVerdict, 0.0)
    stream.send(data[10:])

    assert frames.read(SampleVerdict, 1.0).number == 3


@given(st.binary(max_size=100), st.sampled_from([SampleVerdict, Ready, ReferenceReport]), st.booleans(), st.booleans())
def test_any_bytes_give_a_record_or_one_of_three_errors(
    data: bytes,
    kind: type[Struct],
    framed: bool,  # noqa: FBT001 - hypothesis passes by position
    ended: bool,  # noqa: FBT001 - as above
) -> None:
    try:
        found = reader(frame(data) if framed else data, ended=ended).read(kind, 0.0)
    except (ProtocolError, BoxLost, TimeoutError):
        return

    assert isinstance(found, kind)
