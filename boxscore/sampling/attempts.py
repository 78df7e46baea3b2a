"""Agents that have ended, and how their drafts were graded: two files of lines in the run directory."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from boxscore.errors import StoreError
from boxscore.own_folders import folder_within
from boxscore.run.lines import encode_line, read_lines
from boxscore.run.store import ATTEMPTS, ROUNDS, safe_name, store_file
from boxscore.sampling.batches import Batches
from boxscore.sampling.records import Attempt, Round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from msgspec import Struct

    from boxscore.run.plan import Name
    from boxscore.run.store import RunStore

TRAJECTORIES = "trajectories"


class Attempts:
    """The attempts of one setup in a run directory that is open for writing; made by `open_attempts`."""

    def __init__(
        self, folder: Path, setup: str, add: Callable[[bytes], int], add_round: Callable[[bytes], int]
    ) -> None:
        """Read what is there. Raises InputError for a damaged line, StoreError."""
        self.setup = setup
        self._folder = folder
        self._lines = Batches(partial(_append_all, add))
        self._round_lines = Batches(partial(_append_all, add_round))
        every = read_lines(folder / ATTEMPTS, Attempt)
        self.ended: dict[Name, Attempt] = {(one.instance_id, one.sample_id): one for one in every if one.setup == setup}
        self.rounds: dict[Name, dict[int, Round]] = {}
        for one in read_lines(folder / ROUNDS, Round):
            self.rounds.setdefault((one.instance_id, one.sample_id), {})[one.round] = one

    async def add(self, attempt: Attempt) -> None:
        """Store that an agent has ended, so that it is not started again. Raises StoreError."""
        await self._lines.add(attempt)
        self.ended[attempt.instance_id, attempt.sample_id] = attempt

    async def add_round(self, graded: Round) -> None:
        """Store how a draft was graded. Raises StoreError."""
        await self._round_lines.add(graded)
        self.rounds.setdefault((graded.instance_id, graded.sample_id), {})[graded.round] = graded

    async def flush(self) -> None:
        """Return once all that was given is written."""
        await self._lines.flush()
        await self._round_lines.flush()

    def write_trajectory(self, instance_id: str, number: int, atif: dict[str, Any]) -> None:
        """Replace the trajectory of a sample as a whole; from any thread. Raises StoreError."""
        path = trajectory_path(self._folder, instance_id, str(number))
        store_file(path, msgspec.json.encode(atif) + b"\n", sync=_not_at_once)


@contextmanager
def open_attempts(store: RunStore, setup: str) -> Iterator[Attempts]:
    """Open the attempts of a run directory that is open for writing. Raises InputError, StoreError."""
    try:
        folder_within(store.path, TRAJECTORIES)
    except OSError as error:
        raise StoreError(f"{error.filename}: cannot be made: {error.strerror or error}") from error
    with store.further_log(ATTEMPTS) as add, store.further_log(ROUNDS) as add_round:
        yield Attempts(store.path, setup, add, add_round)


def trajectory_path(run: Path, instance_id: str, sample_id: str) -> Path:
    """Where the trajectory of a sample is, in ATIF."""
    return run / TRAJECTORIES / f"{safe_name(instance_id)}.{safe_name(sample_id)}.json"


def _not_at_once(_descriptor: int) -> None:
    """Leave it to the kernel when a trajectory reaches the disk: it is for people, and nothing depends on it."""


def _append_all(append: Callable[[bytes], int], lines: Sequence[Struct]) -> Sequence[None]:
    append(b"".join(map(encode_line, lines)))
    return [None] * len(lines)
