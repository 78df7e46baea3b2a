"""Who has which work in hand and what is done: nothing lost, nothing handed on twice, whoever dies."""

from __future__ import annotations

import itertools
import math
import sys
from collections import deque
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.records import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from boxscore.protocols.contract import Batch

MAX_LOSSES = 3
_SIZE = 64  # samples: the most that is handed out as one; so many for each share of each worker are looked ahead
_SHARES = 4  # parts that each worker's share comes in, so that the last one does not keep the others waiting


class WorkItem(Struct, frozen=True, kw_only=True):
    """A batch on its way to a worker, under a number of the ledger's own."""

    number: int
    batch: Batch


class ItemResults(Struct, frozen=True, kw_only=True):
    """Results of an item, each as soon as it is known; `finished` when there are no more."""

    number: int
    results: tuple[Result, ...] = ()
    finished: bool = False


class Ledger:
    """Hands out batches, takes in answers, and gives what a lost worker had in hand to others.

    Batches are taken as they are needed, some ahead, and forgotten when they are done. Where there are few, they are
    split so that each of `workers` gets several (0: not at all). A result is handed on when its sample has none yet; a
    batch that is given again holds only samples without one. A batch at which `MAX_LOSSES` workers were lost, one after
    the other, is given up as `internal`.
    """

    idle_s = 0.25  # how long a worker with nothing in hand may wait before it asks for work

    def __init__(self, batches: Iterable[Batch], *, workers: int) -> None:
        self._source = iter(batches)
        self._ahead = workers * _SHARES * _SIZE if workers else math.inf
        self._numbers = itertools.count()
        self._batches: dict[int, Batch] = {}
        self._without: dict[int, set[str]] = {}
        self._waiting: deque[int] = deque()
        self._samples_waiting = 0
        self._held: dict[int, dict[int, None]] = {}  # numbers of batches, in the order in which they were given
        self._losses: dict[int, int] = {}
        first = list(self._draw())
        self._size = max(1, -(-self._samples_waiting // (workers * _SHARES or 1)))
        if workers:
            self._size = min(self._size, _SIZE)
        self._add(first)

    @property
    def done(self) -> bool:
        """Whether nothing waits and nobody has anything in hand."""
        return not self._waiting and not any(self._held.values())

    @property
    def waiting_samples(self) -> int:
        """How many samples nobody has in hand, as far as the ledger looks ahead."""
        return self._samples_waiting

    @property
    def workers_wanted(self) -> int:
        """How many more workers would have something to do."""
        return self._samples_waiting

    def in_hand(self, worker: int) -> int:
        """How many samples a worker owes results of."""
        return sum(len(self._without[number]) for number in self._held.get(worker, ()))

    def take(self, worker: int, samples: int) -> list[WorkItem]:
        """Give a worker what it needs to have about `samples` samples in hand: at least a batch when it has none."""
        items = []
        held = self._held.setdefault(worker, {})
        owed = self.in_hand(worker)
        while self._waiting and (not held or owed < samples):
            number = self._waiting.popleft()
            held[number] = None
            owed += len(self._without[number])
            self._samples_waiting -= len(self._without[number])
            items.append(WorkItem(number=number, batch=self._remaining(number)))
            self._add(self._draw())
        return items

    def accept(self, worker: int, answers: Iterable[ItemResults]) -> list[Result]:
        """Take in what a worker knows; return what nobody has told before, in order."""
        fresh = []
        for answer in answers:
            without = self._without.get(answer.number, set())
            for result in answer.results:
                if result.sample_id in without:
                    without.discard(result.sample_id)
                    fresh.append(result)
            held = self._held.get(worker, {})
            if answer.finished and answer.number in held:
                del held[answer.number]
                self._forget(answer.number)
        return fresh

    def give_back(self, worker: int) -> None:
        """Let others have what a worker had in hand, first of all."""
        held = self._held.pop(worker, {})
        for number in [number for number in held if not self._without[number]]:
            self._forget(number)
        numbers = [number for number in held if number in self._without]
        self._waiting.extendleft(reversed(numbers))
        self._samples_waiting += sum(len(self._without[number]) for number in numbers)

    def lost(self, worker: int, reason: str) -> list[Result]:
        """Give back what a lost worker had in hand, but give up what was lost too often; return results of that."""
        begun = next((number for number in self._held.get(worker, ()) if self._without[number]), None)
        given_up = []
        if begun is not None:
            self._losses[begun] = self._losses.get(begun, 0) + 1
            if self._losses[begun] >= MAX_LOSSES:
                given_up = self._given_up(begun, reason)
        self.give_back(worker)
        return given_up

    def _draw(self) -> Iterator[Batch]:
        """Take batches until enough samples wait."""
        while self._samples_waiting < self._ahead and (batch := next(self._source, None)) is not None:
            self._samples_waiting += len(batch.candidates)
            yield batch

    def _add(self, batches: Iterable[Batch]) -> None:
        for batch in batches:
            for part in _split(batch, self._size):
                number = next(self._numbers)
                self._batches[number] = part
                self._without[number] = {one.sample_id for one in part.candidates}
                self._waiting.append(number)

    def _forget(self, number: int) -> None:
        del self._batches[number], self._without[number]

    def _given_up(self, number: int, reason: str) -> list[Result]:
        batch = self._remaining(number)
        self._without[number].clear()
        return [
            Result(
                instance_id=batch.instance_id,
                sample_id=one.sample_id,
                outcome=Outcome.INTERNAL,
                trust=batch.trust,
                reason=f"the worker that graded it was lost {MAX_LOSSES} times: {reason}",
                attempts=MAX_LOSSES,
            )
            for one in batch.candidates
        ]

    def _remaining(self, number: int) -> Batch:
        batch, without = self._batches[number], self._without[number]
        if len(without) == len(batch.candidates):
            return batch
        left = tuple(one for one in batch.candidates if one.sample_id in without)
        return msgspec.structs.replace(batch, candidates=left)


class OpenLedger(Ledger):
    """A ledger of work that comes while others are at it: all that `pull` gives, until `ended` says that no more comes.

    `pull` returns at once. Workers are wanted before there is work, so that they are warm when it comes.
    """

    idle_s = 0.05

    def __init__(self, pull: Callable[[], Iterable[Batch]], ended: Callable[[], bool]) -> None:
        super().__init__((), workers=0)
        self._pull, self._ended = pull, ended

    @property
    def done(self) -> bool:
        """Look for more work, and say whether nothing waits, nobody has anything in hand and no more comes."""
        for batch in self._pull():
            self._samples_waiting += len(batch.candidates)
            self._add((batch,))
        return self._ended() and super().done

    @property
    def workers_wanted(self) -> int:
        """All that there is room for."""
        return sys.maxsize


def _split(batch: Batch, size: int) -> Sequence[Batch]:
    if len(batch.candidates) <= size:
        return (batch,)
    return [
        msgspec.structs.replace(batch, candidates=batch.candidates[start : start + size])
        for start in range(0, len(batch.candidates), size)
    ]
