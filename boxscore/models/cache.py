"""Keep answers from run to run, so that no question is paid for twice: one SQLite file for all processes of a user.

A question's key is made of all that its answer depends on: model, base, messages, sampling, the digest of the prompt's
template, and the numbers of sample and turn. Timeouts, retries and concurrency are no part of it. Trouble with the file
costs money, never a run: a broken one is put aside and a new one begun, and where none can be had, nothing is kept.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec import Struct, structs

from boxscore.cache import locked, warn_of_cache
from boxscore.models.contract import Answer, Question
from boxscore.models.price import price_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from boxscore.models.contract import Model
    from boxscore.models.price import Price

BUSY_S = 10.0  # how long one process waits for another's write
_FORM = 1  # of keys and entries; with another, nothing that was kept is found
_BESIDE = ("", "-wal", "-shm")
_LOG = logging.getLogger("boxscore.models")
Value = TypeVar("Value")


class _Asked(Struct, frozen=True, kw_only=True):
    """All that an answer depends on."""

    form: int
    model: str
    base: str
    question: Question


def key_of(model: str, base: str, question: Question) -> str:
    """The name of a question's answer: equal for questions that may have the same one, and for no others."""
    asked = _Asked(form=_FORM, model=model, base=base, question=question)
    return hashlib.sha256(msgspec.json.encode(asked, order="sorted")).hexdigest()


class AnswerCache:
    """The answers in one file. Methods block, and may be called from any thread; nothing is raised."""

    def __init__(self, path: Path) -> None:
        """Remember the path; the file is opened when it is first needed."""
        self.path = path
        self._lock = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._inode: tuple[int, int] | None = None
        self._useless = False

    def get(self, key: str) -> Answer | None:
        """The answer that is kept under a key; None where there is none, or none that can be read."""
        row = self._tried(lambda database: database.execute(_SELECT, (key,)).fetchone())
        with suppress(msgspec.MsgspecError):
            return None if row is None else msgspec.json.decode(row[0], type=Answer)
        return None

    def put(self, key: str, answer: Answer) -> None:
        """Keep an answer, in place of any other."""
        data = msgspec.json.encode(answer)

        def write(database: sqlite3.Connection) -> None:
            with database:
                database.execute(_INSERT, (key, data, time.time()))

        self._tried(write)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        with self._lock:
            self._close()

    def _tried(self, do: Callable[[sqlite3.Connection], Value]) -> Value | None:
        """Call `do`, with a new file if this one is damaged; return None if neither works."""
        with self._lock:
            for _ in range(2):
                if self._useless:
                    return None
                try:
                    return do(self._opened())
                except (sqlite3.OperationalError, OSError) as error:
                    self._give_up(error)
                except sqlite3.DatabaseError as error:
                    self._set_aside(error)
            self._useless = True
            return None

    def _opened(self) -> sqlite3.Connection:
        if self._database is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Below this lock, since two processes that begin a file at the same time may find it in use.
            with locked(self.path.with_suffix(".lock")):
                database = sqlite3.connect(self.path, timeout=BUSY_S, check_same_thread=False)
                try:
                    database.execute("PRAGMA journal_mode=WAL")
                    database.execute("PRAGMA synchronous=NORMAL")
                    database.execute(_CREATE)
                    database.commit()
                except BaseException:
                    database.close()
                    self._inode = _inode(self.path)
                    raise
                self._database, self._inode = database, _inode(self.path)
        return self._database

    def _set_aside(self, error: sqlite3.Error) -> None:
        """Put a broken file out of the way, unless another process has done so already."""
        self._close()
        aside = f".broken-{time.time_ns()}"
        try:
            with locked(self.path.with_suffix(".lock")):
                if _inode(self.path) != self._inode:
                    return
                for end in _BESIDE:
                    with suppress(FileNotFoundError):
                        beside = self.path.with_name(self.path.name + end)
                        beside.rename(beside.with_name(beside.name + aside))
        except OSError as trouble:
            self._give_up(trouble)
            return
        _LOG.warning("%s is damaged (%s): it was set aside, and a new one started", self.path, error)

    def _give_up(self, error: Exception) -> None:
        self._close()
        self._useless = True
        warn_of_cache(self.path.parent, error if isinstance(error, OSError) else OSError(str(error)))

    def _close(self) -> None:
        if self._database is not None:
            with suppress(sqlite3.Error):
                self._database.close()
            self._database = None


_CREATE = "CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer BLOB NOT NULL, at REAL NOT NULL) STRICT"
_SELECT = "SELECT answer FROM answers WHERE key = ?"
_INSERT = "INSERT OR REPLACE INTO answers VALUES (?, ?, ?)"


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


class CachedModel:
    """A model whose answers are kept, and found again without asking it."""

    def __init__(self, model: Model, cache: AnswerCache) -> None:
        """Put a cache before a model; both are closed with it."""
        self.name, self.base = model.name, model.base
        self._model, self._cache = model, cache

    @property
    def price(self) -> Price | None:
        """What the model's tokens cost."""
        return price_of(self._model)

    async def answer(self, question: Question) -> Answer:
        """Give the kept answer, which costs nothing, else the model's. Raises what the model does."""
        key = key_of(self.name, self.base, question)
        kept = await asyncio.to_thread(self._cache.get, key)
        if kept is not None:
            cost = kept.cost_usd
            return structs.replace(kept, cached=True, calls=0, cost_usd=0.0, saved_usd=cost, wall_s=0.0, waited_s=0.0)
        answer = await self._model.answer(question)
        await asyncio.to_thread(self._cache.put, key, answer)
        return answer

    async def close(self) -> None:
        """Close model and cache."""
        try:
            await self._model.close()
        finally:
            self._cache.close()
