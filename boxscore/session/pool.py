"""Worker threads that keep their boxes open between requests.

Each has graders of its own over a `StoppableBackend` of its own, so that one request can be ended at once and no other
notices. Workers take tickets from one queue. There is no polling: a thread waits for the queue or for its box.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.boxes.stoppable import StoppableBackend
from boxscore.errors import (
    BoxscoreError,
    DataError,
    HarnessError,
    ProtocolError,
    RunStopped,
    SandboxUnavailable,
    UsageError,
)
from boxscore.log import LOGGER, event
from boxscore.records import Outcome, Result, Trust
from boxscore.run.engine import boxscore_version

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader, GraderFactory
    from boxscore.session.tickets import Ticket, Work

    OpenGraders = Callable[[Backend, str | None], GraderFactory]

CLOSED = "the grader was closed"
CLOSE_S = 30.0  # how long workers may take to remove their boxes


class Pool:
    """So many workers over one backend. Its methods may be called from any thread."""

    def __init__(self, count: int, backend: Backend, open_graders: OpenGraders) -> None:
        self.count, self.backend, self.open_graders = count, backend, open_graders
        self._queue: deque[Ticket] = deque()
        self._changed = threading.Condition(threading.Lock())
        self._closed = False
        self.waiting = self.busy = 0
        self._at_work: dict[Ticket, _Worker] = {}
        self._workers = [_Worker(self, number) for number in range(count)]
        for worker in self._workers:
            worker.thread.start()

    def submit(self, ticket: Ticket) -> None:
        """Queue a request. Raises RunStopped once the pool is closed."""
        with self._changed:
            if self._closed:
                raise RunStopped(CLOSED)
            self._queue.append(ticket)
            self.waiting += 1
            self._changed.notify()

    def cancel(self, ticket: Ticket) -> None:
        """Drop a request; end its box at once if it is at work. Returns soon."""
        with self._changed:
            if ticket.cancelled:
                return
            ticket.cancelled = True
            if not ticket.begun:
                self.waiting -= 1
                return
            worker = self._at_work.get(ticket)
            halt = None if worker is None else worker.to_halt()
        if halt is not None:  # may take a second, of which a caller's event loop has none to spare
            threading.Thread(target=halt, name="boxscore-cancel", daemon=True).start()

    def take(self, worker: _Worker) -> Ticket | None:
        """Wait for a request and begin it; None once the pool is closed."""
        with self._changed:
            while True:
                while not self._queue and not self._closed:
                    self._changed.wait()
                if self._closed:
                    return None
                ticket = self._queue.popleft()
                if ticket.cancelled:
                    continue
                ticket.begun = True
                self._at_work[ticket] = worker
                self.waiting -= 1
                self.busy += 1
                return ticket

    def finish(self, ticket: Ticket) -> bool:
        """End a request; False if it was cancelled, so that nobody is to be told."""
        with self._changed:
            del self._at_work[ticket]
            self.busy -= 1
            return not ticket.cancelled

    def close(self) -> None:
        """End what is at work, remove all boxes, and settle what was not graded with RunStopped; at most once."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            dropped = [ticket for ticket in self._queue if not ticket.cancelled]
            self._queue.clear()
            self.waiting = 0
            halts = [worker.to_halt() for worker in self._at_work.values()]
            self._changed.notify_all()
        for ticket in dropped:
            ticket.settle(RunStopped(CLOSED))
        threads = [threading.Thread(target=halt, name="boxscore-halt", daemon=True) for halt in halts]
        for thread in threads:
            thread.start()
        until = time.monotonic() + CLOSE_S
        for thread in (*threads, *(worker.thread for worker in self._workers)):
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))


class _Worker:
    """One thread, its backend and its graders: one for each image that is asked for."""

    def __init__(self, pool: Pool, number: int) -> None:
        self._pool = pool
        self._backend = StoppableBackend(pool.backend)
        self._stack = ExitStack()
        self._graders: dict[str | None, BatchGrader] = {}
        self._version = boxscore_version()
        self._halted = False
        self.thread = threading.Thread(target=self._run, name=f"boxscore-grader-{number}", daemon=True)

    def to_halt(self) -> Callable[[], None]:
        """Say how to end the box of what is at work now. To be asked while the pool's lock is held."""
        self._halted = True
        return self._backend.halt

    def _run(self) -> None:
        while (ticket := self._pool.take(self)) is not None:
            answer = self._answer(ticket)
            wanted = self._pool.finish(ticket)
            if wanted:
                ticket.settle(answer)
            if self._halted or isinstance(answer, BaseException):
                self._close()
                self._backend, self._halted = StoppableBackend(self._pool.backend), False
            del ticket, answer  # an idle worker holds no sample
        self._close()

    def _close(self) -> None:
        """Remove the boxes; what cannot be removed is tried again, and then left to who looks next."""
        self._graders.clear()
        try:
            self._stack.close()
        except Exception as error:  # noqa: BLE001 - it must go on whatever a backend does
            event("box_not_closed", logging.WARNING, reason=f"{type(error).__name__}: {error}")
        with suppress(BoxscoreError):
            self._backend.sweep()

    def _answer(self, ticket: Ticket) -> Result | BaseException:
        """Grade; trouble that no sample can be told by is given back as an error, all other as `internal`."""
        work = None
        try:
            work = ticket.make()
            return self._graded(work)
        except (SandboxUnavailable, UsageError, HarnessError, DataError) as error:
            return error
        except BaseException as error:  # noqa: BLE001 - a thread's border
            event("request_failed", logging.ERROR, reason=f"{type(error).__name__}: {error}")
            LOGGER.debug("request_failed", exc_info=True)
            if work is None:
                return error
            return _own(_internal(work, f"{type(error).__name__}: {error}"), work, self._version)

    def _graded(self, work: Work) -> Result:
        if work.batch is None:
            return _own(work.known or _internal(work, "there is nothing to grade"), work, self._version)
        found = list(self._grader(work.image).grade(work.batch))
        if [(one.instance_id, one.sample_id) for one in found] != [(work.instance_id, work.sample_id)]:
            raise ProtocolError(f"a grader gave {len(found)} results for one sample")
        return _own(found[0], work, self._version)

    def _grader(self, image: str | None) -> BatchGrader:
        if image not in self._graders:
            opening = self._pool.open_graders(self._backend, image)()
            self._graders[image] = self._stack.enter_context(opening)
        return self._graders[image]


def _own(result: Result, work: Work, version: str) -> Result:
    """A grader's result as a run stores it."""
    return replace(result, conditions=result.conditions or work.conditions, boxscore=version, key=work.key)


def _internal(work: Work, reason: str) -> Result:
    trust = Trust.CLAIM if work.batch is None else work.batch.trust
    return Result(
        instance_id=work.instance_id,
        sample_id=work.sample_id,
        outcome=Outcome.INTERNAL,
        trust=trust,
        reason=" ".join(reason.split())[:500],
    )
