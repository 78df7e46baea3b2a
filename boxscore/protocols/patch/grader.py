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

- *blind*: the steps are done with test files that lack values that they expect (`blind`). What the candidate's code
  sends in their place must be what the grader, outside, knows to be right. If all is, and the tests pass, that is the
  verdict, and there is no other run.
- *watched*: the tests run among others that must fail, planted in their files (`planting`). Where the required tests
  pass and all planted ones fail as they do with the reference, that is the verdict; where a required one compared and
  disagreed, too.
- *claim*: whatever else comes of these, the tests as they are decide, in a fresh box.

A box that is lost is tried again (`protocols.retry`). If three ended from within while the candidate's code ran, each
right after a control had run in a box of the same kind, the candidate did it and is `tampered`; else it is `internal`,
and no sample. So it is with a service that its tests need; there the control is a run of the same tests.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
from msgspec import Struct, structs

from boxscore.cache import read_record, write_cached
from boxscore.errors import HarnessError
from boxscore.flags.scan import flags_of
from boxscore.images.watch import current_watch
from boxscore.log import sample_lost_box
from boxscore.protocols.blind.learn import BlindTests
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.admission import Refused, read_patch
from boxscore.protocols.patch.blind import BlindLayer
from boxscore.protocols.patch.diff import hunks_of
from boxscore.protocols.patch.log_program import read_with_program
from boxscore.protocols.patch.logs import judge
from boxscore.protocols.patch.planted import PlantingLayer
from boxscore.protocols.patch.run import SuiteRun, run_staged
from boxscore.protocols.patch.task import PatchDetail, PatchTask
from boxscore.protocols.patch.tree import UNKNOWN, stage
from boxscore.protocols.patch.verdict import shown, verdict_of
from boxscore.protocols.retry import at_code
from boxscore.protocols.statuses import Status, watched
from boxscore.protocols.versions import protocol_version
from boxscore.records import Evidence, LimitName, Outcome, PatchFlag, Result, Trust, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.patch.logs import Judged
    from boxscore.protocols.patch.tree import Staged
    from boxscore.protocols.retry import During, Tried

    RunReference = Callable[[], SuiteRun | None]


RUNS = 2  # of a reference that does not resolve, before what it changed is taken as it is
Changed = tuple[tuple[str, str], ...]


class References:
    """Runs of reference patches, each once for an instance and only when somebody's run has changed something.

    What they changed is kept in `cache`, in this object alone if there is none.
    """

    def __init__(self, cache: Path | None = None) -> None:
        self._cache = cache and cache / "references"
        self._known: dict[str, Changed] = {}

    def unlike(self, task: PatchTask, changed: Changed, *, image: str, run: RunReference) -> Changed:
        """Leave out of `changed` what a run of the reference leaves in the same state.

        `run` is such a run, None where the reference cannot be applied. Raises HarnessError where limits ended it,
        BoxError.
        """
        if not changed or task.reference is None:
            return changed
        key = fingerprint(image, task, protocol_version(""))
        touched = self._known[key] if key in self._known else self._read(key)
        if touched is None:
            touched = self._learned(task, key, run)
        return tuple(one for one in changed if one not in touched or one[1] == UNKNOWN)

    def _read(self, key: str) -> Changed | None:
        return None if self._cache is None else read_record(self._cache / f"{key}.json", Changed)

    def _learned(self, task: PatchTask, key: str, run: RunReference) -> Changed:
        """What a run of the reference changes: kept where it resolved its instance, else of this once alone."""
        ran = None
        for _ in range(RUNS):
            ran = run()
            if ran is not None and ran.limit is None and judge(task, ran.statuses, ran.log).resolved:
                self._known[key] = ran.changed
                if self._cache is not None:
                    write_cached(self._cache / f"{key}.json", msgspec.json.encode(ran.changed))
                return ran.changed
        if ran is not None and ran.limit is not None:
            raise HarnessError(
                f"{task.image.name}: it is not known what its tests change: the {ran.limit} limit ended them on "
                "the reference"
            )
        return () if ran is None else ran.changed


MAX_REASON_CHARS = 2000
ENDED = {Outcome.TIMEOUT, Outcome.MEMORY, Outcome.OUTPUT_LIMIT, Outcome.DISK_LIMIT, Outcome.PROCESS_LIMIT}

Found = TypeVar("Found")


class PatchVerdict(Struct, frozen=True, kw_only=True):
    """What became of one attempt, and at which level that is known."""

    outcome: Outcome
    reason: str
    trust: Trust = Trust.CLAIM
    detail: PatchDetail | None = None
    ran: SuiteRun | None = None
    limit: LimitName | None = None
    wall_s: float | None = None


class FirstLook(Struct, frozen=True, kw_only=True):
    """What a blinded run of a patch has shown: its verdict, where that is enough, else why it is not."""

    verdict: PatchVerdict | None = None
    reason: str = ""
    wall_s: float = 0.0


class PatchGrader:
    """Grades patches, one box after the other."""

    def __init__(
        self,
        boxes: Boxes,
        planting: PlantingLayer,
        references: References | None = None,
        blind: BlindLayer | None = None,
    ) -> None:
        self._boxes, self._planting, self._references = boxes, planting, references or References()
        self._blind = blind

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`).

        All are run blinded before any is run with the tests as they are: those hold the values that a later sample of
        the same task could learn from what the earlier one left behind, by whatever channel.
        """
        task = narrowed(batch.task, PatchTask, batch.instance_id)
        rest = []
        for candidate in batch.candidates:
            looked = self._tried(batch, task, candidate, partial(self._look, task, candidate.code))
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
            shown = current_watch().has_reported(str(error))
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome, shown=shown)

        control = None
        if task.services:  # which the reference's tests may end as well: that is no candidate's doing
            control = partial(run_patched, self._boxes, task, task.reference, during=nullcontext)
        return self._boxes.tried(task, once, on_loss, control=control)

    def _look(self, task: PatchTask, code: str) -> FirstLook:
        """Run a patch with blinded tests; the verdict, where no other run is needed for it."""
        patch = None if task.observed and not code else code
        read = None if patch is None else read_patch(patch)
        if isinstance(read, Refused):  # which needs no box
            return FirstLook(verdict=PatchVerdict(outcome=read.outcome, reason=read.reason, wall_s=0.0))
        self._boxes.find_image(task.image)  # which may build it: no time of the sample's
        began = time.monotonic()
        tests = self._blind_tests(task)
        if self._blind is None or patch is None or task.observed or not tests.files:
            return FirstLook(reason=tests.reason)
        ran = self._blind.run(task, patch, tests, open_box=partial(self._opened, task))
        if isinstance(ran, Refused):
            return FirstLook(verdict=PatchVerdict(outcome=ran.outcome, reason=ran.reason, wall_s=_since(began)))
        denied = tests.denied(ran.observations)
        verdict = self._judged(task, ran.staged, ran.suite)
        if denied or verdict.outcome is not Outcome.PASSED:
            why = denied or f"its blinded tests did not pass: {verdict.reason}"
            return FirstLook(reason=why[:MAX_REASON_CHARS], wall_s=_since(began))
        evidence = Evidence(checked=tests.checked, expected=tests.expected)
        verdict = _with_evidence(verdict, Trust.BLIND, evidence)
        return FirstLook(verdict=structs.replace(verdict, wall_s=_since(began)))

    def _verdict(self, task: PatchTask, code: str, look: FirstLook) -> PatchVerdict:
        """Run a patch among planted tests, and with the tests as they are where that leaves something open."""
        self._boxes.find_image(task.image)
        began = time.monotonic()
        patch = None if task.observed and not code else code
        verdict, reason = None, ""
        if patch is not None and not task.observed:
            verdict, reason = self._among_planted(task, patch)
        if verdict is None:
            found = run_patched(self._boxes, task, patch)
            if isinstance(found, Refused):
                verdict = PatchVerdict(outcome=found.outcome, reason=found.reason)
            else:
                verdict = _with_evidence(self._judged(task, *found), Trust.CLAIM, Evidence(reason=reason))
        if task.observed and patch is not None and patch == task.reference and verdict.outcome is Outcome.PASSED:
            verdict = _with_evidence(verdict, *self._best_evidence(task))
        verdict = _why_not_blind(verdict, look.reason)
        return structs.replace(verdict, wall_s=round(look.wall_s + time.monotonic() - began, 3))

    def _among_planted(self, task: PatchTask, patch: str) -> tuple[PatchVerdict | None, str]:
        """Run a patch's tests among planted ones; no verdict, with the reason, where these leave it open."""
        open_box = partial(self._opened, task)
        known = self._planting.known(task, image=self._boxes.find_image(task.image), open_box=open_box)
        if not known.kinds:
            return None, known.reason
        ran = self._planting.run(task, patch, known, open_box=open_box)
        if isinstance(ran, Refused):
            return PatchVerdict(outcome=ran.outcome, reason=ran.reason), ""
        verdict = self._judged(task, ran.staged, ran.suite)
        if ran.spared:
            reason = f"a test planted to fail was reported as passed in {ran.spared}"
            return structs.replace(verdict, outcome=Outcome.TAMPERED, reason=reason), ""
        if verdict.outcome is Outcome.PASSED and not ran.unlike:
            flags = _flags_of_sample(task, patch)
            return _with_evidence(verdict, *watched(ran.count, flags)), ""
        if verdict.outcome in ENDED or (verdict.outcome is Outcome.WRONG and _compared(verdict)):
            return verdict, ""
        return None, ran.unlike or f"among planted tests it does otherwise: {verdict.reason}"

    def _judged(self, task: PatchTask, staged: Staged, ran: SuiteRun) -> PatchVerdict:
        ran = structs.replace(ran, changed=self._unlike_reference(task, ran.changed))
        judged = judge(task, ran.statuses, ran.log)
        outcome, reason = verdict_of(task, ran, judged)
        detail = _detail(task, staged, ran, judged)
        return PatchVerdict(outcome=outcome, reason=reason, detail=detail, ran=ran, limit=ran.limit)

    def _best_evidence(self, task: PatchTask) -> tuple[Trust, Evidence]:
        """The highest level that the tests of a task have, as its reference has shown."""
        tests = self._blind_tests(task)
        if tests.files:
            return Trust.BLIND, Evidence(checked=tests.checked, expected=tests.expected)
        open_box = partial(self._opened, task)
        known = self._planting.known(task, image=self._boxes.find_image(task.image), open_box=open_box)
        if known.kinds:
            return watched(sum(map(len, known.kinds.values())))
        return Trust.CLAIM, Evidence(reason=known.reason)

    def _blind_tests(self, task: PatchTask) -> BlindTests:
        if self._blind is None:
            return BlindTests()
        image = self._boxes.find_image(task.image)
        return self._blind.known(task, image=image, open_box=partial(self._opened, task))

    def _unlike_reference(self, task: PatchTask, changed: Changed) -> Changed:
        if not changed:
            return changed
        image = self._boxes.find_image(task.image)
        return self._references.unlike(task, changed, image=image, run=lambda: self._reference_run(task))

    def _reference_run(self, task: PatchTask) -> SuiteRun | None:
        found = run_patched(self._boxes, task, task.reference, during=nullcontext)
        return None if isinstance(found, Refused) else found[1]

    def _opened(self, task: PatchTask, during: During) -> AbstractContextManager[Box]:
        return self._boxes.open(task, during=during)

    def _result(self, batch: Batch, candidate: Candidate, tried: Tried[Any], verdict: PatchVerdict | None) -> Result:
        """Make the result of a verdict; None where no attempt came to one, as `tried` says."""
        verdict = verdict or PatchVerdict(outcome=tried.outcome, reason=tried.reason)
        ran, detail = verdict.ran, verdict.detail
        if detail is not None:
            task = narrowed(batch.task, PatchTask, batch.instance_id)
            detail = structs.replace(detail, flags=_flags_of_sample(task, candidate.code))
        output, truncated = ("", False) if ran is None else shown(ran)
        return Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=verdict.outcome,
            trust=verdict.trust if verdict.outcome is Outcome.PASSED else batch.trust,
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


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)


def _compared(verdict: PatchVerdict) -> bool:
    """Whether a required test ran and disagreed."""
    return verdict.detail is not None and Status.FAILED in verdict.detail.tests.values()


def _detail(task: PatchTask, staged: Staged, ran: SuiteRun, judged: Judged) -> PatchDetail:
    return PatchDetail(
        applied=staged.applied,
        tests=judged.tests,
        fail_to_pass=judged.fail_to_pass,
        pass_to_pass=judged.pass_to_pass,
        reported=dict(ran.statuses) if task.observed else {},
        test_s=round(ran.wall_s, 3),
    )


def _flags_of_sample(task: PatchTask, patch: str) -> tuple[PatchFlag, ...]:
    """Flag what a patch adds outside of tests and the reference does not add."""
    return flags_of(hunks_of(patch), hunks_of(task.reference or ""))


def _with_evidence(verdict: PatchVerdict, trust: Trust, evidence: Evidence) -> PatchVerdict:
    """Say what a pass is worth; of what did not pass there is nothing to say."""
    if verdict.outcome is not Outcome.PASSED or verdict.detail is None:
        return verdict
    return structs.replace(verdict, trust=trust, detail=structs.replace(verdict.detail, evidence=evidence))


def _why_not_blind(verdict: PatchVerdict, why: str) -> PatchVerdict:
    """Add to the reasons of a pass why its blinded run proved nothing, or there was none."""
    detail = verdict.detail
    if not why or verdict.outcome is not Outcome.PASSED or detail is None:
        return verdict
    reason = "; ".join(filter(None, (detail.evidence.reason, f"not blind: {why}")))
    return structs.replace(
        verdict, detail=structs.replace(detail, evidence=structs.replace(detail.evidence, reason=reason))
    )


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
    """Open a grader for patch batches. `cache` keeps what is learned of instances with their references."""
    yield PatchGrader(boxes, PlantingLayer(cache), References(cache), BlindLayer(cache))
