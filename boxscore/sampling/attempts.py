"""Files of the run directory that keep what agents made: their ends, how drafts were graded, and what tests said."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

import msgspec
from msgspec.structs import replace

from boxscore.errors import StoreError
from boxscore.own_folders import folder_within
from boxscore.records import Result
from boxscore.run.lines import encode_line, read_lines
from boxscore.run.store import ATTEMPTS, JUDGED, ROUNDS, safe_name, store_file
from boxscore.sampling.records import Attempt, Round

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from msgspec import Struct

    from boxscore.run.plan import Name
    from boxscore.run.store import RunStore

TRAJECTORIES = "trajectories"
Item = TypeVar("Item")
Value = TypeVar("Value")


class BatchWriter(Generic[Item, Value]):
    """Hands items of many tasks to `write`, in a thread: in their order, all that came meanwhile at once.

    A disk that is slow to take a line then keeps nobody waiting but whose line it is. `write` gives a value for each
    item; `done` gets each item with its value, in the event loop, before whoever gave it goes on, and also where that
    one has been cancelled meanwhile.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Sequence[Value]],
        done: Callable[[Item, Value], object] = lambda _item, _value: None,
    ) -> None:
        self._write, self._done = write, done
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._work: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> None:
        """Return once the item is written. Raises what the call raised."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._work is None:
            self._work = asyncio.ensure_future(self._write_all())
        await future

    async def flush(self) -> None:
        """Return once all that was given is written, whoever waits for it."""
        while self._work is not None:
            await asyncio.wait({self._work})

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                values: Sequence[Value | Exception]
                try:
                    values = await asyncio.to_thread(self._write, [item for item, _ in batch])
                except Exception as error:  # noqa: BLE001 - raised again for each whose item it was
                    values = [error] * len(batch)
                for (item, future), value in zip(batch, values, strict=True):
                    try:
                        if isinstance(value, Exception):
                            raise value  # noqa: TRY301 - as what `done` raises
                        self._done(item, value)
                    except Exception as error:  # noqa: BLE001 - raised again where the item came from
                        if not future.done():
                            future.set_exception(error)
                    else:
                        if not future.done():
                            future.set_result(None)
        finally:
            self._work = None


def _line_writer(append: Callable[[bytes], int]) -> BatchWriter[Struct, None]:
    def write(lines: Sequence[Struct]) -> Sequence[None]:
        append(b"".join(map(encode_line, lines)))
        return [None] * len(lines)

    return BatchWriter(write)


class Attempts:
    """The attempts of one setup in a run directory that is open for writing; made by `open_attempts`."""

    def __init__(
        self, folder: Path, setup: str, add: Callable[[bytes], int], add_round: Callable[[bytes], int]
    ) -> None:
        """Read what is there. Raises InputError for a damaged line, StoreError."""
        self.setup = setup
        self._folder = folder
        self._lines, self._round_lines = _line_writer(add), _line_writer(add_round)
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
    with store.further_log(ATTEMPTS) as add, store.further_log(ROUNDS) as add_round:
        yield Attempts(store.path, setup, add, add_round)


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
        self._lines = _line_writer(append)

    def find(self, instance_id: str, key: str) -> Result | None:
        """The verdict on the draft that a key is of; None where there is none."""
        return self._kept.get((instance_id, key))

    async def add(self, result: Result) -> None:
        """Store a verdict, without pictures: afterwards, and no sooner, an agent may get it. Raises StoreError."""
        detail = None if result.detail is None else result.detail.without_files()
        await self._lines.add(replace(result, detail=detail))

    async def flush(self) -> None:
        """Return once all that was given is written."""
        await self._lines.flush()


@contextmanager
def open_verdicts(store: RunStore) -> Iterator[VisibleVerdicts]:
    """Open the verdicts of a run directory that is open for writing. Raises InputError, StoreError."""
    with store.further_log(JUDGED) as append:
        yield VisibleVerdicts(store.path / JUDGED, append)
