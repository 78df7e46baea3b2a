"""The way of every request to the one grader: its turn, its deadline, and its end where nobody waits any more."""

from __future__ import annotations

import asyncio
import math
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

from boxscore.errors import SandboxUnavailable
from boxscore.records import Outcome, withhold
from boxscore.service.refusals import ClientGone, Refusal
from boxscore.service.turns import LONG_S, Full, Turns

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine

    from starlette.types import Receive

    from boxscore.records import Result, Trust
    from boxscore.service.metrics import Metrics
    from boxscore.service.settings import ServiceSettings
    from boxscore.session.grader import Grader

T = TypeVar("T")
_MOST_RETRY_S = 30
_NEWEST = 0.1  # the weight of the newest time in the running mean
_SHORT_S = 0.25  # turns below this let more be ready, and those above LONG_S fewer
_READY_PER_WORKER = 4  # at most: a grader grades those of one instance together, which is quicker


class Dispatcher:
    """Brings work to the grader, so much at a time as it has workers.

    What waits is bounded, and so is how long. `overloaded` is the HTTP status of a refusal.
    """

    def __init__(self, grader: Grader, settings: ServiceSettings, metrics: Metrics) -> None:
        self.grader, self.settings, self.metrics = grader, settings, metrics
        self.turns = Turns(lambda: grader.workers, lambda: settings.queue_of(grader.workers))
        self.draining = False
        self.open_requests = 0
        self._tasks: set[asyncio.Task[object]] = set()
        self._mean_s = 0.1
        together = grader.harness is not None and grader.harness.image is not None  # else nothing is gained by it
        self._most_ready = _READY_PER_WORKER * max(grader.workers, 1) if together else 1
        metrics.gauge("waiting", "Samples that wait for a turn.", lambda: self.turns.waiting)
        metrics.gauge("running", "Samples that have their turn.", lambda: self.turns.running)
        metrics.gauge("queue_limit", "How many may wait.", lambda: settings.queue_of(grader.workers))
        metrics.gauge("workers", "Samples that can be graded at once.", lambda: grader.workers)
        metrics.gauge("busy_workers", "Workers that are at a sample.", lambda: grader.busy)
        metrics.gauge("open_requests", "Requests that are not answered yet.", lambda: self.open_requests)
        metrics.gauge("draining", "1 while the service finishes before its end.", lambda: self.draining)

    async def take(self, work: Callable[[Grader], Awaitable[T]], *, overloaded: int = 503) -> T:
        """Do some work of the grader when its turn comes. Raises Refusal if that would be too late."""
        if self.draining:
            raise self.refusal("draining", "the service is about to end", overloaded)
        began = time.monotonic()
        try:
            async with self.turns.turn(self.settings.max_wait_s):
                self.metrics.waited(time.monotonic() - began)
                started = time.monotonic()
                try:
                    return await work(self.grader)
                except SandboxUnavailable as error:
                    raise self.refusal("no_sandbox", str(error), overloaded) from error
                finally:
                    self._learn(time.monotonic() - started)
        except Full as error:
            raise self.refusal("overloaded", f"too much to do: {error}", overloaded) from None

    async def grade(
        self,
        work: Callable[[Grader], Awaitable[Result]],
        *,
        overloaded: int = 503,
        least_trust: Trust | None = None,
    ) -> Result:
        """Do what gives one result, withhold a pass below the trust that its request asks for, and count it."""
        result = withhold(await self.take(work, overloaded=overloaded), least_trust)
        self.metrics.sample(result)
        return result

    def refusal(self, error: str, detail: str, status: int = 503) -> Refusal:
        """Refuse for want of room, with the seconds after which to try again."""
        self.metrics.refused(error)
        return Refusal(status, error, detail, retry_after_s=self.retry_after_s())

    def retry_after_s(self) -> int:
        """Seconds until what waits now should be done."""
        load = (self.turns.waiting + self.turns.running) * self._mean_s / max(self.turns.running, 1)
        return max(1, min(math.ceil(load), _MOST_RETRY_S))

    def _learn(self, turn_s: float) -> None:
        """Hand more to the grader while turns are short, and less where they are long: what it has waits for good."""
        self._mean_s += _NEWEST * (turn_s - self._mean_s)
        if turn_s < _SHORT_S:
            self.turns.ready = min(self.turns.ready + 1, self._most_ready)
        elif turn_s > LONG_S:
            self.turns.ready = max(1, self.turns.ready // 2)

    async def unless_gone(
        self, receive: Receive, work: Coroutine[object, object, T], *, within_s: float | None = None
    ) -> T:
        """Do some work, and cancel it where the client leaves or `within_s` are over.

        Raises ClientGone, or Refusal with 504. The request's body must have been read.
        """
        task = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(disconnected(receive))
        self._tasks.add(task)
        try:
            await asyncio.wait({task, gone}, timeout=within_s, return_when=asyncio.FIRST_COMPLETED)
            if task.done():
                return _result_of(task, self)
            if gone.done():
                self.metrics.gone()
                raise ClientGone
            raise self.refusal("deadline", f"no answer within {within_s:g} s", 504)
        finally:
            self._tasks.discard(task)
            for one in (task, gone):
                one.cancel()
            await asyncio.wait({task, gone})
            for one in (task, gone):
                if not one.cancelled():
                    one.exception()  # looked at, so that nobody reports it as forgotten

    def cancel_all(self) -> None:
        """Cancel what runs: the drain is over."""
        for task in self._tasks:
            task.cancel()


def reward_known(result: Result, dispatcher: Dispatcher) -> Result:
    """Return a result unless there is no reward: then raise a Refusal, for dialects that have no word for that."""
    if result.withheld:  # it would be again
        raise Refusal(503, "withheld", result.reason)
    if result.outcome is Outcome.INTERNAL:
        raise Refusal(503, "internal", result.reason or "no verdict", retry_after_s=dispatcher.retry_after_s())
    return result


def _result_of(task: asyncio.Future[T], dispatcher: Dispatcher) -> T:
    try:
        return task.result()
    except asyncio.CancelledError:
        raise dispatcher.refusal("draining", "the service ends before there is a verdict") from None


async def disconnected(receive: Receive) -> None:
    """Wait until the client has gone; what it still sends is thrown away."""
    with suppress(OSError):
        while (await receive())["type"] != "http.disconnect":
            pass
