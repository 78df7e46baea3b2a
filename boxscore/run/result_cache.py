"""`--reuse`: results of earlier runs by their keys, in the cache folder.

One SQLite file, which several runs may use at a time. It keeps what was used last, within `MAX_BYTES`. Nothing depends
on it: trouble with it is a warning, and the run goes on without it. Each line has a checksum, so that one that was
damaged is as good as none. Only results that stand are kept, never copies.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import sqlite3
import time
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import msgspec
from msgspec.structs import replace

from boxscore.protocols.details import decoder_of
from boxscore.records import Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

MAX_BYTES = 256 << 20
LOCKED_S = 5.0
_ASKED = 500  # keys in one question
_SHARE = 4  # of all lines: one in so many goes when there is no room
_TABLE = "CREATE TABLE IF NOT EXISTS results (key TEXT PRIMARY KEY, line BLOB, checksum BLOB, used REAL) WITHOUT ROWID"
_DECODER = decoder_of(Result)
_T = TypeVar("_T")
_LOG = logging.getLogger("boxscore.cache")


class ResultCache:
    """The cache as one run uses it, under its own name. Not for two threads at once."""

    def __init__(self, folder: Path, run_id: str, *, max_bytes: int = MAX_BYTES) -> None:
        self._path, self._run_id, self._max_bytes = folder / "results.sqlite", run_id, max_bytes
        self._database: sqlite3.Connection | None = None
        self._broken = False
        self._kept: set[str] = set()

    def take(self, keys: Iterable[str]) -> dict[str, Result]:
        """The results that are kept under these keys; each says which run it was graded in."""
        found: dict[str, Result] = {}
        rest = iter(set(keys))
        while some := list(itertools.islice(rest, _ASKED)):
            found.update(self._guarded(partial(_read, some)) or {})
        return found

    def keep(self, results: Sequence[Result]) -> None:
        """Keep what was graded here and stands; make room where there is none."""
        own = [one for one in results if one.stands and not (one.copied_from or one.reused_from)]
        if own:
            self._guarded(partial(self._write, own))
            self._kept.update(one.key for one in own)

    def take_back(self) -> None:
        """Forget what this run has kept: the run turned out to be broken."""
        self._guarded(self._forget)
        self._kept.clear()

    def _forget(self, database: sqlite3.Connection) -> None:
        with database:
            database.executemany("DELETE FROM results WHERE key = ?", [(key,) for key in self._kept])

    def close(self) -> None:
        """Close the file."""
        if self._database is not None:
            self._database.close()
            self._database = None

    def _write(self, results: Sequence[Result], database: sqlite3.Connection) -> None:
        now = time.time()
        rows = [(one.key, *_line(replace(one, reused_from=self._run_id)), now) for one in results]
        with database:
            database.executemany("INSERT OR REPLACE INTO results VALUES (?, ?, ?, ?)", rows)
            pages, free, size = (_number(database, name) for name in ("page_count", "freelist_count", "page_size"))
            if (pages - free) * size > self._max_bytes:
                database.execute(
                    "DELETE FROM results WHERE key IN (SELECT key FROM results ORDER BY used LIMIT "
                    "(SELECT 1 + count(*) / ? FROM results))",
                    (_SHARE,),
                )

    def _guarded(self, work: Callable[[sqlite3.Connection], _T]) -> _T | None:
        if self._broken:
            return None
        try:
            if self._database is None:
                self._database = self._opened()
            return work(self._database)
        except (OSError, sqlite3.Error) as error:
            self._broken = True
            damaged = isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError)
            remedy = "; remove the file to begin a new one" if damaged else ""
            _LOG.warning("not using the result cache %s: %s%s", self._path, error, remedy)
            return None

    def _opened(self) -> sqlite3.Connection:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        database = sqlite3.connect(self._path, timeout=LOCKED_S, check_same_thread=False)
        database.execute("PRAGMA journal_mode=WAL")  # where the file system cannot, SQLite stays with its own
        database.execute("PRAGMA synchronous=NORMAL")
        database.execute(_TABLE)
        return database


def _read(keys: Sequence[str], database: sqlite3.Connection) -> dict[str, Result]:
    marks = ",".join("?" * len(keys))
    found = {}
    rows = database.execute(f"SELECT key, line, checksum FROM results WHERE key IN ({marks})", keys)  # noqa: S608 - marks
    for key, line, checksum in rows:
        result = _decoded(line, checksum)
        if result is not None and result.key == key and result.stands:
            found[key] = result
    with database:
        now = time.time()
        database.executemany("UPDATE results SET used = ? WHERE key = ?", [(now, key) for key in found])
    return found


def _number(database: sqlite3.Connection, name: str) -> int:
    ((value,),) = database.execute(f"PRAGMA {name}")
    return int(value)


def _line(result: Result) -> tuple[bytes, bytes]:
    line = msgspec.json.encode(result)
    return line, _checksum(line)


def _decoded(line: bytes, checksum: bytes) -> Result | None:
    try:
        return _DECODER.decode(line) if _checksum(line) == checksum else None
    except (msgspec.MsgspecError, TypeError):
        return None


def _checksum(line: bytes) -> bytes:
    return hashlib.blake2b(line, digest_size=16).digest()
