"""A run in progress: the page of what has been graded so far, read again as the run's files grow.

Rows are in the order in which results came, so that new ones are added below. Where a row that was there is another one
now, such as that of a sample that was graded twice, the generation changes, and a browser reads all rows again.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.page.read import Prompts, read_started
from boxscore.page.records import Head
from boxscore.page.rows import columns_of
from boxscore.page.run_list import stamp
from boxscore.page.texts import cell
from boxscore.protocols.shows import Fact
from boxscore.records import Outcome
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.page.read import RunPage
    from boxscore.page.records import Details, Scalar

GOES_ON = "the run is still in progress: the score covers what is there so far, and slow samples come last"
FRESH_S = 0.5  # what was read less long ago is new enough
_PAUSES = 9  # after a run was read, for each second that it took: a tenth of the time at most goes into it
_OUTCOME = 2  # the place of the outcome in a row


class FollowedRun:
    """The page of a run in progress. May be asked by several threads."""

    def __init__(self, path: Path) -> None:
        self._path, self._lock = path, threading.Lock()
        self._page: RunPage | None = None
        self._prompts = Prompts()
        self._state: object = None
        self._generation = 1  # an ended run's page has 0
        self._next_s = -math.inf

    def head(self) -> Head:
        """All but its rows, as it is now. Raises InputError, StoreError."""
        with self._lock:
            page = self._look()
            rows, planned = ((), 0) if page is None else (page.rows, page.planned)
            head = Head(
                kind="run", title=cell(self._path.name), boxscore=VERSION, columns=columns_of(()), rows=0, chunks=()
            )
            head = head if page is None else page.head
            counts = Counter(str(row[_OUTCOME]) for row in rows)
            done = f"{len(rows):,} of {planned:,}" if planned >= len(rows) > 0 else f"{len(rows):,}"
            facts = [("samples so far", done), *((name, f"{counts[name]:,}") for name in Outcome if counts[name])]
            return replace(
                head,
                score=tuple(replace(one, label=f"{one.label} so far") for one in head.score),
                facts=tuple(Fact(label=label, value=value) for label, value in facts),
                warnings=(GOES_ON,),
                charts=(),
                going_on=True,
                generation=self._generation,
            )

    def rows(self, first: int) -> Sequence[Sequence[Scalar]]:
        """The rows from a number on. Raises InputError, StoreError."""
        with self._lock:
            page = self._look()
        return () if page is None else page.rows[first:]

    def details(self, row: int) -> Details:
        """What is shown of an opened row. Raises IndexError; InputError, StoreError."""
        with self._lock:
            page = self._look()
        if page is None:
            raise IndexError(row)
        return page.details(row)

    def _look(self) -> RunPage | None:
        """Read the run again where it has changed, unless that was done a moment ago; None before it has a record."""
        began, state = time.monotonic(), stamp(self._path)
        if began < self._next_s or state == self._state:
            return self._page
        before = () if self._page is None else self._page.rows
        self._page = read_started(self._path, self._prompts)
        after = () if self._page is None else self._page.rows
        self._generation += after[: len(before)] != before
        self._state, ended = state, time.monotonic()
        self._next_s = ended + max(FRESH_S, _PAUSES * (ended - began))
        return self._page
