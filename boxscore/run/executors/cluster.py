"""Grading on the machines of a cluster: what the one who gives out work does. The cluster itself is behind a seam.

Workers are told of new work in the same exchange in which they tell results, one exchange at a time for each. What a
worker that dies had in hand goes to others; all results pass through the calling thread, the only writer. Machines
are looked for all the time: one that comes late joins, and one without a sandbox is tried again after a while.
"""

from __future__ import annotations

import itertools
import logging
import math
import sys
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol

import msgspec
from msgspec import Struct

from boxscore.errors import SandboxUnavailable
from boxscore.log import event
from boxscore.provenance import NodeRecord
from boxscore.records import Outcome, Result
from boxscore.run.executors.worker import ItemResults, WorkItem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from boxscore.protocols.contract import Batch
    from boxscore.run.executors.contract import Workload
    from boxscore.run.executors.worker import About, WorkerReport

MAX_LOSSES = 3
_SIZE = 64  # samples: the most that is handed out as one; so many for each share of each worker are looked ahead
_SHARES = 4  # parts that each worker's share comes in, so that the last one does not keep the others waiting
_IN_HAND = 64  # samples: what a dead worker costs, and enough work for the time that an exchange takes
_WAIT_S = 0.1
_EXCHANGE_S, _IDLE_EXCHANGE_S = 0.25, 0.1
_LEAVE_S, _HALTED_LEAVE_S = 40.0, 8.0
_LOOK_S = 5.0  # how often machines are looked for
_REST_S, _LONGEST_REST_S = 5.0, 900.0
_PATIENCE_S, _PATIENCE_WITH_NONE_S = 600.0, 60.0  # for a cluster without a worker, after one was ready or died before
_SLOW_START_S = 30.0


class Ledger:
    """Hands out batches, takes in answers, and gives what a lost worker had in hand to others.

    Batches are taken as they are needed, some ahead, and forgotten when they are done. Where there are few, they are
    split so that each of `workers` gets several (0: not at all). A result is handed on when its sample has none yet; a
    batch that is given again holds only samples without one. A batch at which `MAX_LOSSES` workers were lost, one after
    the other, is given up as `internal`. Work may also come later: all that `pull` gives, which returns at once, until
    `ended` says that no more comes.
    """

    def __init__(
        self,
        batches: Iterable[Batch] = (),
        *,
        workers: int = 0,
        pull: Callable[[], Iterable[Batch]] = tuple,
        ended: Callable[[], bool] | None = None,
    ) -> None:
        self._source, self._pull, self._ended = iter(batches), pull, ended
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
        """Whether nothing waits, nobody has anything in hand and no more comes; takes in what has come."""
        for batch in self._pull():
            self._samples_waiting += len(batch.candidates)
            self._add((batch,))
        over = self._ended is None or self._ended()
        return over and not self._waiting and not any(self._held.values())

    @property
    def waiting_samples(self) -> int:
        """How many samples nobody has in hand, as far as the ledger looks ahead."""
        return self._samples_waiting

    @property
    def workers_wanted(self) -> int:
        """How many more workers would have something to do; where work is still to come, they get ready for it."""
        return self._samples_waiting if self._ended is None else sys.maxsize

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


def _split(batch: Batch, size: int) -> Sequence[Batch]:
    if len(batch.candidates) <= size:
        return (batch,)
    return [
        msgspec.structs.replace(batch, candidates=batch.candidates[start : start + size])
        for start in range(0, len(batch.candidates), size)
    ]


class Slot(Struct, frozen=True):
    """Room for one worker on a machine; `name` is the machine's for people, `number` counts on the machine."""

    node: str
    name: str
    number: int


class Lost(Struct, frozen=True):
    """A worker that died, or whose machine did."""

    reason: str


class Cluster(Protocol):
    """Machines that run workers. Not for two threads at once."""

    def slots(self) -> Sequence[Slot]:
        """Where workers can be, those of one machine apart from each other in turn."""

    def start(self, slot: Slot) -> int:
        """Start a worker there and give it a number that no other had; it may be up later, or turn out lost."""

    def exchange(self, worker: int, items: Sequence[WorkItem], *, drain: bool, wait_s: float) -> None:
        """Send a worker its message; one is on its way at a time. See `RemoteWorker.exchange`."""

    def leave(self, worker: int) -> None:
        """Ask a worker to end its work and its boxes, whatever else it was asked. See `RemoteWorker.leave`."""

    def wait(self, timeout_s: float) -> Sequence[tuple[int, WorkerReport | Lost]]:
        """Wait for replies, in the order in which they were asked of each worker; for lost workers once."""

    def end(self, worker: int) -> None:
        """Remove a worker; nothing is heard of it any more."""


class _Rest(Struct):
    until: float
    seconds: float


class ClusterWorkers:
    """An `Executor` over the machines of a cluster, for one run at a time. `clock` gives seconds that only grow."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster, self._clock, self._sleep = cluster, clock, sleep
        self._workers: dict[int, Slot] = {}
        self._ready: set[int] = set()
        self._about: dict[Slot, About] = {}  # of all workers that were ready at any time

    def nodes(self) -> tuple[NodeRecord, ...]:
        """The machines whose workers were ready at any time."""
        several: dict[str, list[Slot]] = {}
        for slot in sorted(self._about, key=lambda one: (one.name, one.node)):
            several.setdefault(slot.node, []).append(slot)
        abouts = [(self._about[slots[0]], len(slots)) for slots in several.values()]
        return tuple(
            NodeRecord(host=one.host, workers=count, image_digest=one.image_digest, engine=one.engine)
            for one, count in abouts
        )

    def run(self, work: Workload, ledger: Ledger | None = None) -> None:
        """See `Executor.run`; workers open graders of their own, as they were told, in place of `work.open_grader`.

        A `ledger` gives the work in place of the batches. Raises SandboxUnavailable where no machine can grade.
        """
        self._work, self._ledger = work, ledger or Ledger(work.batches, workers=len(self._cluster.slots()))
        self._rests: dict[str, _Rest] = {}  # of machines, until they give results again
        self._problems: dict[str, str] = {}  # of machines, each told once
        self._patience_s, self._known = 0.0, set[str]()
        self._look_at = self._idle_since = self._clock()
        try:
            self._give_out()
        except BaseException:
            self._leave(hand_over=False)
            raise
        self._leave(hand_over=True)

    def _give_out(self) -> None:
        """Give out work until all is done, or the stop signal says otherwise."""
        stop, began, announced = self._work.stop, self._clock(), False
        while not (self._ledger.done or stop.halting()):
            if stop.draining() and not any(map(self._ledger.in_hand, self._workers)):
                return
            if self._clock() >= self._look_at and not stop.draining():
                self._staff()
            if not self._workers:
                self._idle()
                continue
            self._idle_since = self._clock()
            for worker, reply in self._cluster.wait(_WAIT_S):
                self._hear(worker, reply)
            if not announced and not self._about and self._clock() - began > _SLOW_START_S:
                announced = True
                words = "still waiting for the first worker; are the cluster's cpus taken by others?"
                event("no_worker_yet", logging.WARNING, words=words)

    def _staff(self) -> None:
        """Start workers where there is room for some, on machines that are new or have rested too."""
        now = self._clock()
        self._look_at = now + _LOOK_S
        slots, taken = self._cluster.slots(), set(self._workers.values())
        resting = {node for node, rest in self._rests.items() if rest.until > now}
        free = [slot for slot in slots if slot not in taken and slot.node not in resting]
        late = bool(self._known)
        for slot in free[: max(0, min(len(slots) - len(taken), self._ledger.workers_wanted))]:
            if slot.node not in self._known:
                event("node_joined", node=slot.name, late=late)
            self._known.add(slot.node)
            worker = self._cluster.start(slot)
            self._workers[worker] = slot
            self._ask(worker, [])

    def _idle(self) -> None:
        """Wait for a machine where there is none. Raises SandboxUnavailable if that takes too long."""
        if self._clock() - self._idle_since > self._patience_s:
            reasons = "; ".join(f"{name}: {why}" for name, why in self._problems.items())
            raise SandboxUnavailable(f"no machine of the cluster can grade: {reasons or 'it has no free cpu'}")
        self._sleep(_WAIT_S)

    def _ask(self, worker: int, items: Sequence[WorkItem]) -> None:
        wait_s = _EXCHANGE_S if self._ledger.in_hand(worker) else _IDLE_EXCHANGE_S
        self._cluster.exchange(worker, items, drain=self._work.stop.draining(), wait_s=wait_s)

    def _hear(self, worker: int, reply: WorkerReport | Lost) -> None:
        slot = self._workers[worker]
        if isinstance(reply, Lost):
            self._patience_s = max(self._patience_s, _PATIENCE_WITH_NONE_S)
            self._remove(worker)
            self._deliver(self._ledger.lost(worker, reply.reason))
            self._rest(slot, "worker_lost", reply.reason, "lost a worker; others grade what it had in hand")
            return
        self._deliver(self._ledger.accept(worker, reply.answers))
        if reply.failed is not None:
            raise RuntimeError(f"a worker on {slot.name} failed:\n{reply.failed}")
        if reply.unavailable is not None:
            self._remove(worker)
            self._ledger.give_back(worker)
            self._rest(slot, "node_left_out", reply.unavailable, "is left out for now")
            return
        items: Sequence[WorkItem] = ()
        if reply.about is not None:
            self._patience_s = _PATIENCE_S
            self._about[slot] = reply.about
            self._ready.add(worker)
            if any(one.results for one in reply.answers):
                self._worked(slot)
            if not self._work.stop.draining():
                items = self._ledger.take(worker, self._share())
        self._ask(worker, items)

    def _share(self) -> int:
        """Samples to have in hand: less towards the end, so that nobody waits for the last one."""
        return max(1, min(_IN_HAND, self._ledger.waiting_samples // (2 * max(1, len(self._workers)))))

    def _rest(self, slot: Slot, name: str, reason: str, what: str) -> None:
        """Start no worker on a machine for a while, each time for twice as long; say once what is wrong with it."""
        now, rest = self._clock(), self._rests.get(slot.node)
        if rest is None or rest.until <= now:
            seconds = _REST_S if rest is None else min(_LONGEST_REST_S, 2 * rest.seconds)
            self._rests[slot.node] = rest = _Rest(until=now + seconds, seconds=seconds)
        new = self._problems.get(slot.name) != reason
        self._problems[slot.name] = reason
        words = f"{slot.name} {what}: {reason}"
        event(name, logging.WARNING, shown=not new, words=words, node=slot.name, reason=reason, rest_s=rest.seconds)

    def _worked(self, slot: Slot) -> None:
        """Forget what was wrong with a machine that gives results."""
        self._problems.pop(slot.name, None)
        rest = self._rests.get(slot.node)
        if rest is not None and rest.until <= self._clock():
            del self._rests[slot.node]
            event("node_joined", node=slot.name, late=True)

    def _remove(self, worker: int) -> None:
        self._cluster.end(worker)
        del self._workers[worker]

    def _deliver(self, results: Sequence[Result]) -> None:
        if results:
            self._work.on_results(results)

    def _leave(self, *, hand_over: bool) -> None:
        """End all workers and their boxes, in bounded time; hand over what they knew."""
        for worker in self._workers.keys() - self._ready:
            self._remove(worker)  # has no box yet, and may be on its way to a machine that is gone
        left: set[int] = set()
        for worker in self._workers:
            self._cluster.leave(worker)
        until = time.monotonic() + (_HALTED_LEAVE_S if self._work.stop.halting() else _LEAVE_S)
        try:
            while self._workers.keys() - left and time.monotonic() < until:
                for worker, reply in self._cluster.wait(_WAIT_S):
                    if isinstance(reply, Lost):
                        left.add(worker)
                        continue
                    if hand_over:
                        self._deliver(self._ledger.accept(worker, reply.answers))
                    if reply.left:
                        left.add(worker)
        finally:
            for worker in list(self._workers):
                self._remove(worker)
