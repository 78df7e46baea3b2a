"""People are told that a provider gives no answer for long, and not too often."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import UTC, datetime

from boxscore.models.silence import EVERY_S, LONG_S, Silence
from boxscore.models.waits import waits_told_to
from tests.agents.test_limits import Clock

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def silence(clock: Clock) -> Silence:
    """A model that has just answered."""
    return Silence("openai/m", clock=clock, now=lambda: AT)


def told(of: Silence, clock: Clock, *steps: tuple[float, str | None, float | None]) -> list[str]:
    """What is said when attempts fail (or succeed, without a reason), each so many seconds after the one before."""
    said: list[str] = []
    with waits_told_to(nullcontext, say=said.append):
        for seconds, reason, wait_s in steps:
            clock.now += seconds
            if reason is None:
                of.answered()
            else:
                of.failed(reason, wait_s=wait_s)
    return said


def test_short_trouble_is_not_told() -> None:
    """What goes away by itself within half a minute is nobody's business."""
    clock = Clock()

    assert told(silence(clock), clock, (0, "429", None), (LONG_S - 1, "429", 2.0), (0, None, None)) == []


def test_long_silence_is_told_once_a_minute_and_its_end() -> None:
    """Since when, after how many attempts, and why."""
    clock = Clock()
    steps = [(1.0, "status 500", None)] * int(LONG_S + EVERY_S + 2)

    said = told(silence(clock), clock, *steps, (1.0, None, None), (1.0, None, None))

    assert said == [
        "openai/m gives no answer since 03:04:05 UTC, 31 attempts: status 500; waiting",
        "openai/m gives no answer since 03:04:05 UTC, 91 attempts: status 500; waiting",
        "openai/m answers again, after 92 s",
    ]


def test_a_wish_to_be_left_alone_for_long_is_told_at_once() -> None:
    """Nothing will be heard of the provider until then."""
    clock = Clock()

    said = told(silence(clock), clock, (0, "429 " + "x" * 500, 120.0), (1, "429", 120.0))

    assert len(said) == 1
    assert said[0].endswith("…, and wants to be left alone for 120 s; waiting")
    assert len(said[0]) < 300


def test_nobody_need_listen() -> None:
    """Outside of a run it is only logged."""
    clock = Clock()
    one = silence(clock)
    one.failed("429", wait_s=100.0)
    one.answered()
