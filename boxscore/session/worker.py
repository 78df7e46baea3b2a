"""One worker of a session: a thread, and graders whose boxes stay open while it waits for the next request."""

from __future__ import annotations

import logging
import threading
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from boxscore.boxes.stoppable import StoppableBackend
from boxscore.errors import BoxscoreError, DataError, HarnessError, SandboxUnavailable, UsageError
from boxscore.log import LOGGER, event
from boxscore.protocols.contract import Batch, Candidate
from boxscore.records import Outcome, Result, withhold
from boxscore.session.settings import ASSUMED_SAMPLES
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import BatchGrader, GraderFactory
    from boxscore.session.tickets import Ticket, Work

    OpenGraders = Callable[[Backend, str | None], GraderFactory]
    Left = dict[str, tuple[Ticket, Work]]  # what is to be graded, by its name in the batch

REASON_CHARS = 500


class Queue(Protocol):
    """Where a worker gets its requests; see `boxscore.session.pool.Pool`."""

    def take(self, worker: Worker) -> Sequence[Ticket]:
        """Wait for requests of one instance; none at the end."""

    def finish(self, ticket: Ticket) -> bool:
        """End a request; False where nobody is to be told."""

    def rest(self, tickets: Sequence[Ticket]) -> None:
        """End a turn, and give back what is not finished."""


class Worker:
    """One thread, its backend and its graders: one for each image that is asked for."""

    def __init__(self, queue: Queue, backend: Backend, open_graders: OpenGraders, number: int) -> None:
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
        batch = Batch(
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
        for result in self._grader(first.image).grade(batch):
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
