"""Calls of the model for all agents of a run: from the journal if possible, within the budget, until it is stopped."""

from __future__ import annotations

import asyncio
from contextlib import nullcontext
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import ModelError, ModelUnusable, UsageError
from boxscore.models.contract import Asker, Price, asked_by, text_of, whole_text
from boxscore.sampling.journal import question_digest

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from boxscore.data.prompts import Prompt
    from boxscore.interrupt import StopSignal
    from boxscore.models.contract import Answer, Model, Question
    from boxscore.sampling.journal import Journal

USUAL_CHARS_PER_TOKEN = 4  # of English and code, roughly: for what is said beforehand, never for what was billed
MOST_TOKENS_PER_CHAR = 1  # for what a question may cost at most; few tokens are a single character
_USD = 1e-12  # sums of prices are equal that differ by less


class NoMoreCalls(ModelError):  # noqa: N818 - what happened says it best
    """The run asks nothing more: it was interrupted, or has spent what it may. Its samples are left for the next."""


class Budget(Struct, frozen=True, kw_only=True):
    """What all calls of a run may cost together; None for any sum. `price` is None where it is not known."""

    max_usd: float | None = None
    price: Price | None = None

    def most_usd(self, question: Question) -> float | None:
        """What a call costs at most; None where the price is not known, or an answer may have any length."""
        most = question.sampling.max_tokens
        if self.price is None or most is None:
            return None
        return self.price.of_tokens(prompt_chars(question) * MOST_TOKENS_PER_CHAR, most)


class ModelCalls:
    """Answers questions by one model, at most so many at a time. For one event loop.

    Before the dearest call so far would take the sum of what is spent and at work above the budget no further call is
    made; as long as none has ended, one is made at a time. `over` then says that the budget is used up.
    """

    def __init__(
        self,
        model: Model,
        journal: Journal,
        *,
        concurrency: int,
        budget: Budget,
        stop: StopSignal,
    ) -> None:
        self.over = False
        self._model, self._journal, self._budget, self._stop = model, journal, budget, stop
        self._free = asyncio.Semaphore(concurrency)
        self._ended = asyncio.Condition()
        self._at_work = 0
        self._lost_usd = journal.spent.lost_usd or 0.0
        self._unusable: ModelUnusable | None = None

    async def ask(
        self, question: Question, waiting: Callable[[], AbstractContextManager[None]] = nullcontext
    ) -> Answer:
        """Answer a question; the time until it may be asked passes within `waiting`.

        Raises NoMoreCalls, ModelError, StoreError.
        """
        digest = question_digest(self._model, question)
        found = self._journal.find(digest)
        if found is not None:
            return found
        with waiting():
            await self._free.acquire()
        try:
            with waiting():
                await self._may_begin()
        except BaseException:
            self._free.release()
            raise
        try:
            with asked_by(Asker(waiting=waiting, unwanted=self._stop.draining)):
                return await self._called(question, digest)
        finally:
            await self._end()

    async def _may_begin(self) -> None:
        async with self._ended:
            while not self._affordable():
                if not self._at_work:
                    self.over = True
                self._raise_if_over()
                await self._ended.wait()
            self._raise_if_over()
            self._at_work += 1

    def _raise_if_over(self) -> None:
        if self._unusable is not None:
            raise self._unusable
        if self.over:
            raise NoMoreCalls("the budget is used up")
        if self._stop.draining():
            raise NoMoreCalls("the run was interrupted")

    def _affordable(self) -> bool:
        most = self._budget.max_usd
        if most is None:
            return True
        spent = self._journal.spent
        if spent.cost_usd is None:
            raise UsageError(
                "a call of this run has no known price, so --max-cost cannot be enforced: give --price, or no limit"
            )
        if not spent.calls:
            return not self._at_work and self._lost_usd < most
        if self._at_work > spent.calls:  # a first call that was cheap says little of many at once
            return False
        at_work = (self._at_work + 1) * self._journal.dearest_usd
        return spent.cost_usd + self._lost_usd + at_work <= most + _USD

    async def _called(self, question: Question, digest: str) -> Answer:
        try:
            self._journal.asked(question, digest, self._budget.most_usd(question))
            answer = await self._model.answer(question)
            answer = replace(answer, text=whole_text(answer.text))
        except ModelError as error:
            self._journal.unanswered(question, digest, error)
            if isinstance(error, ModelUnusable):
                self._unusable = error
            elif self._stop.draining():
                raise NoMoreCalls("the run was interrupted") from error
            raise
        finally:
            self._free.release()  # whoever is next need not wait until the answer is stored
        self._journal.answered(question, digest, answer)
        return answer

    async def _end(self) -> None:
        async with self._ended:
            self._at_work -= 1
            self._ended.notify_all()


def prompt_chars(prompt: Prompt | Question) -> int:
    """How many characters a model is sent."""
    if prompt.completion is not None:
        return len(prompt.completion)
    return sum(len(text_of(message.get("content"))) for message in prompt.messages)
