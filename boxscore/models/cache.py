"""Keep answers from run to run, so that no question is paid for twice: a file for each, in the user's cache.

litellm's own cache knows neither sample numbers nor turns: n samples of an instance would be one. A question's key is
made of all that its answer depends on: model, base, messages, sampling, the digest of the prompt's template, and the
numbers of sample and turn. Timeouts, retries and concurrency are no part of it.
"""

from __future__ import annotations

import asyncio
import hashlib
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore.cache import read_record, write_cached
from boxscore.models.contract import Answer, Question, price_of

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.models.contract import Model, Price

_FORM = 1  # of keys and entries; with another, nothing that was kept is found


class _Key(Struct, frozen=True, kw_only=True):
    form: int
    model: str
    base: str
    question: Question


class CachedModel:
    """A model whose answers are kept in a folder, and found again without asking it."""

    def __init__(self, model: Model, folder: Path) -> None:
        """Put a cache before a model, which is closed with it."""
        self.name, self.base = model.name, model.base
        self.model, self._folder = model, folder

    @property
    def price(self) -> Price | None:
        """What the model's tokens cost."""
        return price_of(self.model)

    def has_answer(self, question: Question) -> bool:
        """Whether the model need not be asked this question."""
        return read_record(self._path(question), Answer) is not None

    async def answer(self, question: Question) -> Answer:
        """Give the kept answer, which costs nothing, else the model's. Raises what the model does."""
        path = self._path(question)
        kept = await asyncio.to_thread(read_record, path, Answer)
        if kept is not None:
            cost = kept.cost_usd
            return structs.replace(kept, cached=True, calls=0, cost_usd=0.0, saved_usd=cost, wall_s=0.0)
        answer = await self.model.answer(question)
        await asyncio.to_thread(write_cached, path, msgspec.json.encode(answer))
        return answer

    async def close(self) -> None:
        """Close the model."""
        await self.model.close()

    def _path(self, question: Question) -> Path:
        key = _Key(form=_FORM, model=self.name, base=self.base, question=question)
        digest = hashlib.sha256(msgspec.json.encode(key, order="sorted")).hexdigest()
        return self._folder / digest[:2] / f"{digest}.json"
