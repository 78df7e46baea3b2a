"""Keep answers from run to run, so that no question is paid for twice: one SQLite file for all processes of a user.

litellm's own cache knows neither sample numbers nor turns: n samples of an instance would be one. A question's key is
made of all that its answer depends on: model, base, messages, sampling, the digest of the prompt's template, and the
numbers of sample and turn. Timeouts, retries and concurrency are no part of it. Trouble with the file costs money,
never a run: there is one warning, and nothing is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct, structs

from boxscore.cache import locked, warn_of_cache
from boxscore.models.contract import Answer, Question, price_of

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.models.contract import Model, Price

BUSY_S = 10.0  # how long one process waits for another's write
_FORM = 1  # of keys and entries; with another, nothing that was kept is found
_CREATE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer BLOB NOT NULL, at REAL NOT NULL) STRICT"


class _Key(Struct, frozen=True, kw_only=True):
    form: int
    model: str
    base: str
    question: Question


def key_of(model: str, base: str, question: Question) -> str:
    """The name of a question's answer: equal for questions that may have the same one, and for no others."""
    key = _Key(form=_FORM, model=model, base=base, question=question)
    return hashlib.sha256(msgspec.json.encode(key, order="sorted")).hexdigest()


class AnswerCache:
    """The answers in one file. Methods block, and may be called from any thread; nothing is raised."""

    def __init__(self, path: Path) -> None:
        """Remember the path; the file is opened when it is first needed."""
        self.path = path
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._is_broken = False

    def get(self, key: str) -> Answer | None:
        """The answer that is kept under a key; None where there is none, or none that can be read."""
        rows = self._execute("SELECT answer FROM answers WHERE key = ?", key)
        with suppress(msgspec.MsgspecError, IndexError):
            return msgspec.json.decode(rows[0][0], type=Answer)
        return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer, in place of any other."""
        self._execute("INSERT OR REPLACE INTO answers VALUES (?, ?, ?)", key, msgspec.json.encode(answer), time.time())

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            if self._database is not None:
                with suppress(sqlite3.Error):
                    self._database.close()
                self._database = None

    def _execute(self, statement: str, *values: object) -> list[Any]:
        with self._lock:
            if self._is_broken:
                return []
            try:
                if self._database is None:
                    self._database = self._open()
                with self._database:
                    return self._database.execute(statement, values).fetchall()
            except (sqlite3.Error, OSError) as error:
                self._is_broken = True
                advice = "" if isinstance(error, OSError) else "; delete the file"
                warn_of_cache(self.path.parent, OSError(f"{self.path.name}: {error}{advice}"))
                return []

    def _open(self) -> sqlite3.Connection:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        # Below this lock, since two processes that begin a file at the same time may find it in use.
        with locked(self.path.with_suffix(".lock")):
            database = sqlite3.connect(self.path, timeout=BUSY_S, check_same_thread=False)
            try:
                for statement in ("PRAGMA journal_mode=WAL", "PRAGMA synchronous=NORMAL", _CREATE):
                    database.execute(statement)
                database.commit()
            except BaseException:
                database.close()
                raise
        return database


class CachedModel:
    """A model whose answers are kept, and found again without asking it."""

    def __init__(self, model: Model, cache: AnswerCache) -> None:
        """Put a cache before a model; both are closed with it."""
        self.name, self.base = model.name, model.base
        self.model, self._cache = model, cache

    @property
    def price(self) -> Price | None:
        """What the model's tokens cost."""
        return price_of(self.model)

    def has_answer(self, question: Question) -> bool:
        """Whether the model need not be asked this question."""
        return self._cache.get(key_of(self.name, self.base, question)) is not None

    async def answer(self, question: Question) -> Answer:
        """Give the kept answer, which costs nothing, else the model's. Raises what the model does."""
        key = key_of(self.name, self.base, question)
        kept = await asyncio.to_thread(self._cache.get, key)
        if kept is not None:
            cost = kept.cost_usd
            return structs.replace(kept, cached=True, calls=0, cost_usd=0.0, saved_usd=cost, wall_s=0.0, waited_s=0.0)
        answer = await self.model.answer(question)
        await asyncio.to_thread(self._cache.put, key, answer)
        return answer

    async def close(self) -> None:
        """Close model and cache."""
        try:
            await self.model.close()
        finally:
            self._cache.close()
