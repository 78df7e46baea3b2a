"""Worker threads that keep their boxes open between requests.

Each has graders of its own over a `StoppableBackend` of its own, so that one request can be ended at once and no other
is lost by it. Workers take tickets from one queue; those of one instance that wait are taken together, as far as that
leaves work to the others, since a box sets an instance up for them once. There is no polling: a thread waits for the
queue or for its box.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.stoppable import StoppableBackend
from boxscore.errors import BoxscoreError, DataError, HarnessError, RunStopped, SandboxUnavailable, UsageError
from boxscore.log import LOGGER, event
from boxscore.protocols.contract import Batch, Candidate
from boxscore.records import Outcome, Result, withhold
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader, GraderFactory, Reference, Task
    from boxscore.records import Conditions, Trust

    OpenGraders = Callable[[Backend, str | None], GraderFactory]
    Left = dict[str, tuple["Ticket", "Work"]]  # what is to be graded, by its name in the batch

CLOSED = "the grader was closed"
CLOSE_S = 30.0  # how long workers may take to remove their boxes
TOGETHER = 8  # requests of one instance in one batch, at most: the last waits for the others, one of which may be slow

ASSUMED_SAMPLES = 1 << 10  # of an instance: nobody knows how many a session will be given, and levels must not change
REASON_CHARS = 500


class Work(Struct, frozen=True, kw_only=True):
    """What a request asks for: a candidate, how it is graded, and what its result is told by.

    `known` is the result where no box is needed; then there is no candidate. `of_caller` is as in `Batch`.
    """

    instance_id: str
    sample_id: str
    task: Task
    trust: Trust
    conditions: Conditions
    key: str
    candidate: Candidate | None = None
    reference: Reference | None = None
    image: str | None = None
    known: Result | None = None
    of_caller: bool = False


class Ticket:
    """A request in the queue or at work. `make` gives its work, in a worker's thread; it may raise BoxscoreError.

    `settle` is called once, from any thread, with the result or an error; never for one that was cancelled. Requests of
    one `group` are of one instance, and may be graded together.
    """

    __slots__ = ("begun", "cancelled", "group", "make", "settle")

    def __init__(
        self, make: Callable[[], Work], settle: Callable[[Result | BaseException], object], group: str | None = None
    ) -> None:
        self.make, self.settle, self.group = make, settle, group
        self.begun = self.cancelled = False

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be begun."""
        return not (self.begun or self.cancelled)


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


class Worker:
    """One thread, its backend and its graders: one for each image that is asked for."""

    def __init__(self, queue: Pool, backend: Backend, open_graders: OpenGraders, number: int) -> None:
        self._queue, self._plain, self._open_graders = queue, backend, open_graders
        self._backend = StoppableBackend(backend)
        self._stack = ExitStack()
        self._graders: dict[str | None, BatchGrader] = {}
        self._halted = self._broken = False
        self.thread = threading.Thread(target=self._run, name=f"boxscore-grader-{number}", daemon=True)

    def to_halt(self) -> Callable[[], None]:
        """Say how to end the box of what is at work now. To be asked while no request can end or begin."""
        self._halted = True
        return self._backend.halt

    def _run(self) -> None:
        while tickets := self._queue.take(self):
            self._queue.rest(self._serve(tickets))
            if self._halted or self._broken:
                self._close()
                self._backend, self._halted, self._broken = StoppableBackend(self._plain), False, False
            tickets = ()  # an idle worker holds no samples
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

    def _serve(self, tickets: Sequence[Ticket]) -> Sequence[Ticket]:
        """Grade requests of one instance and settle each as soon as its result is known; return what is unfinished."""
        left = self._made(tickets)
        try:
            for name, result in self._results({name: work for name, (_, work) in left.items()}):
                if self._halted and result.outcome is Outcome.INTERNAL:
                    break  # the box was taken from it
                ticket, work = left[name]
                answer = own_result(work, result)
                del left[name]  # not before: whoever is not settled here is below
                self._settle(ticket, answer)
        except BaseException as error:  # noqa: BLE001 - a thread's border, see `_unserved`
            self._broken = True
            if not self._halted:
                self._unserved(left, error)
        else:
            if not self._halted:
                self._unserved(left, HarnessError("its grader gave no result"))
        return [ticket for ticket, _ in left.values()]

    def _made(self, tickets: Sequence[Ticket]) -> Left:
        """Make the work of requests; settle those that need no box or are wrong, and return the others."""
        left: Left = {}
        for number, ticket in enumerate(tickets):
            try:
                work = ticket.make()
            except BaseException as error:  # noqa: BLE001 - a thread's border: raised again where it was asked
                self._settle(ticket, error)
                continue
            if work.candidate is None:
                self._settle(ticket, own_result(work, work.known or internal_result(work, "there is nothing to grade")))
            else:
                left[_name(work.sample_id, number, left)] = ticket, work
        return left

    def _results(self, works: dict[str, Work]) -> Iterator[tuple[str, Result]]:
        if not works:
            return
        first = next(iter(works.values()))
        for result in self._grader(first.image).grade(batch_of(works)):
            yield result.sample_id, result

    def _grader(self, image: str | None) -> BatchGrader:
        if image not in self._graders:
            opening: GraderFactory = self._open_graders(self._backend, image)
            self._graders[image] = self._stack.enter_context(opening())
        return self._graders[image]

    def _unserved(self, left: Left, error: BaseException) -> None:
        """Settle what got no result: by the error where no box can be had or a caller is at fault, else `internal`."""
        told = is_raised(error)
        if left and not told:
            event("grader_failed", logging.ERROR, reason=f"{type(error).__name__}: {error}")
            LOGGER.debug("grader_failed", exc_info=error)
        for ticket, work in left.values():
            reason = f"{type(error).__name__}: {error}"
            answer: Result | BaseException = error
            if not told:
                try:
                    answer = own_result(work, internal_result(work, reason))
                except Exception as broken:  # noqa: BLE001 - a thread's border: its caller would wait for good
                    answer = broken
            self._settle(ticket, answer)
        left.clear()

    def _settle(self, ticket: Ticket, answer: Result | BaseException) -> None:
        if self._queue.finish(ticket):
            ticket.settle(answer)


def own_result(work: Work, result: Result) -> Result:
    """A grader's result as a run stores it."""
    conditions = result.conditions or work.conditions
    own = replace(result, sample_id=work.sample_id, conditions=conditions, boxscore=VERSION, key=work.key)
    return withhold(own, conditions.least_trust)


def is_raised(error: BaseException) -> bool:
    """Whether an error is for who asked: no box can be had, or he is at fault. All other trouble is `internal`."""
    return isinstance(error, SandboxUnavailable | UsageError | HarnessError | DataError)


def _name(sample_id: str, number: int, taken: Left) -> str:
    """A name within a batch: two callers may have given one, or one that is made here."""
    name = sample_id
    while name in taken:
        name = f"{number}:{name}"
    return name


def internal_result(work: Work, reason: str) -> Result:
    """Make the result of a request at which something of ours went wrong."""
    return Result(
        instance_id=work.instance_id,
        sample_id=work.sample_id,
        outcome=Outcome.INTERNAL,
        trust=work.trust,
        reason=" ".join(reason.split())[:REASON_CHARS],
    )


def batch_of(works: dict[str, Work]) -> Batch:
    """Make a batch of works of one instance, by the names that their samples have in it."""
    first = next(iter(works.values()))
    return Batch(
        instance_id=first.instance_id,
        task=first.task,
        trust=first.trust,
        candidates=tuple(
            Candidate(sample_id=name, code=work.candidate.code)
            for name, work in works.items()
            if work.candidate is not None
        ),
        conditions=first.conditions,
        reference=first.reference,
        samples=ASSUMED_SAMPLES,
        of_caller=first.of_caller,
    )
