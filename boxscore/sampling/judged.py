"""What the tests that may be seen said of drafts: kept, so that an agent that goes on is told the same once more.

Else what a browser or a clock prints differently each time would make another question of the next one, and the answer
that was paid for would be of no use.
"""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.records import Result, WebDetail
from boxscore.run.lines import encode_line, read_lines
from boxscore.run.store import JUDGED
from boxscore.sampling.batches import Batches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from boxscore.run.store import RunStore


class Judged:
    """The verdicts in a run directory that is open for writing; made by `open_judged`."""

    def __init__(self, path: Path, append: Callable[[bytes], int]) -> None:
        """Read what is there. Raises InputError for a damaged line, StoreError."""
        self._kept = {(one.instance_id, one.key): one for one in read_lines(path, Result)}
        self._lines = Batches(partial(_append_all, append))

    def find(self, instance_id: str, key: str) -> Result | None:
        """What was said of the draft that a key is of; None where nothing was."""
        return self._kept.get((instance_id, key))

    async def add(self, result: Result) -> None:
        """Store a verdict, without pictures: afterwards, and no sooner, an agent may be told. Raises StoreError."""
        detail = result.detail
        if isinstance(detail, WebDetail):
            attempts = tuple(replace(one, screenshot=b"") for one in detail.attempts)
            result = replace(result, detail=replace(detail, attempts=attempts, files={}))
        await self._lines.add(result)

    async def flush(self) -> None:
        """Return once all that was given is written."""
        await self._lines.flush()


@contextmanager
def open_judged(store: RunStore) -> Iterator[Judged]:
    """Open the verdicts of a run directory that is open for writing. Raises InputError, StoreError."""
    with store.further_log(JUDGED) as append:
        yield Judged(store.path / JUDGED, append)


def _append_all(append: Callable[[bytes], int], results: Sequence[Result]) -> Sequence[None]:
    append(b"".join(map(encode_line, results)))
    return [None] * len(results)
