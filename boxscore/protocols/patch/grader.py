"""The *patch* protocol: a patch of a repository, tested in the image of its instance.

Theory of operation
-------------------
Each sample has a fresh box of its own. The steps, each a program of its own after which every process is ended:

1. *stage* (`tree`): the repository is copied from the read-only image into the box's own folder and the patch is
   applied; what comes of it is admitted or refused. No code of the candidate has run.
2. *build* (`run`): the task's commands, as the candidate's identity. Its code may run.
3. *restore* (`tree`; with 1 where there is no build): test files and test configuration are the instance's again; what
   was restored is remembered here.
4. *test* (`run`): the task's commands. Candidate and runner share processes, so what they print is a claim.
5. *verify* (`tree`): what was restored, and `.git`, are still the same, or what a run of the reference makes of them.
6. *read* (`log_program`; only where a data set brings its own program): the logs, in another box.

A claim that all required tests passed is believed only if the runner's report agrees and it ended well (`verdict`).
What it is worth is found in one of three ways, the first that can be had:

- *blind*: before anything else, the steps are done with test files that lack the values they expect (`blind`). What the
  candidate's code sends in their place must be what the grader, outside, knows to be right. If all is, that is the
  verdict, and there is no other run; else the tests run once more as they are, in a fresh box.
- *canary*: a *canary run* (`canaries.run`) in another fresh box shows that the same tests still tell right from wrong.
- else it stays the *claim* that it is.

A box that is lost is tried again (`protocols.retry`). If three ended from within while the candidate's code ran, each
right after a control had run in a box of the same kind, the candidate did it and is `tampered`; else it is `internal`,
and no sample. So it is with a service that its tests need; there the control is a run of the same tests.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from msgspec import Struct, structs

from boxscore.checks import first_of
from boxscore.images.watch import current_watch
from boxscore.log import sample_lost_box
from boxscore.protocols.blind.secrecy import enough
from boxscore.protocols.canaries.reader import ENOUGH_BITS
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.admission import Refused, read_patch
from boxscore.protocols.patch.blind.layer import BlindLayer
from boxscore.protocols.patch.canaries.run import Canaries
from boxscore.protocols.patch.flagged import flags_of_sample
from boxscore.protocols.patch.log_program import read_with_program
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.page_cache import PageCache
from boxscore.protocols.patch.reference import References
from boxscore.protocols.patch.run import SuiteRun, run_staged
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.patch.tree import stage
from boxscore.protocols.patch.verdict import LIMITS, shown, verdict_of
from boxscore.protocols.retry import at_code
from boxscore.records import LimitName, Outcome, PatchDetail, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.blind.evidence import BlindTests, Evidence
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.patch.blind.layer import BlindCheck
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.canaries.run import CanaryVerdict
    from boxscore.protocols.patch.logs import Judged
    from boxscore.protocols.patch.reference import Changed
    from boxscore.protocols.patch.tree import Staged
    from boxscore.protocols.retry import During, Tried

MAX_REASON_CHARS = 2000

Found = TypeVar("Found")


class PatchVerdict(Struct, frozen=True, kw_only=True):
    """What became of one attempt."""

    outcome: Outcome
    reason: str
    detail: PatchDetail | None = None
    ran: SuiteRun | None = None
    limit: LimitName | None = None
    wall_s: float | None = None
    resolved: bool = False


class FirstLook(Struct, frozen=True, kw_only=True):
    """What a blinded run of a patch has shown: its verdict, where that is enough, else what it is evidence of.

    No `evidence`: there was no such run.
    """

    verdict: PatchVerdict | None = None
    evidence: Evidence | None = None
    proved: bool = False
    wall_s: float = 0.0


class PatchGrader:
    """Grades patches, one box after the other."""

    def __init__(
        self,
        boxes: Boxes,
        canaries: Canaries,
        references: References | None = None,
        blind: BlindLayer | None = None,
        page_cache: PageCache | None = None,
    ) -> None:
        self._boxes, self._canaries, self._references = boxes, canaries, references or References()
        self._blind, self._page_cache = blind, page_cache

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`).

        All are run blinded before any is run with the tests as they are: those hold the values that a later sample of
        the same task could learn from what the earlier one left behind, by whatever channel.
        """
        task = narrowed(batch.task, PatchTask, batch.instance_id)
        rest = []
        for candidate in batch.candidates:
            looked = self._tried(batch, task, candidate, partial(self._look, task, candidate.code, batch.samples))
            if looked.found is None:
                yield self._result(batch, candidate, looked, None)
            elif looked.found.verdict is not None:
                yield self._result(batch, candidate, looked, looked.found.verdict)
            else:
                rest.append((candidate, looked, looked.found))
        for candidate, looked, look in rest:
            tried = self._tried(batch, task, candidate, partial(self._verdict, task, candidate.code, look))
            tried = structs.replace(tried, attempts=tried.attempts + looked.attempts - 1)
            yield self._result(batch, candidate, tried, tried.found)

    def _tried(self, batch: Batch, task: PatchTask, candidate: Candidate, once: Callable[[], Found]) -> Tried[Found]:
        """Do a part of the grading of one patch, in new boxes until an attempt comes to its end."""

        def on_loss(attempt: int, error: BaseException, outcome: Outcome | None) -> None:
            shown = current_watch().has_told(str(error))
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome, shown=shown)

        control = partial(self._served_run, task) if task.services else None
        return self._boxes.tried(task, once, on_loss, control=control)

    def _look(self, task: PatchTask, code: str, samples: int) -> FirstLook:
        """Run a patch with blinded tests; the verdict, where no other run is needed for it."""
        patch = None if task.observed and not code else code
        read = None if patch is None else read_patch(patch, binary=task.allowed)
        if isinstance(read, Refused):  # which needs no box
            return FirstLook(verdict=PatchVerdict(outcome=read.outcome, reason=read.reason, wall_s=0.0))
        self._boxes.find_image(task.image)  # which may build it: no time of the sample's
        began = time.monotonic()
        blind = None if patch is None else self._blind_check(task, patch)
        if isinstance(blind, Refused):
            return FirstLook(verdict=PatchVerdict(outcome=blind.outcome, reason=blind.reason, wall_s=_since(began)))
        if blind is None:
            return FirstLook(wall_s=_since(began))
        proved = blind.evidence.proves(samples)
        if proved and blind.exact and not task.observed:
            settled = self._judged(task, blind.staged, blind.suite)
            if settled.outcome is Outcome.PASSED:
                settled = _with_evidence(settled, blind.evidence)
                return FirstLook(verdict=structs.replace(settled, wall_s=_since(began)))
        return FirstLook(evidence=blind.evidence, proved=proved, wall_s=_since(began))

    def _verdict(self, task: PatchTask, code: str, look: FirstLook) -> PatchVerdict:
        """Run a patch with the tests as they are, and look into a claim of success."""
        self._boxes.find_image(task.image)
        began = time.monotonic()
        patch = None if task.observed and not code else code
        found = run_patched(self._boxes, task, patch)
        if isinstance(found, Refused):
            verdict = PatchVerdict(outcome=found.outcome, reason=found.reason)
        else:
            verdict = self._judged(task, *found)
            if patch is not None and _claims_success(verdict):  # also where the runner did not end well
                verdict = self._looked_into(task, patch, verdict, found[1], look)
        return structs.replace(verdict, wall_s=round(look.wall_s + time.monotonic() - began, 3))

    def _looked_into(
        self, task: PatchTask, patch: str, verdict: PatchVerdict, ran: SuiteRun, look: FirstLook
    ) -> PatchVerdict:
        """What a claim of success comes to, by the blinded run that there was and by canaries."""
        if look.evidence is not None and look.evidence.wrong:
            verdict = self._denied(task, patch, verdict)
        verdict = _with_evidence(verdict, look.evidence, self._why_not_blind(task))
        if verdict.outcome is Outcome.WRONG or (look.proved and not task.observed):  # a validation asks for both layers
            return verdict
        return _after_canaries(verdict, self._canary_run(task, patch, ran))

    def _judged(self, task: PatchTask, staged: Staged, ran: SuiteRun) -> PatchVerdict:
        ran = structs.replace(ran, changed=self._unlike_reference(task, ran.changed))
        judged = judge(task, ran.statuses, ran.log)
        outcome, reason = verdict_of(task, ran, judged)
        detail = _detail(task, staged, ran, judged)
        return PatchVerdict(
            outcome=outcome, reason=reason, detail=detail, ran=ran, limit=ran.limit, resolved=judged.resolved
        )

    def _denied(self, task: PatchTask, patch: str, verdict: PatchVerdict) -> PatchVerdict:
        """Run the blinded tests once more where they deny a claim of success; if they do so again, it is no success.

        Where the tests as they are decide alone, it stays one, without evidence.
        """
        known = self._known_blind(task)
        if known is not None and known.decides:
            return verdict
        again = self._blind_check(task, patch)
        if again is None or isinstance(again, Refused) or not again.evidence.wrong:
            return verdict
        places = first_of(again.evidence.wrong, 3)
        reason = f"its tests passed by their own word, but other values came than they expect at {places}"
        return structs.replace(verdict, outcome=Outcome.WRONG, reason=reason)

    def _known_blind(self, task: PatchTask) -> BlindTests | None:
        if self._blind is None:
            return None
        image = self._boxes.find_image(task.image)
        return self._blind.known(task, image=image, open_box=partial(self._opened, task))

    def _why_not_blind(self, task: PatchTask) -> str:
        known = self._known_blind(task)
        return "" if known is None else known.reason

    def _blind_check(self, task: PatchTask, patch: str) -> BlindCheck | Refused | None:
        """Run a patch with blinded tests, where there is enough to guess in them."""
        known = self._known_blind(task)
        if self._blind is None or known is None or not known.files:
            return None
        self._fill_page_cache(task)
        return self._blind.check(task, patch, known, open_box=partial(self._opened, task))

    def _fill_page_cache(self, task: PatchTask) -> None:
        """See that no box has left a mark there for the next one, which hides something from its code."""
        if self._page_cache is not None:
            self._page_cache.fill(self._boxes, task)

    def _unlike_reference(self, task: PatchTask, changed: Changed) -> Changed:
        if not changed:
            return changed
        image = self._boxes.find_image(task.image)
        return self._references.unlike(task, changed, image=image, run=lambda: self._reference_run(task))

    def _reference_run(self, task: PatchTask) -> SuiteRun | None:
        found = run_patched(self._boxes, task, task.reference, during=nullcontext)
        return None if isinstance(found, Refused) else found[1]

    def _served_run(self, task: PatchTask) -> None:
        """Run the tests as the reference leaves them: services that these very tests end are no candidate's doing."""
        run_patched(self._boxes, task, task.reference, during=nullcontext)

    def _canary_run(self, task: PatchTask, patch: str, first: SuiteRun) -> CanaryVerdict:
        image = self._boxes.find_image(task.image)
        open_box = partial(self._opened, task)
        known = self._canaries.known(task, image=image, open_box=open_box)
        if known.usable:
            self._fill_page_cache(task)
        unlike = partial(self._unlike_reference, task)
        return self._canaries.check(task, patch, known, open_box=open_box, unlike=unlike, first=first)

    def _opened(self, task: PatchTask, during: During) -> AbstractContextManager[Box]:
        return self._boxes.open(task, during=during)

    def _result(self, batch: Batch, candidate: Candidate, tried: Tried[Any], verdict: PatchVerdict | None) -> Result:
        """Make the result of a verdict; None where no attempt came to one, as `tried` says."""
        verdict = verdict or PatchVerdict(outcome=tried.outcome, reason=tried.reason)
        ran, detail = verdict.ran, verdict.detail
        if detail is not None:
            task = narrowed(batch.task, PatchTask, batch.instance_id)
            detail = structs.replace(detail, flags=flags_of_sample(task, candidate.code, ran))
        output, truncated = ("", False) if ran is None else shown(ran)
        return Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=verdict.outcome,
            trust=_trust(batch, verdict),
            reason=verdict.reason[:MAX_REASON_CHARS],
            limit=verdict.limit,
            cpu_s=None if ran is None else ran.cpu_s,
            wall_s=verdict.wall_s,
            memory_bytes=None if ran is None else ran.memory_bytes,
            output=output,
            output_truncated=truncated,
            layers=self._boxes.layers,
            attempts=tried.attempts,
            lost_boxes=tried.lost_boxes,
            detail=detail,
        )


def _trust(batch: Batch, verdict: PatchVerdict) -> Trust:
    """The level a verdict was reached at: a pass without other evidence is what the runner claimed."""
    detail = verdict.detail
    if verdict.outcome is not Outcome.PASSED or detail is None:
        return batch.trust
    if detail.blind_bits is not None and enough(detail.blind_bits, batch.samples):
        return Trust.BLIND
    weak = (detail.canary_bits or 0.0) < ENOUGH_BITS
    return Trust.CLAIM if batch.trust is Trust.CANARY and weak else batch.trust


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)


def _claims_success(verdict: PatchVerdict) -> bool:
    return verdict.resolved and verdict.outcome in {Outcome.PASSED, Outcome.ERROR}


def _detail(task: PatchTask, staged: Staged, ran: SuiteRun, judged: Judged) -> PatchDetail:
    return PatchDetail(
        applied=staged.applied,
        tests=judged.tests,
        fail_to_pass=judged.fail_to_pass,
        pass_to_pass=judged.pass_to_pass,
        reported=dict(ran.statuses) if task.observed else {},
        test_s=round(ran.wall_s, 3),
    )


def _with_evidence(verdict: PatchVerdict, evidence: Evidence | None, why_none: str = "") -> PatchVerdict:
    """Note what a run of blinded tests proves, or why there was none."""
    if verdict.detail is None:
        return verdict
    if evidence is None:
        return structs.replace(verdict, detail=structs.replace(verdict.detail, blind_reason=why_none))
    bits, reason = evidence.bits, ""
    if not evidence.complete:
        places = (*evidence.wrong, *evidence.lacking)
        bits = 0.0
        reason = (
            f"what came is not known to be right at {first_of(places, 3)}" if places else "it sent what is no value"
        )
    return structs.replace(verdict, detail=structs.replace(verdict.detail, blind_bits=bits, blind_reason=reason))


def _after_canaries(verdict: PatchVerdict, canary: CanaryVerdict) -> PatchVerdict:
    """What a claim of success comes to."""
    detail = verdict.detail or PatchDetail()
    if canary.failed:
        reason = f"its tests passed, and not when they ran again among negated tests: {canary.failed}"
        detail = structs.replace(detail, canaries_reason=canary.failed)
        return structs.replace(verdict, outcome=Outcome.WRONG, reason=reason, detail=detail)
    if not canary.forged:
        weak = "" if canary.count is None or canary.bits >= ENOUGH_BITS else _weakness(canary.bits)
        reason = "; ".join(filter(None, (canary.reason, weak)))
        bits = None if canary.count is None else canary.bits
        detail = structs.replace(detail, canaries=canary.count, canaries_reason=reason, canary_bits=bits)
        return structs.replace(verdict, detail=detail)
    return structs.replace(
        verdict,
        outcome=Outcome.TAMPERED if canary.limit is None else LIMITS[canary.limit],
        reason=f"canaries: {canary.forged}",
        detail=structs.replace(detail, canaries_reason=canary.forged),
        limit=canary.limit,
    )


def _weakness(bits: float) -> str:
    return f"a forger who reads the negated tests has {bits:g} bits to guess, and trust asks for {ENOUGH_BITS:g}"


def run_patched(
    boxes: Boxes,
    task: PatchTask,
    patch: str | None,
    *,
    during: During = at_code,
) -> Refused | tuple[Staged, SuiteRun]:
    """Apply a patch (None: none) in a box of its own, build, restore the trusted files and run the tests.

    Code of the patch runs `during`.
    """
    with boxes.open(task, during=during) as box:
        staged = stage(box, task, patch)
        if isinstance(staged, Refused):
            return staged
        with during():
            ran = run_staged(box, task, staged)
    return staged, read_with_program(boxes, task, ran)


@contextmanager
def open_patch_grader(boxes: Boxes, *, cache: Path) -> Iterator[BatchGrader]:
    """Open a grader for patch batches. `cache` keeps what is known of instances: their canaries, what tests change."""
    yield PatchGrader(boxes, Canaries(cache), References(cache), BlindLayer(cache), PageCache(boxes.backend))
