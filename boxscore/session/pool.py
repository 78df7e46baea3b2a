"""Worker threads that keep their boxes open between requests.

Each has graders of its own over a `StoppableBackend` of its own, so that one request can be ended at once and no other
is lost by it. Workers take tickets from one queue; those of one instance that wait are taken together, as far as that
leaves work to the others, since a box sets an instance up for them once. There is no polling: a thread waits for the
queue or for its box.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from boxscore.errors import RunStopped
from boxscore.session.worker import Worker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.boxes.contract import Backend
    from boxscore.session.tickets import Ticket
    from boxscore.session.worker import OpenGraders

CLOSED = "the grader was closed"
CLOSE_S = 30.0  # how long workers may take to remove their boxes
TOGETHER = 8  # requests of one instance in one batch, at most: the last waits for the others, one of which may be slow


class Pool:
    """So many workers over one backend. Its methods may be called from any thread."""

    def __init__(self, count: int, backend: Backend, open_graders: OpenGraders) -> None:
        self.count, self.waiting, self.busy = count, 0, 0
        self._queue: deque[Ticket] = deque()
        self._groups: dict[str, deque[Ticket]] = {}
        self._at_work: dict[Ticket, Worker] = {}
        self._changed = threading.Condition(threading.Lock())
        self._closed = False
        self._workers = [Worker(self, backend, open_graders, number) for number in range(count)]
        for worker in self._workers:
            worker.thread.start()

    def submit(self, ticket: Ticket) -> None:
        """Queue a request. Raises RunStopped once the pool is closed."""
        with self._changed:
            if self._closed:
                raise RunStopped(CLOSED)
            self._queue.append(ticket)
            if ticket.group is not None:
                self._groups.setdefault(ticket.group, deque()).append(ticket)
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

    def take(self, worker: Worker) -> Sequence[Ticket]:
        """Wait for requests and begin them, all of one group; none once the pool is closed."""
        with self._changed:
            while not self._closed:
                while self._queue:
                    ticket = self._queue.popleft()
                    if ticket.is_waiting:
                        return self._begin(ticket, worker)
                self._changed.wait()
            return ()

    def _begin(self, ticket: Ticket, worker: Worker) -> Sequence[Ticket]:
        tickets = [ticket]
        if ticket.group is not None:
            tickets = self._mates(ticket.group, min(TOGETHER, -(-self.waiting // self.count)))
        for one in tickets:
            one.begun = True
            self._at_work[one] = worker
        self.waiting -= len(tickets)
        self.busy += 1
        return tickets

    def _mates(self, group: str, most: int) -> list[Ticket]:
        queue = self._groups[group]
        found: list[Ticket] = []
        while queue and len(found) < most:
            ticket = queue.popleft()
            if ticket.is_waiting:
                found.append(ticket)
        if not queue:
            del self._groups[group]
        return found

    def finish(self, ticket: Ticket) -> bool:
        """End a request; False if it was cancelled, so that nobody is to be told."""
        with self._changed:
            del self._at_work[ticket]
            return not ticket.cancelled

    def rest(self, tickets: Sequence[Ticket]) -> None:
        """End a worker's turn; give back `tickets`, which it has not finished, but for what was cancelled."""
        back = []
        with self._changed:
            self.busy -= 1
            for ticket in tickets:
                del self._at_work[ticket]
                if not ticket.cancelled:
                    ticket.begun = False
                    back.append(ticket)
            if back and not self._closed:
                self.waiting += len(back)
                self._queue.extendleft(reversed(back))
                for ticket in reversed(back):
                    if ticket.group is not None:
                        self._groups.setdefault(ticket.group, deque()).appendleft(ticket)
                self._changed.notify(len(back))
                return
        for ticket in back:
            ticket.settle(RunStopped(CLOSED))

    def close(self) -> None:
        """End what is at work, remove all boxes, and settle what was not graded with RunStopped; at most once."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            dropped = [ticket for ticket in self._queue if ticket.is_waiting]
            self._queue.clear()
            self._groups.clear()
            self.waiting = 0
            halts = {worker: worker.to_halt() for worker in self._at_work.values()}
            self._changed.notify_all()
        for ticket in dropped:
            ticket.settle(RunStopped(CLOSED))
        _halt_all(tuple(halts.values()))
        until = time.monotonic() + CLOSE_S
        for worker in self._workers:
            if worker.thread is not threading.current_thread():
                worker.thread.join(max(0.0, until - time.monotonic()))


def _halt_all(halts: Sequence[Callable[[], None]]) -> None:
    """End the boxes of several workers at once."""
    threads = [threading.Thread(target=halt, name="boxscore-halt", daemon=True) for halt in halts]
    for thread in threads:
        thread.start()
    until = time.monotonic() + CLOSE_S
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
