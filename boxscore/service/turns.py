"""Who may wait for a worker, and for how long: whoever would wait too long is told so at once."""

from __future__ import annotations

import asyncio
from collections import deque
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable


class Full(Exception):  # noqa: N818 - a state, named as callers meet it
    """No more may wait, or one has waited as long as it may."""


class Turns:
    """Hands out turns in order of arrival: as many at once as there are `workers`, and `ready` ones more.

    `ready`, at least 1, keeps workers from being idle while a result is on its way. `limit` bounds those that wait, and
    may change with the number of workers.
    """

    def __init__(self, workers: Callable[[], int], limit: Callable[[], int]) -> None:
        self._workers, self._limit = workers, limit
        self.ready = 1
        self._line: deque[asyncio.Future[None]] = deque()
        self.running = 0

    @property
    def waiting(self) -> int:
        """How many wait for their turn."""
        return len(self._line)

    @asynccontextmanager
    async def turn(self, wait_s: float | None) -> AsyncIterator[None]:
        """Wait for a turn, at most `wait_s`, and keep it until the end of the block. Raises Full.

        With None it waits without end, however many do: for those whose number is bounded otherwise.
        """
        await self._enter(wait_s)
        try:
            yield
        finally:
            self.running -= 1
            self._admit()

    async def _enter(self, wait_s: float | None) -> None:
        if self._free() and not self._line:
            self.running += 1
            return
        if wait_s is not None and len(self._line) >= self._limit():
            raise Full(f"requests that wait already: {len(self._line)}")
        ticket = asyncio.get_running_loop().create_future()
        self._line.append(ticket)
        try:
            async with asyncio.timeout(wait_s):
                await ticket
        except BaseException as error:
            if ticket.done() and not ticket.cancelled():  # the turn came just then
                self.running -= 1
                self._admit()
            else:
                with suppress(ValueError):
                    self._line.remove(ticket)
            if isinstance(error, TimeoutError):
                raise Full(f"no worker became free within {wait_s:g} s") from None
            raise

    def _free(self) -> bool:
        return self.running < max(self._workers(), 1) + self.ready

    def _admit(self) -> None:
        while self._line and self._free():
            ticket = self._line.popleft()
            if not ticket.done():
                self.running += 1
                ticket.set_result(None)
