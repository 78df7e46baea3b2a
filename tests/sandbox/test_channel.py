"""The grader's channel to a candidate, with a test on the other side: no answer does more than end the sample."""

from __future__ import annotations

import marshal
import os
import signal
import socket
import struct
import subprocess
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import candidate
import frames
from channel import ALIVE, Channel
from proxies import Handle
from usage import Spent
from verdicts import SampleEnd

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LIMITS: frames.CandidateLimits = {"cpu_s": 1.0, "wall_s": 10.0, "memory_bytes": 1 << 40}


class Other:
    """The other side: a supervisor that has started a candidate, which the test plays."""

    def __init__(self, *, shares: bool = False, limits: frames.CandidateLimits = LIMITS) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.requests, ask = os.pipe()
        claim, self.claims = os.pipe()
        log = os.memfd_create("log")
        socket.send_fds(ours, [frames.STARTED.pack(os.getpid())], [ask, claim, log])
        for descriptor in (ask, claim, log):
            os.close(descriptor)
        self.channel = Channel(theirs, limits, shares=shares)
        self.sockets = ours, theirs

    def claim(self, *claims: bytes) -> None:
        os.write(self.claims, b"".join(frames.LENGTH.pack(len(claim)) + claim for claim in claims))

    def close(self) -> None:
        for descriptor in (self.requests, self.claims, self.channel.ask_end, self.channel.answer_end, self.channel.log):
            os.close(descriptor)
        for one in self.sockets:
            one.close()


@pytest.fixture
def other() -> Iterator[Other]:
    one = Other()
    yield one
    one.close()


def call(channel: Channel, *arguments: Any) -> Any:
    return channel.call("f", arguments, {})


def value(answer: Any) -> bytes:
    return frames.VALUE + marshal.dumps(answer, 2)


def raised(*names: Any, stage: str = "call", text: str = "why") -> bytes:
    return frames.RAISED + marshal.dumps((stage, names, text), 2)


def test_a_call_is_a_request_and_a_claim(other: Other) -> None:
    other.claim(value([1, "a"]))

    answer = call(other.channel, 5)

    head, data = os.read(other.requests, 4), os.read(other.requests, 1000)
    assert answer == [1, "a"]
    assert (frames.LENGTH.unpack(head)[0], marshal.loads(data)) == (len(data), ("call", "f", (5,), {}))


def test_several_claims_in_one_piece(other: Other) -> None:
    other.claim(value(1), value("bb")[:-1], value(3))

    assert call(other.channel) == 1
    with pytest.raises(SampleEnd):
        call(other.channel)
    assert call(other.channel) == 3


@pytest.mark.parametrize(
    "frame",
    [
        frames.LENGTH.pack(0),
        frames.LENGTH.pack(0xFFFF_FFFF),
        frames.LENGTH.pack(frames.MAX_ANSWER + 65),
        frames.LENGTH.pack(1) + b"?",
        frames.LENGTH.pack(1) + b"v",
        frames.LENGTH.pack(1) + b"l",
        frames.LENGTH.pack(3) + b"vNN",
        frames.LENGTH.pack(2) + b"mN",
        frames.LENGTH.pack(2) + b"eN",
        frames.LENGTH.pack(2) + b"dN",
    ],
)
def test_what_is_not_of_the_protocol_is_tampering(other: Other, frame: bytes) -> None:
    os.write(other.claims, frame)

    with pytest.raises(SampleEnd) as stopped:
        call(other.channel)

    assert stopped.value.outcome == "tampered"


@pytest.mark.parametrize(
    "claim",
    [
        raised(),
        raised(1),
        frames.RAISED + marshal.dumps(("call", "ValueError", "why"), 2),
        frames.ANSWER + marshal.dumps((b"", ((1,), (), (), ()), "", True), 2),
        frames.ANSWER + marshal.dumps((b"", ((1, 2), (), (), ()), "", 0), 2),
        frames.ANSWER + marshal.dumps((b"", ((("shared", 1),), (), (), ()), "", 0), 2),
        frames.CALLBACK + marshal.dumps(("call", 0, ()), 2),
    ],
)
def test_types_in_claims_are_exact(other: Other, claim: bytes) -> None:
    other.claim(claim)

    with pytest.raises(SampleEnd) as stopped:
        call(other.channel)

    assert stopped.value.outcome == "tampered"


@pytest.mark.parametrize(
    ("claim", "outcome"),
    [
        (raised("SyntaxError", stage="syntax"), "syntax"),
        (raised("ValueError", "Exception", stage="load"), "error"),
        (raised("PermissionError", "OSError", stage="load"), "forbidden"),
        (raised("SystemExit", "BaseException"), "error"),
        (candidate.TOO_LARGE, "output_limit"),
    ],
)
def test_claimed_exceptions_have_outcomes(other: Other, claim: bytes, outcome: str) -> None:
    other.claim(claim)

    with pytest.raises(SampleEnd) as stopped:
        call(other.channel)

    assert stopped.value.outcome == outcome


def test_ordinary_exceptions_are_for_the_tests(other: Other) -> None:
    other.claim(raised("Custom", "KeyError"))

    with pytest.raises(KeyError, match="why") as caught:
        call(other.channel)

    assert vars(caught.value)["end"].error == "Custom"


def test_an_object_becomes_a_handle(other: Other) -> None:
    node = ("class", 5, "Node", "m", (), ("__eq__",), ())
    other.claim(frames.ANSWER + marshal.dumps((b"", ((("mine", 4, node),), (), (), ()), "", 0), 2))

    answer = call(other.channel)

    assert isinstance(answer, Handle)
    assert answer


def test_the_end_of_the_pipe_is_the_candidates(other: Other) -> None:
    os.close(other.claims)
    other.claims = os.dup(other.requests)

    with pytest.raises(SampleEnd, match="ended before it answered"):
        call(other.channel)

    assert other.channel.gone


def test_silence_ends_at_the_wall() -> None:
    other = Other(limits={"cpu_s": 1e6, "wall_s": 0.1, "memory_bytes": 1})

    with pytest.raises(SampleEnd) as stopped:
        call(other.channel)

    other.close()
    assert (stopped.value.outcome, stopped.value.limit) == ("timeout", "wall")


def test_no_sample_took_more_than_all_processors_had() -> None:
    one = Other()
    one.sockets[0].send(frames.ENDED.pack(0, 90_000.0, 90_000.0, 4096, 0))

    ended = one.channel.end(0)

    assert 0 < ended.cpu_s < 90_000
    for descriptor in (one.requests, one.claims):
        os.close(descriptor)
    for channel in one.sockets:
        channel.close()


def test_an_argument_that_is_not_plain_is_ours(other: Other) -> None:
    with pytest.raises(SampleEnd) as stopped:
        call(other.channel, object())

    assert stopped.value.outcome == "internal"


@given(st.binary(min_size=1, max_size=60))
def test_any_claim_gives_a_value_an_exception_or_a_verdict(claim: bytes) -> None:
    other = Other()
    other.claim(claim)
    end: BaseException | None = None
    try:
        call(other.channel)
    except (SampleEnd, Exception) as error:  # noqa: BLE001 - a claimed exception may be of any class
        end = vars(error).get("end", error)
    other.close()

    assert end is None or isinstance(end, SampleEnd)


def test_frames_from_the_host_are_read_exactly() -> None:
    read, write = os.pipe()
    os.write(write, frames.LENGTH.pack(3) + b"abcdef")

    frame, rest = frames.read_frame(read), os.read(read, 10)

    os.close(read)
    os.close(write)
    assert (frame, rest) == (b"abc", b"def")


@pytest.mark.parametrize("data", [b"", b"\x01\x00", struct.pack("<I", 5) + b"abc"])
def test_a_cut_frame_is_the_end(data: bytes) -> None:
    read, write = os.pipe()
    os.write(write, data)
    os.close(write)

    frame = frames.read_frame(read)

    os.close(read)
    assert frame is None


def test_a_frame_has_a_largest_size() -> None:
    read, write = os.pipe()
    os.write(write, frames.LENGTH.pack(frames.MAX_FRAME + 1))

    with pytest.raises(OSError, match="too large"):
        frames.read_frame(read)

    os.close(read)
    os.close(write)


class Clock:
    """A clock and a poll in one: each wait takes as long as it was to, and once as long as the box was frozen."""

    def __init__(self, *, answers_after_s: float, frozen_s: float = 0.0) -> None:
        self.at, self.answers_at, self.frozen_s = 0.0, answers_after_s + frozen_s, frozen_s

    def now(self) -> float:
        return self.at

    def poll(self, milliseconds: int) -> list[tuple[int, int]]:
        self.at += milliseconds / 1000 + self.frozen_s
        self.frozen_s = 0.0
        return [(0, 0)] if self.at >= self.answers_at else []


def wait(
    other: Other, clock: Clock, uses: Callable[[float], tuple[float, float]], *, unsure: bool = False
) -> SampleEnd | None:
    poll: Any = clock
    other.channel.now, other.channel.pulsed = clock.now, 0.0
    other.channel.usage.spent = lambda: Spent(*uses(clock.at), unsure)  # type: ignore[method-assign]
    try:
        other.channel.wait(poll, 1.0)
    except SampleEnd as end:
        return end
    return None


def test_a_frozen_box_is_nobodys_timeout(other: Other) -> None:
    assert wait(other, Clock(answers_after_s=1.0, frozen_s=75.0), lambda _: (0.0, 0.0)) is None


def test_a_candidate_that_sleeps_is_a_timeout(other: Other) -> None:
    end = wait(other, Clock(answers_after_s=60.0), lambda _: (0.0, 0.0))

    assert end is not None
    assert (end.outcome, end.limit, end.unsure) == ("timeout", "wall", False)


def test_a_candidate_that_is_kept_waiting_may_take_its_time(other: Other) -> None:
    uses = [lambda at: (at / 30, at * 29 / 30), lambda at: (at / 300, at)]

    assert wait(other, Clock(answers_after_s=25.0), uses[0]) is None
    end = wait(other, Clock(answers_after_s=1000.0), uses[1])
    assert end is not None
    assert (end.outcome, end.unsure) == ("internal", True)


@pytest.mark.parametrize(("kill", "stopped"), [(False, False), (True, True)])
def test_a_process_that_stands_still_is_seen(other: Other, kill: bool, stopped: bool) -> None:  # noqa: FBT001
    with subprocess.Popen(["sleep", "100"]) as child:
        other.channel.pid = child.pid
        try:
            if kill:
                child.send_signal(signal.SIGSTOP)
                os.waitid(os.P_PID, child.pid, os.WSTOPPED)

            assert other.channel.is_stopped() is stopped
        finally:
            child.kill()


def test_whoever_waits_for_long_gives_signs_of_life(other: Other) -> None:
    signs: list[bytes] = []
    other.channel.pulse = signs.append

    wait(other, Clock(answers_after_s=5.5), lambda at: (at, 0.0))
    wait(other, Clock(answers_after_s=5.5), lambda at: (0.0, at))

    other.sockets[0].recv(64)  # the request to start
    assert signs == [ALIVE]
    assert other.sockets[0].recv(64) == frames.PULSE


def test_a_delay_that_is_told_late_is_a_delay(other: Other) -> None:
    told = lambda at: (0.0, 1.5 * (at // 1.5))  # noqa: E731 - a clock of its own

    assert wait(other, Clock(answers_after_s=25.0), told) is None


@pytest.mark.parametrize(("unsure", "outcome"), [(True, "timeout"), (False, None)])
def test_idle_time_in_which_others_may_have_computed_adds_up(other: Other, unsure: bool, outcome: str | None) -> None:  # noqa: FBT001
    stops = []
    for _ in range(2):
        clock = Clock(answers_after_s=1.6)
        stops.append(wait(other, clock, lambda _: (0.0, 0.0), unsure=unsure))

    assert [end and end.outcome for end in stops] == [None, outcome]
