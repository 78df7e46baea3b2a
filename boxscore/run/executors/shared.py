"""The workers of several runs at once: threads of this process, each with warm boxes of several images.

Each run has a part of the pool, which is its executor. What is to be graded next is chosen among the next batches of
all runs. A *shelf* is what batches have in common that the same box can grade: how graders are opened, which the runs
of one image share, the protocol, and the limits of a box. A worker stays at a shelf as long as that has batches, and
takes the longest first; then it goes to where most work is left for each worker. So boxes of one image are kept
together, and the last batches are short ones wherever they are from.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from contextlib import ExitStack, suppress
from contextvars import copy_context
from typing import TYPE_CHECKING, Self

from msgspec.structs import replace

from boxscore.errors import UsageError
from boxscore.protocols.registry import protocol_of
from boxscore.records import Limits
from boxscore.run.executors.delivery import Delivery

if TYPE_CHECKING:
    from contextvars import Context

    from boxscore.protocols.contract import Batch, BatchGrader, GraderFactory
    from boxscore.provenance import NodeRecord
    from boxscore.run.executors.contract import Workload

MOST_GRADERS = 3  # of a worker: boxes of more images than that would be closed and opened in turn
_LOOK_S, _JOIN_S, _HALTED_JOIN_S = 0.1, 30.0, 2.0
_AHEAD = 4  # batches of a run for each worker that are made before they are taken, to choose from
_FIRST_S = 5.0  # how long the first choice waits for so many, once there are any
_PATIENCE_S = 0.5  # of a worker whose next batch is being made, before it goes to other boxes
_TIMES = Limits()

Shelf = tuple[object, ...]


class SharedWorkers:
    """Threads that grade for several runs; as a context, which ends them.

    No batch is begun before each of `runs` parts has brought its work or is over, so that the longest comes first.
    """

    def __init__(self, count: int, runs: int) -> None:
        if count < 1:
            raise UsageError(f"at least one worker is needed, not {count}")
        self.count = count
        self._awaited = runs  # parts that have neither brought work nor ended
        self._changed = threading.Condition()
        self._runs: list[_Run] = []
        self._workers: list[_Worker] = []
        self._begun = self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        until = time.monotonic() + (_HALTED_JOIN_S if kind is not None else _JOIN_S)
        for worker in self._workers:
            worker.thread.join(max(0.0, until - time.monotonic()))

    def part(self) -> Part:
        """The executor of one run, which must be closed when the run is over, whether it has brought work or not."""
        return Part(self)

    def arrived(self) -> None:
        """Count a part that need not be waited for any longer."""
        with self._changed:
            self._awaited -= 1
            self._changed.notify_all()

    def begin(self, run: _Run) -> None:
        """Grade the batches of a run, beside those of others."""
        with self._changed:
            self._runs.append(run)
            while len(self._workers) < self.count:
                self._workers.append(_Worker(self, len(self._workers)))
            self._changed.notify_all()

    def finish(self, run: _Run, wait_s: float) -> None:
        """Take a run out, and wait for what is at work of it; what hangs is left behind."""
        until = time.monotonic() + wait_s
        with self._changed:
            run.ready.clear()
            self._runs.remove(run)
            self._changed.notify_all()
            while run.in_hand and time.monotonic() < until:
                self._changed.wait(_LOOK_S)

    def feed(self, run: _Run) -> None:
        """Make the batches of a run, in a thread of its own, a few ahead of the workers."""
        try:
            for batch in run.batches:
                with self._changed:
                    while self._has_plenty(run) and not run.over():
                        self._changed.wait(_LOOK_S)
                    if run.over():
                        break
                    run.ready.append(batch)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised again in the run's own
            run.fail(error)
        with self._changed:
            run.made = True
            self._changed.notify_all()
        run.deliver(None)

    def take(self, worker: _Worker) -> tuple[_Run, Batch] | None:
        """The next batch for a worker, and whose it is; None when all is over."""
        patient_until = time.monotonic() + _PATIENCE_S
        with self._changed:
            while not self._closed:
                chosen = self._choose(worker, patient=time.monotonic() < patient_until) if self._is_ready() else None
                if chosen is not None:
                    worker.shelf = chosen.shelf = chosen.next_shelf()
                    chosen.in_hand += 1
                    batch = chosen.ready.popleft()
                    chosen.left_s -= batch.expected_s
                    self._changed.notify_all()
                    return chosen, batch
                self._changed.wait(_LOOK_S)
        return None

    def has_work(self, open_grader: GraderFactory) -> bool:
        """Whether more is to be graded by graders of one kind, as far as it is known."""
        with self._changed:
            return any(
                run.open_grader is open_grader and not run.over() and (run.ready or not run.made) for run in self._runs
            )

    def done(self, run: _Run) -> None:
        """Say that a batch of a run is no longer at work."""
        with self._changed:
            run.in_hand -= 1
            self._changed.notify_all()
        run.deliver(None)

    def _is_ready(self) -> bool:
        """Whether it is known what there is to choose from; once it was, nobody waits for more."""
        if not self._begun and self._awaited <= 0:
            late = time.monotonic() - _FIRST_S
            self._begun = all(
                run.made or run.over() or self._has_plenty(run) or (run.ready and run.began < late)
                for run in self._runs
            )
        return self._begun

    def _has_plenty(self, run: _Run) -> bool:
        return len(run.ready) >= _AHEAD * self.count

    def _choose(self, worker: _Worker, *, patient: bool) -> _Run | None:
        """The run whose next batch a worker is to take; None where it is to wait."""
        shelves: dict[Shelf, list[_Run]] = {}
        awaited: set[Shelf | None] = set()
        for run in self._runs:
            if run.over():
                continue
            if run.ready:
                shelves.setdefault(run.next_shelf(), []).append(run)
            elif not run.made:
                awaited.add(run.shelf)
        if worker.shelf not in shelves:
            if not shelves or (patient and worker.shelf in awaited):
                return None
            worker.shelf = None
        at = worker.shelf or max(shelves, key=lambda one: self._need(one, shelves[one]))
        return max(shelves[at], key=lambda run: run.ready[0].expected_s)

    def _need(self, shelf: Shelf, runs: list[_Run]) -> float:
        """How much work is left at a shelf for each worker, if one more came there."""
        there = sum(one.shelf == shelf for one in self._workers)
        return sum(run.left_s for run in runs) / (there + 1)


class Part:
    """The executor of one run in a pool that it shares."""

    def __init__(self, pool: SharedWorkers) -> None:
        self._pool, self._arrived = pool, False

    def nodes(self) -> tuple[NodeRecord, ...]:
        """See `Executor.nodes`."""
        return ()

    def close(self) -> None:
        """Say that the run is over."""
        if not self._arrived:
            self._arrived = True
            self._pool.arrived()

    def run(self, work: Workload) -> None:
        """See `Executor.run`."""
        run, finished = _Run(work), False
        self._pool.begin(run)
        self.close()
        feeder = threading.Thread(
            target=copy_context().run, args=(self._pool.feed, run), name="boxscore-feed", daemon=True
        )
        feeder.start()
        try:
            while not run.is_done() and not (work.stop.halting() or run.errors):
                run.hand_over(work.on_results, wait=True)
            finished = run.is_done() and not run.errors
        finally:
            run.ended.set()
            if not finished:
                work.abandon()
            wait_s = _HALTED_JOIN_S if work.stop.halting() else _JOIN_S
            self._pool.finish(run, wait_s)
            feeder.join(wait_s)
        run.hand_over(work.on_results)
        if run.errors:
            raise run.errors[0]


class _Run(Delivery):
    """The work of one run: batches that are made and not taken yet, and how many are at work."""

    def __init__(self, work: Workload) -> None:
        super().__init__(work.stop)
        self.batches, self.open_grader = work.batches, work.open_grader
        self.left_s = work.expected_s
        self.ready: deque[Batch] = deque()
        self.shelf: Shelf | None = None  # of the batch that was taken last
        self.made = False
        self.began = time.monotonic()
        self.in_hand = 0
        self.context = copy_context()

    def is_done(self) -> bool:
        """Whether all that is to be graded has been."""
        return (self.over() or (self.made and not self.ready)) and not self.in_hand

    def over(self) -> bool:
        """Whether no further batch is to be begun."""
        return bool(self.errors) or super().over()

    def next_shelf(self) -> Shelf:
        """What the next batch has in common with others that its box can grade."""
        task = self.ready[0].task
        limits = replace(task.limits, cpu_s=_TIMES.cpu_s, wall_s=_TIMES.wall_s)
        return self.open_grader, protocol_of(task).name, limits


class _Worker:
    """A thread with graders of several kinds, the one that was used last at the end."""

    def __init__(self, pool: SharedWorkers, number: int) -> None:
        self._pool = pool
        self.shelf: Shelf | None = None
        self._graders: dict[GraderFactory, tuple[BatchGrader, ExitStack]] = {}
        self._contexts: dict[_Run, Context] = {}
        self.thread = threading.Thread(target=self._work, name=f"boxscore-worker-{number}", daemon=True)
        self.thread.start()

    def _work(self) -> None:
        try:
            while (taken := self._pool.take(self)) is not None:
                run, batch = taken
                context = self._contexts.setdefault(run, run.context.copy())
                try:
                    context.run(self._grade, run, batch)
                finally:
                    self._pool.done(run)
        finally:
            while self._graders:
                with suppress(Exception):  # what cannot be removed is what the runs sweep at their ends
                    self._graders.popitem()[1][1].close()

    def _grade(self, run: _Run, batch: Batch) -> None:
        try:
            run.grade(self._grader(run.open_grader), batch)
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised again in the run's own
            run.fail(error)
            kept = self._graders.pop(run.open_grader, None)
            if kept is not None:
                with suppress(Exception):  # as above
                    kept[1].close()

    def _grader(self, open_grader: GraderFactory) -> BatchGrader:
        kept = self._graders.pop(open_grader, None)
        if kept is None:
            for one in [one for one in self._graders if not self._pool.has_work(one)]:
                self._graders.pop(one)[1].close()
            if len(self._graders) >= MOST_GRADERS:
                self._graders.pop(next(iter(self._graders)))[1].close()
            with ExitStack() as opening:
                kept = opening.enter_context(open_grader()), opening.pop_all()
        self._graders[open_grader] = kept
        return kept[0]
