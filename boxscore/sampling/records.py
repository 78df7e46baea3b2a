"""What a run that asks a model stores beside samples and results: lines of files, each with a checksum.

    answers.jsonl    every call of a model: `asked` before it is made, `answered` or `unanswered` once it has ended
    attempts.jsonl   every agent that has ended: its drafts, the last of which is the sample, and why it ended
    judged.jsonl     what tests that may be seen said of drafts: results

No answer is used before its line is written, so that none is paid for twice. A call whose `asked` has no other line was
at work when the process ended: it may have been billed, and is counted as lost.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.agents.contract import Draft  # noqa: TC001 - msgspec resolves the annotation
from boxscore.errors import StoreError
from boxscore.models.contract import Answer  # noqa: TC001 - msgspec resolves the annotation
from boxscore.own_folders import folder_within
from boxscore.records import Identifier, Result
from boxscore.run.lines import encode_line, read_lines
from boxscore.run.store import ATTEMPTS, JUDGED, safe_name, store_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore.run.plan import Name
    from boxscore.run.store import RunStore


class Asked(Struct, frozen=True, kw_only=True, tag_field="line", tag="asked"):
    """A question is about to be asked; `digest` is of the question and of the model.

    `most_usd` is what it costs at most, by the price and the tokens that an answer may have; None if not known.
    """

    instance_id: Identifier
    number: int
    turn: int
    digest: str
    most_usd: float | None = None


class Answered(Struct, frozen=True, kw_only=True, tag_field="line", tag="answered"):
    """An answer was received."""

    instance_id: Identifier
    number: int
    turn: int
    digest: str
    answer: Answer


class Unanswered(Struct, frozen=True, kw_only=True, tag_field="line", tag="unanswered"):
    """A call ended without an answer, and what was billed all the same; the question may be asked again."""

    instance_id: Identifier
    number: int
    turn: int
    digest: str
    reason: str
    calls: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = 0.0


class Attempt(Struct, frozen=True, kw_only=True):
    """An agent that has ended: one sample of an instance.

    `setup` is a hash of all that its end depends on but the model's answers. No drafts: it ended without any, and
    there is nothing to grade but an empty answer. `stop_reason` is empty where it ended by itself, else the limit's
    name or the agent's own word. `wall_s` is how long the agent took, in the process that it ended in; `turns` how many
    answers it used. `seal` is the proof of its box's, None where it had none.
    """

    instance_id: Identifier
    sample_id: Identifier
    setup: str
    drafts: tuple[Draft, ...]
    stop_reason: str = ""
    wall_s: float = 0.0
    turns: int = 0
    seal: dict[str, Any] | None = None


TRAJECTORIES = "trajectories"


class Attempts:
    """The attempts of one setup in a run directory that is open for writing; made by `open_attempts`."""

    def __init__(self, folder: Path, setup: str, add: Callable[[bytes], int]) -> None:
        """Read what is there. Raises InputError for a damaged line, StoreError."""
        self.setup = setup
        self._folder = folder
        self._add = add
        every = read_lines(folder / ATTEMPTS, Attempt)
        self.ended: dict[Name, Attempt] = {(one.instance_id, one.sample_id): one for one in every if one.setup == setup}

    def add(self, attempt: Attempt) -> None:
        """Store that an agent has ended, so that it is not started again. Raises StoreError."""
        self._add(encode_line(attempt))
        self.ended[attempt.instance_id, attempt.sample_id] = attempt

    def write_trajectory(self, instance_id: str, number: int, atif: dict[str, Any]) -> None:
        """Replace the trajectory of a sample as a whole; from any thread. Raises StoreError.

        It is left to the kernel when it reaches the disk: it is for people, and nothing depends on it.
        """
        path = trajectory_path(self._folder, instance_id, str(number))
        store_file(path, msgspec.json.encode(atif) + b"\n", sync=lambda _descriptor: None)


@contextmanager
def open_attempts(store: RunStore, setup: str) -> Iterator[Attempts]:
    """Open the attempts of a run directory that is open for writing. Raises InputError, StoreError."""
    try:
        folder_within(store.path, TRAJECTORIES)
    except OSError as error:
        raise StoreError(f"{error.filename}: cannot be made: {error.strerror or error}") from error
    with store.further_log(ATTEMPTS) as add:
        yield Attempts(store.path, setup, add)


def trajectory_path(run: Path, instance_id: str, sample_id: str) -> Path:
    """Where the trajectory of a sample is, in ATIF."""
    return run / TRAJECTORIES / f"{safe_name(instance_id)}.{safe_name(sample_id)}.json"


class VisibleVerdicts:
    """What the tests that an agent may see said of its drafts: kept, so that one that goes on gets the same again.

    Else what a browser or a clock prints differently each time would make another question of the next one, and the
    answer that was paid for would be of no use. Made by `open_verdicts`.
    """

    def __init__(self, path: Path, append: Callable[[bytes], int]) -> None:
        """Read what is there. Raises InputError for a damaged line, StoreError."""
        self._kept = {(one.instance_id, one.key): one for one in read_lines(path, Result)}
        self._append = append

    def find(self, instance_id: str, key: str) -> Result | None:
        """The verdict on the draft that a key is of; None where there is none."""
        return self._kept.get((instance_id, key))

    def add(self, result: Result) -> None:
        """Store a verdict, without pictures: afterwards, and no sooner, an agent may get it. Raises StoreError."""
        detail = None if result.detail is None else result.detail.without_files()
        self._append(encode_line(replace(result, detail=detail)))


@contextmanager
def open_verdicts(store: RunStore) -> Iterator[VisibleVerdicts]:
    """Open the verdicts of a run directory that is open for writing. Raises InputError, StoreError."""
    with store.further_log(JUDGED) as append:
        yield VisibleVerdicts(store.path / JUDGED, append)
