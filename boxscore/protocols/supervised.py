"""Graders whose samples run beside a supervisor, in warm boxes: what all of them do about boxes that are lost.

A batch is one instance and its samples. Each new box first grades a control; one that fails is thrown away. When a box
is lost, the sample it was at is the suspect: it is tried again alone in a new box, the rest after it. A sample at which
three boxes ended by themselves did that itself and is `tampered`; boxes that were ended from outside, or that nobody
can say it of, are ours and make it `internal` in the end (`losses`). A verdict that the grader in the box is not sure
of is believed when it comes again.
"""

from __future__ import annotations

import logging
import math
import secrets
from abc import ABC, abstractmethod
from collections import deque
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.stoppable import pause
from boxscore.errors import (
    BoxError,
    BoxLost,
    HarnessError,
    LossCause,
    ProtocolError,
    ReferenceFailed,
    SandboxUnavailable,
)
from boxscore.log import event, sample_lost_box
from boxscore.protocols.retry import BoxVerdict, Losses, cause_of
from boxscore.protocols.warm import SPARE_TURNS
from boxscore.records import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, Candidate
    from boxscore.protocols.warm import WarmBox
    from boxscore.records import Limits


ANSWER_S = 60.0


class Bounds(Struct, frozen=True, kw_only=True):
    """How much a warm box may do before it is replaced; what it holds is asked for after every `ask_every` samples."""

    samples: int = 5_000
    growth_bytes: int = 128 << 20
    ask_every: int = 256


class KeptBox:
    """A warm box that is kept for further batches, and what it has done."""

    def __init__(self, warm: WarmBox, stack: ExitStack) -> None:
        self.warm, self._stack = warm, stack
        self.samples = 0
        self._asked_at: int | None = None
        self._first_bytes: int | None = None

    def close(self) -> None:
        """Close the box."""
        self._stack.close()

    def is_spent(self, bounds: Bounds) -> bool:
        """Whether it is to be replaced now, between two batches; one that does not answer is."""
        if self.samples >= bounds.samples:
            event("box_recycled", reason=f"{self.samples} samples", samples=self.samples)
            return True
        if self.warm.turns_left < SPARE_TURNS:
            event("box_recycled", reason=f"{self.warm.turns_left} graders left", samples=self.samples)
            return True
        if not self.samples or (self._asked_at is not None and self.samples - self._asked_at < bounds.ask_every):
            return False
        self._asked_at = self.samples
        return self._has_grown(bounds.growth_bytes)

    def _has_grown(self, most_bytes: int) -> bool:
        held: int | None = None
        with suppress(BoxError, TimeoutError):
            held = self.warm.held_bytes(ANSWER_S) if self.warm.is_free() else None
        if held is None:
            event("box_recycled", logging.WARNING, reason="it does not say what it holds", samples=self.samples)
            return True
        if self._first_bytes is None:
            self._first_bytes = held
        grown = held - self._first_bytes
        if grown > most_bytes:
            event("box_recycled", reason=f"it has grown by {grown} bytes", samples=self.samples)
        return grown > most_bytes


AHEAD_BYTES = 48_000  # less than a pipe holds by default, so that sending seldom waits
MOST_BOXES = 3  # of a grader: who sends tests of their own sends them with limits of their own
CALLERS_STRETCH = 3.0  # times its patience that a sample may take, where its tests run in the grader
GRACE_S = 60.0  # beyond what a grader gives its sample by its own clock

NUMBER_BITS = 48  # samples are numbered from a random number on: a verdict that names one came from who was given it

V = TypeVar("V", bound=BoxVerdict)


class SupervisedGrader(ABC, Generic[V]):
    """Grades batches in warm boxes, one for each set of limits: opened when first needed and replaced when lost.

    Callers' tests have boxes apart. The one that was not used for longest is closed where there would be more than
    `MOST_BOXES`, and one that has reached its `bounds` between two batches.
    """

    bounds = Bounds()
    tests_in_grader = True  # or else beside the sample, in whose process they may do nothing to the host's pipes
    _of_caller = False  # as the batch at hand is

    def __init__(self, backend: Backend, image: str | None, *, strict: bool) -> None:
        self._backend, self._image, self._strict = backend, image, strict
        self._boxes: dict[tuple[Limits, bool], KeptBox] = {}  # those used last at the end
        self._layers: tuple[str, ...] = ()

    @abstractmethod
    def _open_box(self, limits: Limits) -> AbstractContextManager[WarmBox]:
        """A box of this protocol with its supervisor."""

    @abstractmethod
    def _prove(self, warm: WarmBox, limits: Limits) -> None:
        """Have a new box grade its controls. Raises BoxLost unless they come to what they must."""

    @abstractmethod
    def _verdicts(self, batch: Batch, attempt: list[tuple[int, Candidate]], *, ahead_bytes: int) -> Iterator[V]:
        """Send the instance and the samples, so many bytes ahead; yield verdicts in their order."""

    @abstractmethod
    def _judged(self, batch: Batch, ended: Result, verdict: V) -> Result:
        """Complete the result of a sample, of which nothing but names, layers and attempts is known, by its verdict."""

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`)."""
        pending = deque(enumerate(batch.candidates, secrets.randbits(NUMBER_BITS)))
        losses = Losses()
        self._of_caller = batch.of_caller
        self._close_if_spent(batch.task.limits)
        while pending:
            alone = losses.total > 0
            attempt = [pending[0]] if self._strict or alone else list(pending)
            try:
                for verdict in self._verdicts(batch, attempt, ahead_bytes=0 if alone else AHEAD_BYTES):
                    number, candidate = pending[0]
                    if verdict.number != number:
                        raise ProtocolError("a verdict out of turn")
                    if not losses.believes(verdict):
                        raise BoxLost(f"not sure: {verdict.reason}", cause=LossCause.OUTSIDE)
                    pending.popleft()
                    self._count_sample()
                    ended = self._ended(batch, candidate, attempts=losses.total + 1)
                    yield self._judged(batch, ended, verdict)
                    losses = Losses()
                if self._strict or self._may_leave_processes():
                    self._close_used()
            except GeneratorExit:
                self._close_used()  # verdicts of this batch may still be on their way, and must not meet the next
                raise
            except HarnessError as error:
                yield from self._unjudged(batch, (candidate for _, candidate in pending), error)
                return
            except (BoxError, TimeoutError) as error:
                self._close_used()
                outcome = losses.count(cause_of(error), alone=alone)
                sample_lost_box(batch.instance_id, _first(pending), losses.total, error, outcome)
                if pending and outcome is not None:
                    _, candidate = pending.popleft()
                    reason = f"its box was lost {losses.total} times: {error}"
                    ended = self._ended(batch, candidate, attempts=losses.total)
                    yield replace(ended, outcome=outcome, reason=reason, lost_boxes=losses.total)
                    losses = Losses()

    def close(self) -> None:
        """Close all boxes."""
        with ExitStack() as stack:
            while self._boxes:
                stack.callback(self._boxes.popitem()[1].close)

    def _close_used(self) -> None:
        if self._boxes:
            self._boxes.popitem()[1].close()

    def _close_if_spent(self, limits: Limits) -> None:
        """Close the box of samples under these limits if it has done enough."""
        key = self._box_limits(limits), self._of_caller
        if key in self._boxes and self._boxes[key].is_spent(self.bounds):
            self._boxes.pop(key).close()

    def _may_leave_processes(self) -> bool:
        """Whether a caller's tests may have left processes in the box that was used last, which cannot be told."""
        if not (self._of_caller and self.tests_in_grader and self._boxes):
            return False
        return not self._boxes[next(reversed(self._boxes))].warm.ends_graders

    def _count_sample(self) -> None:
        if self._boxes:
            self._boxes[next(reversed(self._boxes))].samples += 1

    def _box_limits(self, limits: Limits) -> Limits:
        """The limits of a box in which samples under `limits` are graded: equal where they can share one."""
        return limits

    def _open(self, limits: Limits) -> WarmBox:
        """Give a box for samples under these limits, which is then the one used last."""
        limits = self._box_limits(limits)
        found = self._boxes.pop((limits, self._of_caller), None)
        if found is not None and not found.warm.is_free():
            event("box_recycled", logging.WARNING, reason="the tests before have not ended", samples=found.samples)
            found.close()
            found = None
        if found is None:
            if len(self._boxes) >= MOST_BOXES:
                self._boxes.pop(next(iter(self._boxes))).close()
            with ExitStack() as opening:
                warm = opening.enter_context(self._open_warm_box(limits))
                found = KeptBox(warm, opening.pop_all())
        self._boxes[limits, self._of_caller] = found
        self._layers = found.warm.layers
        return found.warm

    @contextmanager
    def _open_warm_box(self, limits: Limits) -> Iterator[WarmBox]:
        """Open a box that grades its control, patiently: an engine that restarts is back within half a minute."""
        with ExitStack() as stack:
            try:
                warm = self._try_to_open(stack, limits)
            except BoxLost:
                warm = self._open_patiently(stack, limits)
            yield warm

    def _open_patiently(self, stack: ExitStack, limits: Limits) -> WarmBox:
        from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential  # noqa: PLC0415

        sleep = partial(pause, self._backend)
        opening = Retrying(
            retry=retry_if_exception_type(BoxLost),
            stop=stop_after_attempt(5),
            wait=wait_exponential(),
            sleep=sleep,
            reraise=True,
        )
        sleep(0.5)
        try:
            return opening(lambda: self._try_to_open(stack, limits))
        except BoxLost as error:
            raise SandboxUnavailable(f"no box can be opened any more: {error}") from error

    def _try_to_open(self, stack: ExitStack, limits: Limits) -> WarmBox:
        with ExitStack() as attempt:
            try:  # nothing of a sample has entered the box yet, so whatever goes wrong is ours
                warm = attempt.enter_context(self._open_box(limits))
                self._prove(warm, limits)
            except (ProtocolError, TimeoutError) as error:
                raise BoxLost(f"a new box does not grade a control: {error}", cause=LossCause.OUTSIDE) from error
            stack.push(attempt.pop_all())
            return warm

    def _unjudged(self, batch: Batch, candidates: Iterable[Candidate], error: HarnessError) -> Iterator[Result]:
        failed = isinstance(error, ReferenceFailed)
        for candidate in candidates:
            yield replace(self._ended(batch, candidate), reason=str(error), unresolvable=failed)

    def _ended(self, batch: Batch, candidate: Candidate, *, attempts: int = 1) -> Result:
        return Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=Outcome.INTERNAL,
            trust=batch.trust,
            layers=self._layers,
            attempts=attempts,
        )


def most_patience_s(batch: Batch, patience_s: float) -> float:
    """How long one verdict may take in all: a caller's tests may feign the signs of life of a grader that waits."""
    return CALLERS_STRETCH * patience_s if batch.of_caller else math.inf


def _first(pending: deque[tuple[int, Candidate]]) -> str:
    """The sample that a box was lost at; none where it was lost after the last verdict."""
    return pending[0][1].sample_id if pending else ""


def take_frames(frames: deque[bytes], ahead: deque[int], ahead_bytes: int) -> bytes:
    """Take as many frames as may be sent now, at least one if none is ahead."""
    taken = []
    while frames and (not ahead or sum(ahead) + len(frames[0]) <= ahead_bytes):
        taken.append(frames.popleft())
        ahead.append(len(taken[-1]))
    return b"".join(taken)
