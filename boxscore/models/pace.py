"""How many questions are put to a provider at a time: as many as it takes, found out by asking.

A refusal for the rate halves the number, once for all questions that were under way together; each round of answers
adds one again, up to the most that was asked for. Where the provider says when to come back, nobody asks before.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import ModelError
from boxscore.models.waits import waiting, while_wanted

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Turn(Struct, frozen=True, kw_only=True):
    """One question's turn: when it began, and for how many seconds it was waited for."""

    began: float
    waited_s: float


class Pace:
    """The gate that all questions to one provider pass, first come, first served. For one event loop.

    `limit` is how many are let through at a time now; `waited_s` what all have waited. `clock` gives seconds that only
    grow, those of the event loop.
    """

    def __init__(self, most: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with the most that may be asked at a time."""
        if most < 1:
            raise ValueError(f"most must be at least 1, not {most}")
        self.most = most
        self.limit = float(most)
        self.active = 0
        self.refusals = 0
        self.waited_s = 0.0
        self._clock = clock
        self._slowed_at = float("-inf")
        self._closed_until = float("-inf")
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[Turn]:
        """Wait for a turn and hold it."""
        asked = self._clock()
        with waiting():
            await self._enter()
        began = self._clock()
        self.waited_s += began - asked
        try:
            yield Turn(began=began, waited_s=began - asked)
        finally:
            self.active -= 1
            self._let_in()

    def refused(self, turn: Turn, *, retry_after_s: float | None = None) -> None:
        """Slow down: the provider refused this turn's question for its rate."""
        self.refusals += 1
        now = self._clock()
        if turn.began > self._slowed_at:  # else it was under way when the last refusal came, and says nothing new
            self.limit = max(1.0, self.limit / 2)
            self._slowed_at = now
        if retry_after_s is not None:
            self._closed_until = max(self._closed_until, now + retry_after_s)

    def answered(self) -> None:
        """Speed up a little: the provider answered."""
        self.limit = min(float(self.most), self.limit + 1 / self.limit)

    @property
    def closed_s(self) -> float:
        """Seconds until the provider takes questions again; 0 where it does."""
        return max(0.0, self._closed_until - self._clock())

    async def _enter(self) -> None:
        if not self._waiting and self._open():
            self.active += 1
            return
        place: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(place)
        self._let_in()
        try:
            await while_wanted(place)
        except (asyncio.CancelledError, ModelError):
            if place.done() and not place.cancelled():  # let in at the same moment: the turn is the next one's
                self.active -= 1
                self._let_in()
            with suppress(ValueError):
                self._waiting.remove(place)
            raise

    def _open(self) -> bool:
        return self.active < int(self.limit) and not self.closed_s

    def _let_in(self) -> None:
        while self._waiting and self._open():
            place = self._waiting.popleft()
            if not place.done():
                self.active += 1
                place.set_result(None)
        if self._waiting and self.closed_s and self._alarm is None:
            self._alarm = asyncio.get_running_loop().call_later(self.closed_s, self._reopen)

    def _reopen(self) -> None:
        self._alarm = None
        self._let_in()

    def close(self) -> None:
        """Cancel the timer, so that nothing is left on the event loop."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
