"""The grader of the *unittest* protocol: runs tests beside programs in warm boxes, and has a layer weigh each run."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.errors import BoxLost, HarnessError, LossCause, ProtocolError
from boxscore.protocols.contract import narrowed
from boxscore.protocols.supervised import SupervisedGrader
from boxscore.protocols.unittest.control import prove
from boxscore.protocols.unittest.layer import NoLayer, Weighed
from boxscore.protocols.unittest.run import UnitRun, run_unit
from boxscore.protocols.unittest.task import UnittestTask, box_limits
from boxscore.protocols.unittest.verdict import MISSING, verdict_of
from boxscore.protocols.warm import UNITTEST, open_warm_box
from boxscore.records import Outcome, UnittestDetail

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.unittest.layer import KnownTests, ProtectiveLayer, Run
    from boxscore.protocols.warm import WarmBox
    from boxscore.records import Limits, Result


class UnitVerdict(Struct, frozen=True, kw_only=True):
    """What a sample came to, what its run said, and what that was worth."""

    number: int
    outcome: Outcome
    reason: str
    ran: UnitRun
    weighed: Weighed
    required: tuple[str, ...]

    @property
    def unsure(self) -> bool:
        """Whether somebody else may have done it."""
        return self.ran.unsure


class UnitGrader(SupervisedGrader[UnitVerdict]):
    """Grades programs with tests in warm boxes, see `SupervisedGrader`."""

    def __init__(self, backend: Backend, image: str | None, layer: ProtectiveLayer, *, strict: bool) -> None:
        super().__init__(backend, image, strict=strict)
        self._layer = layer

    def _open_box(self, limits: Limits) -> AbstractContextManager[WarmBox]:
        return open_warm_box(self._backend, self._image, limits, parts=UNITTEST)

    def _prove(self, warm: WarmBox, limits: Limits) -> None:
        prove(warm, limits)

    def _verdicts(
        self,
        batch: Batch,
        attempt: list[tuple[int, Candidate]],
        *,
        ahead_bytes: int,  # noqa: ARG002 - a run takes longer than a message
    ) -> Iterator[UnitVerdict]:
        """Run the samples one after the other; yield verdicts in their order."""
        task = narrowed(batch.task, UnittestTask, batch.instance_id)
        warm = self._open(box_limits(task))
        run = partial(run_unit, warm, task)
        known = self._known(task, run)
        for number, candidate in attempt:
            yield self._verdict(batch, known, run, number, candidate)

    def _known(self, task: UnittestTask, run: Run) -> KnownTests:
        try:
            return self._layer.known(task, run)
        except (BoxLost, ProtocolError, TimeoutError) as error:  # at the reference, whatever a sample does
            raise BoxLost(str(error), cause=LossCause.OUTSIDE) from error

    def _verdict(self, batch: Batch, known: KnownTests, run: Run, number: int, candidate: Candidate) -> UnitVerdict:
        task = narrowed(batch.task, UnittestTask, batch.instance_id)
        ran = run(candidate.code, known.tests, known.required)
        outcome, reason = verdict_of(ran, known.required, optional=task.optional, skipped_passes=task.skipped_passes)
        weighed = known.weigh(candidate.code, ran, run, passed=outcome is Outcome.PASSED, samples=max(1, batch.samples))
        if weighed.outcome is not None:
            if weighed.outcome is Outcome.PASSED and outcome is not Outcome.PASSED:
                raise HarnessError(f"{batch.instance_id}: a layer passes what its report does not")
            outcome, reason = weighed.outcome, weighed.reason
        return UnitVerdict(
            number=number, outcome=outcome, reason=reason, ran=ran, weighed=weighed, required=known.required
        )

    def _judged(self, batch: Batch, ended: Result, verdict: UnitVerdict) -> Result:  # noqa: ARG002 - others ask it
        ran, weighed = verdict.ran, verdict.weighed
        return replace(
            ended,
            outcome=verdict.outcome,
            trust=weighed.trust,
            reason=verdict.reason,
            error_type=ran.error_type,
            limit=ran.limit,
            cpu_s=round(ran.cpu_s, 6),
            wall_s=round(ran.wall_s, 6),
            memory_bytes=ran.memory_bytes,
            output=ran.output,
            output_truncated=ran.output_truncated,
            detail=UnittestDetail(
                tests=_statuses(ran, verdict.required),
                files=dict(ran.files),
                blind_bits=weighed.blind_bits,
                blind_reason=weighed.blind_reason,
                canaries=weighed.canaries,
                canaries_reason=weighed.canaries_reason,
                canary_bits=weighed.canary_bits,
            ),
        )


def _statuses(ran: UnitRun, required: Sequence[str]) -> dict[str, str]:
    return {test: str(ran.statuses.get(test, MISSING)) for test in required}


@contextmanager
def open_unit_grader(
    backend: Backend, image: str | None, *, layer: ProtectiveLayer | None = None, strict: bool = False
) -> Iterator[BatchGrader]:
    """Open a grader for batches of programs with tests; on exit its boxes are gone.

    `strict` gives every sample a box of its own instead of fresh identities in a warm one.
    """
    grader = UnitGrader(backend, image, layer or NoLayer(), strict=strict)
    try:
        yield grader
    finally:
        grader.close()
