"""What one agent has used, and when it has reached a limit. The names are Inspect's.

Time is measured here; messages, tokens and dollars are reported by who asks the model. Nothing is ended by force: the
one who asks, judges or runs a command calls `check` before, and waits for what takes long through `bounded`.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, TypeVar

from boxscore.agents.contract import AgentLimits, LimitReached
from boxscore.errors import ContextOverflow, QuestionRefused, UsageError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from boxscore.models.contract import Answer

Value = TypeVar("Value")

GRACE_S = 30.0  # for what was cancelled to come to its end


class Meter:
    """Counts what one agent uses. For one event loop; `clock` gives seconds that only grow."""

    def __init__(self, limits: AgentLimits, *, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin now, with nothing used."""
        self.limits = limits
        self._clock = clock
        self._began = clock()
        self.input_tokens, self.output_tokens = 0, 0
        self.cost_usd = 0.0

    @property
    def elapsed_s(self) -> float:
        """Seconds since the agent began."""
        return self._clock() - self._began

    def check(self) -> None:
        """Raise LimitReached if a limit is used up. One of tokens or dollars is so when nothing is left of it."""
        self._check_time()
        tokens, cost = self.limits.token_limit, self.limits.cost_limit
        if tokens is not None and self.input_tokens + self.output_tokens >= tokens:
            raise LimitReached("token_limit")
        if cost is not None and self.cost_usd >= cost:
            raise LimitReached("cost_limit")

    def messages(self, count: int) -> None:
        """Raise LimitReached if a conversation of `count` messages has no place for an answer."""
        most = self.limits.message_limit
        if most is not None and count >= most:
            raise LimitReached("message_limit")

    def add(self, answer: Answer) -> None:
        """Count an answer. It is the agent's even where it used up the rest: the next `check` raises.

        Raises UsageError where the cost is limited and that of the answer is not known.
        """
        self.input_tokens += answer.usage.input_tokens
        self.output_tokens += answer.usage.output_tokens
        if answer.cost_usd is not None:
            self.cost_usd += answer.cost_usd
        elif self.limits.cost_limit is not None:
            raise UsageError("cost_limit needs a known price: give --price IN,OUT")

    async def bounded(self, work: Awaitable[Value]) -> Value:
        """Await something for as long as there is time. Raises LimitReached, when it is cancelled and has ended."""
        task = asyncio.ensure_future(work)
        try:
            while not task.done():
                self._check_time()
                await asyncio.wait({task}, timeout=self._left_s())
            return task.result()
        finally:
            if not task.done():
                task.cancel()
                await asyncio.wait({task}, timeout=GRACE_S)
            if task.done() and not task.cancelled():
                task.exception()  # raised above, or of no use to whom is cancelled: in no case lost, as asyncio warns

    async def ask(self, asking: Awaitable[Answer], *, turn: int) -> Answer:
        """Await a model's answer and count it.

        Raises LimitReached, also where the conversation is too long for the model, and where it refuses a question that
        the agent made up: any but the first (`turn` 0), of which whoever set the run's parameters is told.
        """
        try:
            answer = await self.bounded(asking)
        except ContextOverflow as error:
            raise LimitReached("context") from error
        except QuestionRefused as error:
            if not turn:
                raise
            raise LimitReached("refused") from error
        self.add(answer)
        return answer

    def _check_time(self) -> None:
        if self.limits.time_limit is not None and self.elapsed_s >= self.limits.time_limit:
            raise LimitReached("time_limit")

    def _left_s(self) -> float | None:
        """Seconds until the time is over; None for never."""
        limit = self.limits.time_limit
        return None if limit is None else max(0.001, limit - self.elapsed_s)
