"""Agents that have ended, and how their drafts were graded: two files of lines in the run directory."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec

from boxscore.errors import StoreError
from boxscore.own_folders import folder_within
from boxscore.run.lines import encode_line, read_lines
from boxscore.run.store import ATTEMPTS, ROUNDS, safe_name, store_file
from boxscore.sampling.records import Attempt, Round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from boxscore.run.store import RunStore

TRAJECTORIES = "trajectories"

Name = tuple[str, str]  # instance_id, sample_id


class Attempts:
    """The attempts of one setup in a run directory that is open for writing; made by `open_attempts`."""

    def __init__(
        self, folder: Path, setup: str, add: Callable[[bytes], int], add_round: Callable[[bytes], int]
    ) -> None:
        """Read what is there. Raises InputError for a damaged line, StoreError."""
        self.setup = setup
        self._folder, self._add, self._add_round = folder, add, add_round
        every = read_lines(folder / ATTEMPTS, Attempt)
        self.ended: dict[Name, Attempt] = {(one.instance_id, one.sample_id): one for one in every if one.setup == setup}
        self.rounds: dict[Name, dict[int, Round]] = {}
        for one in read_lines(folder / ROUNDS, Round):
            self.rounds.setdefault((one.instance_id, one.sample_id), {})[one.round] = one

    def add(self, attempt: Attempt) -> None:
        """Store an agent's end: it is not begun again. Raises StoreError."""
        self._add(encode_line(attempt))
        self.ended[attempt.instance_id, attempt.sample_id] = attempt

    def add_round(self, graded: Round) -> None:
        """Store how a draft was graded. Raises StoreError."""
        self._add_round(encode_line(graded))
        self.rounds.setdefault((graded.instance_id, graded.sample_id), {})[graded.round] = graded

    def write_trajectory(self, instance_id: str, number: int, atif: dict[str, Any]) -> None:
        """Replace the trajectory of a sample as a whole. Raises StoreError."""
        path = trajectory_path(self._folder, instance_id, str(number))
        try:
            folder_within(self._folder, TRAJECTORIES)
        except OSError as error:
            raise StoreError(f"{error.filename}: cannot be made: {error.strerror or error}") from error
        store_file(path, msgspec.json.encode(atif) + b"\n", sync=_not_at_once)


@contextmanager
def open_attempts(store: RunStore, setup: str) -> Iterator[Attempts]:
    """Open the attempts of a run directory that is open for writing. Raises InputError, StoreError."""
    with store.further_log(ATTEMPTS) as add, store.further_log(ROUNDS) as add_round:
        yield Attempts(store.path, setup, add, add_round)


def trajectory_path(run: Path, instance_id: str, sample_id: str) -> Path:
    """Where the trajectory of a sample is, in ATIF."""
    return run / TRAJECTORIES / f"{safe_name(instance_id)}.{safe_name(sample_id)}.json"


def _not_at_once(_descriptor: int) -> None:
    """Leave it to the kernel when a trajectory reaches the disk: it is for people, and nothing depends on it."""
