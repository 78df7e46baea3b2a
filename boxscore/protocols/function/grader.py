"""The *function* protocol at trust `oracle`: samples of one function, graded in a warm box.

A batch is one instance and its samples. They are sent ahead of the verdicts, about as far as a pipe holds them, and
verdicts that come meanwhile are kept: neither side waits for the other. Each new box first grades a control
(`control`); one that fails is thrown away. When a box is lost, the sample it was at is the suspect: it is tried again
alone in a new box, the rest after it. A sample at which three boxes ended by themselves did that itself and is
`tampered`; boxes that were ended from outside, or that nobody can say it of, are ours and make it `internal` in the end
(`losses`). A verdict that the grader is not sure of is believed when it comes again.
"""

from __future__ import annotations

from collections import deque
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace
from tenacity import Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential

from boxscore.boxes.contract import runtime_of
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
from boxscore.log import sample_lost_box
from boxscore.protocols.contract import narrowed
from boxscore.protocols.function.control import prove
from boxscore.protocols.function.reference import ReferenceCache, reference_environment, run_reference
from boxscore.protocols.function.task import FunctionTask, wall_limit_s
from boxscore.protocols.function.warm import WarmBox, open_warm_box
from boxscore.protocols.function.wire import pack
from boxscore.protocols.losses import Losses, cause_of
from boxscore.records import Outcome, Result

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.function.reference import ReferenceAnswers
    from boxscore.protocols.function.task import Inputs
    from boxscore.protocols.function.wire import SampleVerdict
    from boxscore.records import Limits

AHEAD_BYTES = 48_000  # less than a pipe holds by default, so that sending seldom waits
GRACE_S = 60.0  # beyond what a grader gives its sample by its own clock


class FunctionGrader:
    """Grades function batches in one warm box, which it opens when first needed and replaces when lost."""

    def __init__(self, backend: Backend, image: str | None, cache: Path, *, strict: bool) -> None:
        self._backend, self._image, self._strict = backend, image, strict
        self._references = ReferenceCache(
            cache, reference_environment(backend.name, runtime_of(backend), backend.image_digest(image))
        )
        self._stack = ExitStack()
        self._layers: tuple[str, ...] = ()
        self._warm: WarmBox | None = None
        self._limits: Limits | None = None

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`)."""
        pending = deque(enumerate(batch.candidates))
        losses = Losses()
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
                    yield self._result(batch, candidate, verdict, losses.total + 1)
                    losses = Losses()
                if self._strict:
                    self.close()
            except GeneratorExit:
                self.close()  # verdicts of this batch may still be on their way, and must not meet the next
                raise
            except HarnessError as error:
                yield from self._unjudged(batch, (candidate for _, candidate in pending), error)
                return
            except (BoxError, TimeoutError) as error:
                self.close()
                outcome = losses.count(cause_of(error), alone=alone)
                sample_lost_box(batch.instance_id, _first(pending), losses.total, error, outcome)
                if pending and outcome is not None:
                    _, candidate = pending.popleft()
                    reason = f"its box was lost {losses.total} times: {error}"
                    yield self._ended(batch, candidate, outcome, reason, lost_boxes=losses.total)
                    losses = Losses()

    def close(self) -> None:
        """Close the box."""
        self._warm = self._limits = None
        self._stack.close()

    def _verdicts(
        self, batch: Batch, attempt: list[tuple[int, Candidate]], *, ahead_bytes: int
    ) -> Iterator[SampleVerdict]:
        """Send the instance and the samples, so many bytes ahead; yield verdicts in their order.

        With none ahead, a sample is sent when the verdict before it has come: then a loss is a loss at that sample.
        """
        task = narrowed(batch.task, FunctionTask, batch.instance_id)
        warm = self._open(task.limits)
        message = self._message(warm, batch)
        patience_s = wall_limit_s(task) + GRACE_S
        warm.send(pack(("instance", message)))
        frames = deque(pack(("sample", number, candidate.code)) for number, candidate in attempt)
        ahead = deque[int]()
        while frames or ahead:
            if frames and sum(ahead) <= ahead_bytes // 2:
                warm.send(_take(frames, ahead, ahead_bytes), patience_s)
            yield warm.verdict(patience_s)
            ahead.popleft()

    def _open(self, limits: Limits) -> WarmBox:
        if self._warm is None or self._limits != limits:
            self.close()
            self._warm = self._stack.enter_context(self._open_warm_box(limits))
            self._limits, self._layers = limits, self._warm.layers
        return self._warm

    @contextmanager
    def _open_warm_box(self, limits: Limits) -> Iterator[WarmBox]:
        """Open a box that grades its control, patiently: an engine that restarts is back within half a minute."""
        opening = Retrying(
            retry=retry_if_exception_type(BoxLost),
            stop=stop_after_attempt(6),
            wait=wait_exponential(0.5),
            sleep=partial(pause, self._backend),
            reraise=True,
        )
        with ExitStack() as stack:
            try:
                warm = opening(lambda: self._try_to_open(stack, limits))
            except BoxLost as error:
                raise SandboxUnavailable(f"no box can be opened any more: {error}") from error
            yield warm

    def _try_to_open(self, stack: ExitStack, limits: Limits) -> WarmBox:
        with ExitStack() as attempt:
            try:  # nothing of a sample has entered the box yet, so whatever goes wrong is ours
                warm = attempt.enter_context(open_warm_box(self._backend, self._image, limits))
                prove(warm, limits)
            except (ProtocolError, TimeoutError) as error:
                raise BoxLost(f"a new box does not grade a control: {error}", cause=LossCause.OUTSIDE) from error
            stack.push(attempt.pop_all())
            return warm

    def _message(self, warm: WarmBox, batch: Batch) -> dict[str, object]:
        """What the grader in the box gets to know of an instance."""
        task = narrowed(batch.task, FunctionTask, batch.instance_id)
        inputs = None if task.inputs is None else self._inputs_message(warm, batch.instance_id, task, task.inputs)
        limits = {
            "cpu_s": task.limits.cpu_s,
            "wall_s": wall_limit_s(task),
            "memory_bytes": task.limits.memory_bytes,
        }
        return {
            "entry_point": task.entry_point,
            "names": task.names,
            "helpers": task.helpers,
            "tests": task.tests,
            "mutates": task.mutates,
            "limits": limits,
            "inputs": inputs,
        }

    def _inputs_message(self, warm: WarmBox, instance_id: str, task: FunctionTask, inputs: Inputs) -> dict[str, object]:
        answers = self._reference(warm, instance_id, task, inputs)
        limits = tuple(max(inputs.min_cpu_s, inputs.cpu_factor * seconds) for seconds in answers.cpu_s)
        return {
            "arguments": inputs.arguments,
            "base": inputs.base,
            "checker": inputs.checker,
            "expected": answers.encoded,
            "identical": answers.identical,
            "cpu_s": limits,
            "total_cpu_s": max(min(inputs.total_cpu_s, sum(limits) + 1), max(limits, default=1.0)),
        }

    def _reference(self, warm: WarmBox, instance_id: str, task: FunctionTask, inputs: Inputs) -> ReferenceAnswers:
        path = self._references.path(task, inputs)
        answers = self._references.read(path)
        if answers is None:
            try:
                answers = run_reference(warm, instance_id, task, inputs)
            except (BoxLost, ProtocolError, TimeoutError) as error:  # at the reference, whatever a sample does
                raise BoxLost(str(error), cause=LossCause.OUTSIDE) from error
            self._references.write(path, answers)
        return answers

    def _result(self, batch: Batch, candidate: Candidate, verdict: SampleVerdict, attempts: int) -> Result:
        return Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=verdict.outcome,
            trust=batch.trust,
            reason=verdict.reason,
            error_type=verdict.error_type,
            parts=verdict.parts,
            limit=verdict.limit,
            cpu_s=round(verdict.cpu_s, 6),
            wall_s=round(verdict.wall_s, 6),
            memory_bytes=verdict.memory_bytes,
            output=verdict.output,
            output_truncated=verdict.output_truncated,
            layers=self._layers,
            attempts=attempts,
        )

    def _unjudged(self, batch: Batch, candidates: Iterable[Candidate], error: HarnessError) -> Iterator[Result]:
        failed = isinstance(error, ReferenceFailed)
        for candidate in candidates:
            yield replace(self._ended(batch, candidate, Outcome.INTERNAL, str(error)), unresolvable=failed)

    def _ended(
        self, batch: Batch, candidate: Candidate, outcome: Outcome, reason: str, *, lost_boxes: int = 0
    ) -> Result:
        return Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=outcome,
            trust=batch.trust,
            reason=reason,
            layers=self._layers,
            attempts=max(1, lost_boxes),
            lost_boxes=lost_boxes,
        )


def _first(pending: deque[tuple[int, Candidate]]) -> str:
    """The sample that a box was lost at; none where it was lost after the last verdict."""
    return pending[0][1].sample_id if pending else ""


def _take(frames: deque[bytes], ahead: deque[int], ahead_bytes: int) -> bytes:
    """Take as many frames as may be sent now, at least one if none is ahead; the end of the instance after the last."""
    taken = []
    while frames and (not ahead or sum(ahead) + len(frames[0]) <= ahead_bytes):
        taken.append(frames.popleft())
        ahead.append(len(taken[-1]))
    if not frames:
        taken.append(pack(("end",)))
    return b"".join(taken)


@contextmanager
def open_function_grader(
    backend: Backend, image: str | None, *, cache: Path, strict: bool = False
) -> Iterator[BatchGrader]:
    """Open a grader for function batches; on exit its boxes are gone.

    `cache` keeps the references' answers. `strict` gives every sample a box of its own instead of a fresh identity in
    a warm one, at the price of opening a box for each.
    """
    grader = FunctionGrader(backend, image, cache, strict=strict)
    try:
        yield grader
    finally:
        grader.close()
