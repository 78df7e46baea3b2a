"""Who may wait for a worker, and for how long: whoever would wait too long is told so at once."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

LONG_S = 1.0  # a turn that lasts longer is no quick one, nor are those behind it likely to be


class Full(Exception):  # noqa: N818 - a state, named as callers meet it
    """No more may wait, or one has waited as long as it may."""


class Turns:
    """Hands out turns in order of arrival: as many at once as there are `workers`, and `ready` ones more.

    `ready`, at least 1, keeps workers from being idle while a result is on its way; it is 1 while a turn has lasted
    longer than LONG_S. `limit` bounds those that wait, and may change with the number of workers.
    """

    def __init__(
        self, workers: Callable[[], int], limit: Callable[[], int], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._workers, self._limit = workers, limit
        self.ready = 1
        self._line: deque[asyncio.Future[None]] = deque()
        self._begun: dict[asyncio.Future[None], float] = {}  # turns that run, the oldest first
        self._clock = clock

    @property
    def running(self) -> int:
        """How many have their turn."""
        return len(self._begun)

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._line)

    @asynccontextmanager
    async def turn(self, wait_s: float) -> AsyncIterator[None]:
        """Wait for a turn, at most `wait_s`, and keep it until the end of the block. Raises Full."""
        ticket = await self._enter(wait_s)
        try:
            yield
        finally:
            self._leave(ticket)

    async def _enter(self, wait_s: float) -> asyncio.Future[None]:
        ticket = asyncio.get_running_loop().create_future()
        if self._free() and not self._line:
            self._begun[ticket] = self._clock()
            return ticket
        if len(self._line) >= self._limit():
            raise Full(f"requests that wait already: {len(self._line)}")
        self._line.append(ticket)
        try:
            async with asyncio.timeout(wait_s):
                await ticket
        except BaseException as error:
            if ticket in self._begun:  # the turn came just then
                self._leave(ticket)
            else:
                with suppress(ValueError):
                    self._line.remove(ticket)
            if isinstance(error, TimeoutError):
                raise Full(f"no worker became free within {wait_s:g} s") from None
            raise
        return ticket

    def _leave(self, ticket: asyncio.Future[None]) -> None:
        del self._begun[ticket]
        self._admit()

    def _free(self) -> bool:
        oldest = next(iter(self._begun.values()), math.inf)
        ready = 1 if self._clock() - oldest > LONG_S else self.ready
        return self.running < max(self._workers(), 1) + ready

    def _admit(self) -> None:
        while self._line and self._free():
            ticket = self._line.popleft()
            if not ticket.done():
                self._begun[ticket] = self._clock()
                ticket.set_result(None)
