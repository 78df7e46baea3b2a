"""How many questions are let through to a provider at a time."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from boxscore.models.pace import Pace, Turn

if TYPE_CHECKING:
    from collections.abc import Coroutine


class Clock:
    """Time that passes when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """What time it is."""
        return self.now


def run(main: Coroutine[None, None, None]) -> None:
    """Run a test's coroutine, bounded."""
    asyncio.run(asyncio.wait_for(main, 60))


def at(clock: Clock) -> Turn:
    """A turn that begins now."""
    return Turn(began=clock(), waited_s=0.0)


def test_no_more_than_the_most_at_a_time() -> None:
    """Questions pass first come, first served, and never more than `most` at once."""
    order: list[int] = []
    most = 0

    async def one(pace: Pace, number: int) -> None:
        nonlocal most
        async with pace.turn():
            order.append(number)
            most = max(most, pace.active)
            await asyncio.sleep(0)

    async def main() -> None:
        pace = Pace(3)
        await asyncio.gather(*(one(pace, number) for number in range(20)))
        assert pace.active == 0

    run(main())
    assert (order, most) == (list(range(20)), 3)


def test_a_refusal_halves_once_for_all_that_were_under_way() -> None:
    """Refusals of questions that began before the last one say nothing new; a later one halves again, down to 1."""
    clock = Clock()
    pace = Pace(32, clock=clock)
    under_way = [at(clock) for _ in range(10)]
    clock.now += 1
    for turn in under_way:
        pace.refused(turn)
    assert pace.limit == 16

    limits = []
    for _ in range(6):
        clock.now += 1
        turn = at(clock)
        clock.now += 1
        pace.refused(turn)
        limits.append(pace.limit)
    assert limits == [8, 4, 2, 1, 1, 1]
    assert pace.refusals == 16


def test_a_round_of_answers_adds_one_up_to_the_most() -> None:
    """After a refusal the number grows slowly, and never above what was asked for."""
    clock = Clock()
    pace = Pace(8, clock=clock)
    pace.refused(at(clock))
    for _ in range(4):
        pace.answered()
    assert 4.8 < pace.limit < 5
    for _ in range(1000):
        pace.answered()
    assert pace.limit == 8


def test_fewer_pass_after_a_refusal() -> None:
    """The smaller number holds for those who wait already."""
    seen: list[int] = []

    async def one(pace: Pace) -> None:
        async with pace.turn():
            seen.append(pace.active)
            await asyncio.sleep(0)

    async def main() -> None:
        pace = Pace(8)
        async with pace.turn() as turn:
            pace.refused(turn)
        await asyncio.gather(*(one(pace) for _ in range(12)))

    run(main())
    assert max(seen) == 4


def test_nobody_passes_before_the_provider_wants_to_be_asked() -> None:
    """A provider's wish holds for all, also for those who come later; the wait is counted."""
    clock = Clock()

    async def main() -> None:
        pace = Pace(4, clock=clock)
        async with pace.turn() as turn:
            pace.refused(turn, retry_after_s=0.05)
        entered = [pace.turn() for _ in range(2)]
        waiting = [asyncio.ensure_future(turn.__aenter__()) for turn in entered]
        for _ in range(20):
            await asyncio.sleep(0.01)
        assert pace.active == 0  # the loop's time has passed, but not that of the clock
        clock.now += 0.05
        turns = await asyncio.gather(*waiting)
        assert [one.waited_s for one in turns] == [pytest.approx(0.05)] * 2
        assert pace.waited_s == pytest.approx(0.1)
        pace.close()
        pace.close()

    run(main())


def test_a_shorter_wish_does_not_open_earlier() -> None:
    """Of two wishes the later moment counts."""
    clock = Clock()
    pace = Pace(4, clock=clock)
    pace.refused(at(clock), retry_after_s=30)
    pace.refused(at(clock), retry_after_s=1)
    assert pace.closed_s == 30


def test_who_gives_up_waiting_takes_no_turn() -> None:
    """Cancelled questions, also one that is let in at the same moment, leave their turns to others."""

    async def main() -> None:
        pace = Pace(1)
        async with pace.turn():
            turns = [pace.turn() for _ in range(3)]
            waiting = [asyncio.ensure_future(turn.__aenter__()) for turn in turns]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
        waiting[1].cancel()  # was let in just now, and does not know yet
        with contextlib.suppress(asyncio.CancelledError):
            await waiting[1]
        await asyncio.wait_for(waiting[2], 30)
        assert pace.active == 1

    run(main())


def test_at_least_one_at_a_time() -> None:
    """None at a time would wait for ever."""
    with pytest.raises(ValueError, match="at least 1"):
        Pace(0)
