"""The executor of this machine: threads of this process."""

from __future__ import annotations

import threading
import time
from contextlib import ExitStack, nullcontext, suppress
from contextvars import Context, copy_context
from functools import partial
from typing import TYPE_CHECKING, Self

from boxscore.errors import UsageError
from boxscore.protocols.contract import get_ready
from boxscore.run.ahead import Ahead
from boxscore.run.executors.delivery import Delivery
from boxscore.run.forecast import OVERHEAD_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.protocols.contract import Batch, BatchGrader, GraderFactory, Task
    from boxscore.provenance import NodeRecord
    from boxscore.run.executors.contract import Workload

_JOIN_S, _HALTED_JOIN_S = 30.0, 2.0
_TO_CHOOSE = 16  # batches for each worker that are made ahead where they need several kinds of boxes
_OPENING_S = 4.0  # about what a box that imports much takes of a processor before its first sample


class LocalWorkers:
    """Threads of this process; each opens a grader of its own and pulls batches from one queue.

    They can be started before there is any work, so that their boxes open while it is still being planned. Whoever
    starts them closes them: as a context. `run` does not wait until their boxes are closed; leaving the context does.
    """

    def __init__(self, count: int) -> None:
        if count < 1:
            raise UsageError(f"at least one worker is needed, not {count}")
        self.count = count
        self._waiting: list[_Waiting] = []
        self._leaving: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for one in self._waiting:
            one.dismiss(at_once=kind is not None)
        threads = [*self._leaving, *(one.thread for one in self._waiting)]
        _join(threads, _HALTED_JOIN_S if kind is not None else _JOIN_S)

    def start(self, open_grader: GraderFactory, task: Task, *, samples: int, abandon: Callable[[], None]) -> None:
        """Open graders, ready for so many samples of a task, before there are any; `abandon` makes that end soon."""
        self._waiting = [_Waiting(number, open_grader, task, abandon) for number in range(min(samples, self.count))]

    def nodes(self) -> tuple[NodeRecord, ...]:
        """See `Executor.nodes`."""
        return ()

    def run(self, work: Workload) -> None:
        """See `Executor.run`."""
        with Ahead(work.batches, self.count) as batches:
            self._run(work, _Pool(work, batches, _TO_CHOOSE * self.count))

    def _run(self, work: Workload, pool: _Pool) -> None:
        early, self._waiting = self._waiting, []
        for one in early:
            one.take_up(pool)
        threads = [] if early else [_thread(number, copy_context(), pool.work) for number in range(self.count)]
        finished = False
        try:
            while _at_work(threads, early) and not (work.stop.halting() or pool.errors):
                pool.hand_over(work.on_results, wait=True)
            finished = not (work.stop.halting() or pool.errors)
        finally:
            pool.ended.set()
            self._leaving += [one.thread for one in early]
            if not finished:
                work.abandon()
                threads += self._leaving
            _join(threads, _HALTED_JOIN_S if work.stop.halting() else _JOIN_S)
        pool.hand_over(work.on_results)
        if pool.errors:
            raise pool.errors[0]


class _Waiting:
    """A worker whose grader opens before there is work for it; it then goes on in the context of the run."""

    def __init__(self, number: int, open_grader: GraderFactory, task: Task, abandon: Callable[[], None]) -> None:
        self._open_grader, self._task, self._abandon = open_grader, task, abandon
        self._told = threading.Event()
        self._work: Callable[[BatchGrader | None], None] | None = None
        self.worked = threading.Event()  # set when there is nothing left but to close the grader
        self.thread = _thread(number, copy_context(), self._wait)

    def take_up(self, pool: _Pool) -> None:
        """Begin with the work."""
        self._work = partial(copy_context().run, pool.work)
        self._told.set()

    def dismiss(self, *, at_once: bool) -> None:
        """End without any work."""
        if at_once:
            self._abandon()
        self._told.set()

    def _wait(self) -> None:
        with ExitStack() as stack:
            grader: BatchGrader | None = None
            with suppress(BaseException):  # what keeps a box from opening is met again, and told, at the first batch
                grader = stack.enter_context(self._open_grader())
                get_ready(grader, self._task)
            self._told.wait()
            if self._work is not None:
                try:
                    self._work(grader)
                finally:
                    self.worked.set()


def _at_work(threads: Sequence[threading.Thread], early: Sequence[_Waiting]) -> bool:
    return any(thread.is_alive() for thread in threads) or not all(one.worked.is_set() for one in early)


def _thread(number: int, context: Context, work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=context.run, args=(work,), name=f"boxscore-worker-{number}", daemon=True)
    thread.start()
    return thread


class _Pool(Delivery):
    """What the workers of one run share.

    A box of some kinds takes seconds of a processor to open. So each worker stays with the kinds that it has begun with
    as long as there are such batches ahead, and begins with one that nobody else is at. At the end it leaves to others
    what would take them less time than it takes to open one more box beside them.
    """

    def __init__(self, work: Workload, batches: Ahead[Batch], to_choose: int) -> None:
        super().__init__(work.stop)
        self._batches, self._to_choose = batches, to_choose
        self._open_grader = work.open_grader
        self._choosing = threading.Lock()
        self._kinds: dict[int, set[str]] = {}  # of boxes, by the thread of the worker that has them

    def work(self, opened: BatchGrader | None = None) -> None:
        """Grade batches until there are none, in a worker's thread; without a first one no grader is opened.

        One that is `opened` already is its owner's to close.
        """
        try:
            batch = self._next()
            if batch is not None:
                with self._open_grader() if opened is None else nullcontext(opened) as grader:
                    while batch is not None:
                        self.grade(grader, batch)
                        batch = self._next()
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised again in the calling thread
            self.fail(error)
        self.deliver(None)

    def _next(self) -> Batch | None:
        if self.over():
            return None
        with self._choosing:
            mine = self._kinds.setdefault(threading.get_ident(), set())
            if self._is_left_to_others(mine):
                return None
            try:
                batch = self._batches.take(partial(self._suits, mine))
            except StopIteration:
                return None
            if batch.boxes:
                mine.add(batch.boxes)
                self._batches.most = self._to_choose
        return batch

    def _is_left_to_others(self, mine: set[str]) -> bool:
        """Whether workers with other boxes than these are soon done with all that is left, by times that are known."""
        rest = self._batches.rest() if mine else None
        if not rest or any(self._suits(mine, batch) for batch in rest):
            return False
        known = all(batch.expected_s > OVERHEAD_S * len(batch.candidates) for batch in rest)
        return known and sum(batch.expected_s for batch in rest) < _OPENING_S

    def _suits(self, mine: set[str], batch: Batch) -> bool:
        """Whether a batch needs no boxes but a worker's own, or such as no other worker has."""
        return not batch.boxes or batch.boxes in mine or not any(batch.boxes in one for one in self._kinds.values())


def _join(threads: Sequence[threading.Thread], seconds: float) -> None:
    """Wait for workers to leave; one whose grader hangs is left behind."""
    deadline = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
