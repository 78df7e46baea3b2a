"""Who asks a model learns when the question merely waits."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

import pytest

from boxscore.agents.contract import AgentLimits
from boxscore.agents.limits import Meter
from boxscore.errors import ModelError
from boxscore.models.pace import Pace
from boxscore.models.waits import waiting, waits_told_to
from tests.agents.test_limits import Clock

if TYPE_CHECKING:
    from collections.abc import Iterator

LONG_S = 60.0


def test_nobody_need_listen() -> None:
    """A model that waits for nobody in particular simply waits."""
    with waiting():
        pass


def test_the_working_limit_does_not_run_while_a_provider_takes_no_questions() -> None:
    """A wait deep in a model is none of the agent's work, also in a task of its own."""
    clock = Clock()
    meter = Meter(AgentLimits(working_limit=0.01), clock=clock)

    async def ask() -> str:
        with waiting():
            clock.now += 100.0
            await asyncio.sleep(0.05)  # longer than it takes to look again
        return "answered"

    async def body() -> str:
        with waits_told_to(meter.waiting):
            return await asyncio.wait_for(meter.bounded(ask()), LONG_S)

    assert asyncio.run(body()) == "answered"


def test_a_turn_that_is_waited_for_is_told() -> None:
    """The second question of a pace that lets one through waits, and the first does not."""
    told: list[str] = []

    @contextmanager
    def listener() -> Iterator[None]:
        told.append("begins")
        yield
        told.append("ends")

    async def body() -> None:
        pace = Pace(1)
        async with pace.turn():
            with waits_told_to(listener):
                second = asyncio.ensure_future(take(pace))
            await asyncio.sleep(0)
            told.append("first is done")
        await asyncio.wait_for(second, LONG_S)

    async def take(pace: Pace) -> None:
        async with pace.turn():
            told.append("second asks")

    asyncio.run(body())

    assert told == ["begins", "first is done", "ends", "second asks"]


def test_an_interrupted_run_waits_for_no_further_attempt() -> None:
    """Neither in a pause nor for a provider that takes no questions; what is under way is left alone."""
    unwanted = False

    async def interrupted() -> None:
        nonlocal unwanted
        pace = Pace(1)
        async with pace.turn() as turn:
            pace.refused(turn, retry_after_s=300.0)
        with waits_told_to(nullcontext, unwanted=lambda: unwanted):
            asked = asyncio.ensure_future(pace.turn().__aenter__())
            await asyncio.sleep(0)
            unwanted = True
            with pytest.raises(ModelError, match="interrupted"):
                await asyncio.wait_for(asked, 60)
        assert pace.active == 0
        pace.close()

    asyncio.run(interrupted())
