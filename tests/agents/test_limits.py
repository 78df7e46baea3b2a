"""A meter counts what an agent uses, and says which limit is used up."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.agents.contract import AgentLimits, LimitReached, parsed_token_limit
from boxscore.agents.limits import Meter
from boxscore.errors import UsageError
from boxscore.models.contract import Answer, Usage

if TYPE_CHECKING:
    from collections.abc import Awaitable

LONG_S = 60.0


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def reached(meter: Meter) -> str:
    """The limit that a meter finds used up; empty for none."""
    try:
        meter.check()
    except LimitReached as limit:
        return limit.limit
    return ""


def answer(*, tokens: tuple[int, int] = (0, 0), cost: float | None = 0.0) -> Answer:
    """An answer that took this."""
    return Answer(text="", usage=Usage(input_tokens=tokens[0], output_tokens=tokens[1]), cost_usd=cost)


def run(work: Awaitable[Any]) -> Any:
    """Run in a loop, not for ever."""

    async def body() -> Any:
        return await asyncio.wait_for(work, LONG_S)

    return asyncio.run(body())


def test_a_cost_limit_needs_costs() -> None:
    """An unknown price under a limit of dollars is refused rather than taken for nothing."""
    meter = Meter(AgentLimits(cost_limit=1.0))

    with pytest.raises(UsageError, match="--price"):
        meter.add(answer(cost=None))


def test_what_hangs_is_cancelled_when_time_is_over() -> None:
    """`bounded` ends what it awaits, and lets it clean up before the limit is raised."""
    clock, ended = Clock(), []

    async def hang() -> None:
        clock.now += 1.0
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cleaned")

    with pytest.raises(LimitReached, match="time_limit"):
        run(Meter(AgentLimits(time_limit=0.05), clock=clock).bounded(hang()))

    assert ended == ["cleaned"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("500000", 500_000),
        (7, 7),
        ("500k", 500_000),
        ("2M", 2_000_000),
    ],
)
def test_token_limits(text: str | int, expected: int) -> None:
    assert parsed_token_limit(text) == expected


@pytest.mark.parametrize("text", ["", "0", "-1", "1.5", "1.5k", "output:5k", "5 k x", "many", "1e6", "9" * 20])
def test_other_token_limits_are_refused(text: str) -> None:
    """The message says what a limit looks like."""
    with pytest.raises(UsageError, match="token_limit"):
        parsed_token_limit(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [("time_limit", 0.0), ("time_limit", float("nan")), ("cost_limit", float("inf")), ("message_limit", 0)],
)
def test_what_no_limit_can_be(name: str, value: float) -> None:
    """The message names the limit."""
    with pytest.raises(UsageError, match=name):
        AgentLimits(**{name: value}).check()  # type: ignore[arg-type]
