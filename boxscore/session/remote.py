"""Requests on a cluster: the workers of a run, which stay and are given work as it comes.

One thread talks to the cluster. A request whose machine dies goes to another one; a machine that comes late joins, and
one without a sandbox is left out for a while, as in a run. One that is cancelled is dropped if no machine has it; else
its result is thrown away when it comes, at the latest when its own limits end it.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from boxscore.errors import RunStopped, UsageError
from boxscore.interrupt import Stop
from boxscore.log import event
from boxscore.run.executors.cluster import ClusterWorkers, Ledger
from boxscore.run.executors.contract import Workload, settings_for
from boxscore.session.pool import CLOSED, batch_of, internal_result, is_raised, own_result

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from boxscore.protocols.contract import Batch, BatchGrader
    from boxscore.records import Conditions, Result
    from boxscore.run.executors.ray import RayWorkers
    from boxscore.run.request import Request
    from boxscore.session.pool import Ticket, Work

CLOSE_S = 50.0  # more than workers are given to leave
_NEXT_TRY_S = 1.0


class ClusterPool:
    """Has the methods of `boxscore.session.pool.Pool`. `image` is the one that workers open graders in."""

    def __init__(self, count: int, executor: ClusterWorkers | RayWorkers, image: str | None) -> None:
        self.count, self._executor, self._image = count, executor, image
        self._queue: deque[Ticket] = deque()
        self._given: dict[str, tuple[Ticket, Work]] = {}  # to the ledger, by the name that their sample has there
        self._numbers = itertools.count(1)
        self._lock = threading.Lock()
        self._stop = Stop()
        self._ledger = self._new_ledger()
        self._thread = self._started()

    @property
    def waiting(self) -> int:
        """Requests that no machine has."""
        return len(self._queue) + self._ledger.waiting_samples

    @property
    def busy(self) -> int:
        """Machines' workers that are at a request, as far as is known here."""
        return min(self.count, max(0, len(self._given) - self._ledger.waiting_samples))

    def submit(self, ticket: Ticket) -> None:
        """Queue a request. Raises RunStopped once the pool is closed."""
        with self._lock:
            if self._stop.halting():
                raise RunStopped(CLOSED)
            self._queue.append(ticket)
            if not self._thread.is_alive():  # no machine worked; by now one may
                self._ledger = self._new_ledger()
                self._thread = self._started()

    def cancel(self, ticket: Ticket) -> None:
        """Drop a request, or else its result."""
        with self._lock:
            ticket.cancelled = True
            if not ticket.begun and ticket in self._queue:
                self._queue.remove(ticket)

    def close(self) -> None:
        """End all workers; requests without a result raise RunStopped."""
        self._stop.halt()
        self._thread.join(CLOSE_S)
        self._settle_all(RunStopped(CLOSED))

    def _new_ledger(self) -> Ledger:
        return Ledger(pull=self._pull, ended=self._stop.halting)

    def _started(self) -> threading.Thread:
        thread = threading.Thread(target=self._run, name="boxscore-cluster", daemon=True)
        thread.start()
        return thread

    def _run(self) -> None:
        work = Workload(
            batches=(),
            open_grader=_nowhere,
            on_results=self._on_results,
            stop=self._stop,
            abandon=lambda: None,
        )
        try:
            self._executor.run(work, self._ledger)
        except BaseException as error:  # noqa: BLE001 - a thread's border: told to all who wait
            if not is_raised(error):
                event("grader_failed", logging.ERROR, reason=f"{type(error).__name__}: {error}")
            self._settle_all(error)
            time.sleep(0 if self._stop.halting() else _NEXT_TRY_S)

    def _pull(self) -> Iterator[Batch]:
        """Make batches of what was submitted, in the thread that talks to the cluster."""
        while True:
            with self._lock:
                ticket = self._queue.popleft() if self._queue else None
                if ticket is not None:
                    ticket.begun = True
            if ticket is None:
                return
            batch = None if ticket.cancelled else self._batch(ticket)
            if batch is not None:
                yield batch

    def _batch(self, ticket: Ticket) -> Batch | None:
        try:
            work = ticket.make()
            if work.candidate is not None and work.image != self._image:
                raise UsageError(f"the workers of the cluster open boxes of {self._image}, and this needs {work.image}")  # noqa: TRY301
        except BaseException as error:  # noqa: BLE001 - raised again where it was asked
            _settle(ticket, error)
            return None
        if work.candidate is None:
            _settle(ticket, own_result(work, work.known or internal_result(work, "there is nothing to grade")))
            return None
        name = f"{next(self._numbers)}:{work.sample_id}"
        self._given[name] = ticket, work
        return batch_of({name: work})

    def _on_results(self, results: Sequence[Result]) -> None:
        for result in results:
            found = self._given.pop(result.sample_id, None)
            if found is not None:
                ticket, work = found
                _settle(ticket, own_result(work, result))

    def _settle_all(self, error: BaseException) -> None:
        """Tell all who wait that there is no result: by the error where that is for them, else `internal`."""
        with self._lock:
            waiting, given = list(self._queue), list(self._given.values())
            self._queue.clear()
            self._given.clear()
        for ticket in waiting:
            _settle(ticket, error)
        for ticket, work in given:
            reason = f"{type(error).__name__}: {error}"
            _settle(ticket, error if is_raised(error) else own_result(work, internal_result(work, reason)))


def _settle(ticket: Ticket, answer: Result | BaseException) -> None:
    if not ticket.cancelled:
        ticket.settle(answer)


def _nowhere() -> AbstractContextManager[BatchGrader]:
    raise RuntimeError("graders are opened on the machines of the cluster")


def ray_pool(request: Request, conditions: Conditions, recipe: str | None) -> ClusterPool:
    """Open a pool on the Ray cluster that `request.on` names. `recipe` names that of the image, None if not ours.

    Raises UsageError where Ray is not installed.
    """
    from boxscore.protocols.registry import BUILT_IN  # noqa: PLC0415 - only for a cluster
    from boxscore.run.executors.ray import RayWorkers, address_of  # noqa: PLC0415 - only for a cluster

    settings = settings_for(conditions, recipe, BUILT_IN)
    executor = RayWorkers(address_of(request.on), request.workers, settings=settings)
    return ClusterPool(request.worker_count(), executor, conditions.image)
