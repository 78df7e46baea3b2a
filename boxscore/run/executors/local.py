"""The executor of this machine: threads of this process.

Another thread makes batches ahead, so that no worker and no box waits while code is extracted and packed. Results go
through a queue to the thread that stores them.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING, Self

from boxscore.errors import RunStopped, UsageError
from boxscore.images.watch import current_watch
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from boxscore.protocols.contract import Batch, BatchGrader
    from boxscore.provenance import NodeRecord
    from boxscore.records import Result
    from boxscore.run.executors.contract import Workload

_JOIN_S, _HALTED_JOIN_S = 30.0, 2.0
_TO_CHOOSE = 16  # batches for each worker that are made ahead where they need several kinds of boxes
_CHOICE_S = 0.3  # how long a worker waits for a batch of the kind that it has boxes for
_POLL_S = 0.1
_GATHER_S = 0.02  # results are stored together this often: soon enough for a kill, rare enough to cost nothing
_QUEUED = 4096


class LocalWorkers:
    """Threads of this process; each opens a grader of its own and pulls batches from one queue."""

    def __init__(self, count: int) -> None:
        if count < 1:
            raise UsageError(f"at least one worker is needed, not {count}")
        self.count = count

    def nodes(self) -> tuple[NodeRecord, ...]:
        """See `Executor.nodes`."""
        return ()

    def run(self, work: Workload) -> None:
        """See `Executor.run`."""
        with _Ahead(work.batches, self.count) as batches:
            pool = _Pool(work, batches, _TO_CHOOSE * self.count)
            threads = [_thread(number, copy_context(), pool.work) for number in range(self.count)]
            finished = False
            try:
                while any(one.is_alive() for one in threads) and not (work.stop.halting() or pool.errors):
                    pool.hand_over(work.on_results, wait=True)
                finished = not (work.stop.halting() or pool.errors)
            finally:
                pool.ended.set()
                if not finished:
                    work.abandon()
                _join(threads, _HALTED_JOIN_S if work.stop.halting() else _JOIN_S)
        pool.hand_over(work.on_results)
        if pool.errors:
            raise pool.errors[0]


def _thread(number: int, context: Context, work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=context.run, args=(work,), name=f"boxscore-worker-{number}", daemon=True)
    thread.start()
    return thread


class _Ahead:
    """Batches that a thread makes, `most` at most before they are taken; as a context it ends the thread.

    An error of the making is raised once, where its batch would have been taken; after that there are no more.
    """

    def __init__(self, batches: Iterable[Batch], most: int) -> None:
        self._source, self.most = batches, most
        self._made: deque[Batch] = deque()
        self._changed = threading.Condition()
        self._over = self._ended = False  # whether no more are made, and whether none are wanted
        self._error: BaseException | None = None
        context = copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._make,), name="boxscore-ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join(_HALTED_JOIN_S)

    def take(self, wanted: Callable[[Batch], bool]) -> Batch | None:
        """Take the first wanted one of those that are made ahead, else the first of all; None where all are done."""
        patient_until = time.monotonic() + _CHOICE_S
        with self._changed:
            while True:
                chosen = next((place for place, one in enumerate(self._made) if wanted(one)), None)
                final = self._over or len(self._made) >= self.most or time.monotonic() >= patient_until
                if chosen is not None or (self._made and final):
                    batch = self._made[chosen or 0]
                    del self._made[chosen or 0]
                    self._changed.notify_all()
                    return batch
                if self._over or self._ended:
                    error, self._error = self._error, None
                    if error is not None:
                        raise error
                    return None
                self._changed.wait(_POLL_S)

    def _make(self) -> None:
        try:
            for batch in self._source:
                with self._changed:
                    self._changed.wait_for(lambda: len(self._made) < self.most or self._ended)
                    if self._ended:
                        break
                    self._made.append(batch)
                    self._changed.notify_all()
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised again in the thread that takes
            self._error = error
        with self._changed:
            self._over = True
            self._changed.notify_all()


class _Pool:
    """What the workers of one run share: batches, results in a queue, and the errors that end the run.

    A box of some kinds takes seconds of a processor to open. So each worker stays with the kinds that it has begun with
    as long as there are such batches ahead, and begins with one that nobody else is at.
    Once `ended` is set nobody reads on: results are dropped, and errors are those of work that was abandoned.
    """

    def __init__(self, work: Workload, batches: _Ahead, to_choose: int) -> None:
        self.errors: list[BaseException] = []
        self.ended = threading.Event()
        self._stop, self._open_grader = work.stop, work.open_grader
        self._results: queue.Queue[Result | None] = queue.Queue(_QUEUED)
        self._batches, self._to_choose = batches, to_choose
        self._choosing = threading.Lock()
        self._kinds: dict[int, set[str]] = {}  # of boxes, by the thread of the worker that has them

    def work(self) -> None:
        """Grade batches until there are none, in a worker's thread; without a first one no grader is opened."""
        try:
            batch = self._next()
            if batch is not None:
                with self._open_grader() as grader:
                    while batch is not None:
                        self._grade(grader, batch)
                        batch = self._next()
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised again in the calling thread
            stopped = isinstance(error, RunStopped) and self._stop.draining()
            if not self.ended.is_set() and not stopped:
                self.errors.append(error)
        self._deliver(None)

    def _grade(self, grader: BatchGrader, batch: Batch) -> None:
        with current_watch().grading(batch.instance_id):
            for result in grader.grade(batch):
                if self.ended.is_set() and result.outcome is Outcome.INTERNAL:
                    break  # the box was taken from it
                self._deliver(result)
                if self._stop.draining():
                    break  # closes the grader's iterator: samples it has not begun are left

    def _next(self) -> Batch | None:
        if self.ended.is_set() or self._stop.draining():
            return None
        with self._choosing:
            mine = self._kinds.setdefault(threading.get_ident(), set())
            batch = self._batches.take(partial(self._suits, mine))
            if batch is not None and batch.boxes:
                mine.add(batch.boxes)
                self._batches.most = self._to_choose
        return batch

    def _suits(self, mine: set[str], batch: Batch) -> bool:
        """Whether a batch needs no boxes but a worker's own, or such as no other worker has."""
        return not batch.boxes or batch.boxes in mine or not any(batch.boxes in one for one in self._kinds.values())

    def hand_over(self, on_results: Callable[[Sequence[Result]], None], *, wait: bool = False) -> None:
        """Pass on what has come in; with `wait`, give it a moment to come."""
        together: list[Result | None] = []
        try:
            if wait:
                together.append(self._results.get(timeout=_POLL_S))
                if together[0] is not None:
                    time.sleep(_GATHER_S)
            while True:
                together.append(self._results.get_nowait())
        except queue.Empty:
            results = [result for result in together if result is not None]
            if results:
                on_results(results)

    def _deliver(self, result: Result | None) -> None:
        """Queue a result, or None to wake the reader; when all has ended, a full queue drops it."""
        while True:
            try:
                self._results.put(result, timeout=_POLL_S)
            except queue.Full:
                if not self.ended.is_set():
                    continue
            return


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    """Wait for workers to leave; one whose grader hangs is left behind."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
