"""The grader's channel to a candidate, with a test on the other side: no answer does more than end the sample."""

from __future__ import annotations

import marshal
import os
import socket
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import candidate
import frames
from channel import Channel
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
