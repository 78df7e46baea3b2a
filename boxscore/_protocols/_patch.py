"""The *patch* protocol at trust `canary`: a patch of a repository, tested in the image of its instance.

Theory of operation
-------------------
Each sample has a fresh box of its own. The steps, each a program of its own after which every process is ended:

1. *stage* (`_tree`): the repository is copied from the read-only image into the box's own folder and the patch is
   applied; what comes of it is admitted or refused. No code of the candidate has run.
2. *build* (`_patch_run`): the task's commands, as the candidate's identity. Its code may run.
3. *lay* (`_tree`): test files and test configuration are the instance's again; what was laid is remembered here.
4. *test* (`_patch_run`): the task's commands. Candidate and runner share processes, so what they print is a claim.
5. *verify* (`_tree`): what was laid, and `.git`, are still the same.

A claim that all required tests passed is believed only if the runner's report and its exit code agree, and if a
*canary run* (`_patch_canary`) in another fresh box shows that the same tests still tell right from wrong.

A box that is lost is tried again. If three were lost while the candidate's code ran, each right after a control had run
in a box of the same kind, the candidate did it and is `tampered`; else it is `internal`, and no sample.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore._box import BoxSpec
from boxscore._errors import BoxError, HarnessError, ImageMissing, SandboxUnavailable
from boxscore._logs import judge
from boxscore._patch_task import PatchTask
from boxscore._protocols._admission import Refused
from boxscore._protocols._patch_canary import Canaries, CanaryVerdict
from boxscore._protocols._patch_run import Ran, build_tree, run_tests
from boxscore._protocols._tree import stage
from boxscore._records import LimitName, Outcome, PatchDetail, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore._box import Backend, Box
    from boxscore._grading import Batch, Candidate, Grader
    from boxscore._logs import Judged
    from boxscore._patch_task import TreeImage
    from boxscore._protocols._tree import Staged

    FindImage = Callable[[TreeImage], str]

MAX_LOSSES, MAX_LOSSES_AT_CODE = 6, 3
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 16.0
OUTPUT_CHARS = 256 << 10
HEAD_CHARS = 64 << 10
_LIMITS = {
    LimitName.CPU: Outcome.TIMEOUT,
    LimitName.WALL: Outcome.TIMEOUT,
    LimitName.MEMORY: Outcome.MEMORY,
    LimitName.OUTPUT: Outcome.OUTPUT_LIMIT,
    LimitName.DISK: Outcome.DISK_LIMIT,
    LimitName.PROCESSES: Outcome.PROCESS_LIMIT,
}


class _LostAtCodeError(Exception):
    """A box was lost while the candidate's code ran; the cause says how."""


class _Verdict(Struct, frozen=True, kw_only=True):
    """What became of one attempt."""

    outcome: Outcome
    reason: str
    detail: PatchDetail | None = None
    ran: Ran | None = None


class PatchGrader:
    """Grades patches, one box after the other.

    `find_image` returns the reference of an instance's image, which it builds or pulls if that must be; it raises
    ImageMissing if it cannot. `sleep` waits between attempts.
    """

    def __init__(
        self,
        backend: Backend,
        find_image: FindImage,
        canaries: Canaries,
        *,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._backend, self._find_image, self._canaries, self._sleep = backend, find_image, canaries, sleep
        self._layers: tuple[str, ...] = ()

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `Grader.grade`)."""
        for candidate in batch.candidates:
            yield self._graded(batch, candidate)

    def _graded(self, batch: Batch, candidate: Candidate) -> Result:
        """Grade one patch, in new boxes until an attempt comes to its end."""
        task = batch.task
        if not isinstance(task, PatchTask):
            raise HarnessError(f"{batch.instance_id} has no patch task")
        began, lost, at_code, reason = time.monotonic(), 0, 0, ""
        while lost < MAX_LOSSES and at_code < MAX_LOSSES_AT_CODE:
            try:
                if lost:
                    self._control(task)
                verdict = self._attempt(task, candidate.code)
                return self._result(batch, candidate, verdict, lost + 1, time.monotonic() - began)
            except _LostAtCodeError as error:
                at_code, reason = at_code + bool(lost), str(error.__cause__)
            except ImageMissing as error:  # it may have been removed under us: it is looked for again
                reason = str(error)
                if lost:
                    break
            except HarnessError as error:
                reason = str(error)
                break
            except (BoxError, SandboxUnavailable, TimeoutError) as error:
                reason = str(error)
                if isinstance(error, SandboxUnavailable) and lost + 1 == MAX_LOSSES:
                    raise
            lost += 1
            self._sleep(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**lost))
        outcome = Outcome.TAMPERED if at_code >= MAX_LOSSES_AT_CODE else Outcome.INTERNAL
        reason = f"its box was lost each time while its code ran: {reason}" if outcome is Outcome.TAMPERED else reason
        return self._result(batch, candidate, _Verdict(outcome=outcome, reason=reason), lost, None)

    def _control(self, task: PatchTask) -> None:
        """See that a box of this kind works. Raises what a box raises."""
        with self._box(task) as box:
            done = box.run(["bash", "-c", "exit 0"])
            if done.exit_code != 0:
                raise BoxError(f"a control ended with {done.exit_code or done.signal}")

    def _attempt(self, task: PatchTask, patch: str) -> _Verdict:
        with self._box(task) as box:
            staged = stage(box, task, patch)
            if isinstance(staged, Refused):
                return _Verdict(outcome=staged.outcome, reason=staged.reason)
            ran = self._ran(box, task, staged)
        judged = judge(task, ran.statuses)
        detail = PatchDetail(
            applied=staged.applied,
            tests=judged.tests,
            fail_to_pass=judged.fail_to_pass,
            pass_to_pass=judged.pass_to_pass,
            test_s=round(ran.wall_s, 3),
        )
        outcome, reason = verdict_of(task, ran, judged)
        if outcome is Outcome.PASSED:
            image = self._find_image(task.image)
            canary = self._canaries.check(task, patch, image=image, open_box=lambda: self._box(task))
            detail = structs.replace(detail, canaries=canary.count, canaries_reason=canary.reason)
            outcome, reason = _after_canaries(canary)
        return _Verdict(outcome=outcome, reason=reason, detail=detail, ran=ran)

    @staticmethod
    def _ran(box: Box, task: PatchTask, staged: Staged) -> Ran:
        try:
            ready = build_tree(box, task, staged)
            required = (*task.fail_to_pass, *task.pass_to_pass)
            return (
                ready
                if isinstance(ready, Ran)
                else run_tests(box, task, ready, commands=task.commands, required=required)
            )
        except BoxError as error:
            raise _LostAtCodeError from error

    @contextmanager
    def _box(self, task: PatchTask) -> Iterator[Box]:
        spec = BoxSpec(
            image=self._find_image(task.image),
            limits=task.limits,
            folders=(task.image.tree, "/tmp"),  # noqa: S108 - in the box
        )
        with self._backend.box(spec) as box:
            self._layers = box.layers
            yield box

    def _result(
        self, batch: Batch, candidate: Candidate, verdict: _Verdict, attempts: int, wall_s: float | None
    ) -> Result:
        ran = verdict.ran
        output, truncated = ("", False) if ran is None else _cut(ran)
        return Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=verdict.outcome,
            trust=batch.trust,
            reason=verdict.reason[:2000],
            limit=None if ran is None else ran.limit,
            cpu_s=None if ran is None else ran.cpu_s,
            wall_s=None if wall_s is None else round(wall_s, 3),
            memory_bytes=None if ran is None else ran.memory_bytes,
            output=output,
            output_truncated=truncated,
            layers=self._layers,
            attempts=attempts,
            patch=verdict.detail,
        )


def verdict_of(task: PatchTask, ran: Ran, judged: Judged) -> tuple[Outcome, str]:
    """Say what a run of the tests came to, canaries aside: the first outcome that applies, and why."""
    if ran.changed:
        return Outcome.TAMPERED, f"changed while the tests ran: {', '.join(ran.changed[:5])}"
    if judged.resolved:
        return _claimed(ran)
    return _failed(task, ran, judged)


def _claimed(ran: Ran) -> tuple[Outcome, str]:
    """All required tests passed, as the log says."""
    if ran.limit is not None:
        return _LIMITS[ran.limit], f"the {ran.limit} limit ended it"
    if ran.disagreement:
        return Outcome.TAMPERED, ran.disagreement
    return Outcome.PASSED, ""


def _failed(task: PatchTask, ran: Ran, judged: Judged) -> tuple[Outcome, str]:
    if not task.fail_to_pass and not task.pass_to_pass:
        return Outcome.NO_TESTS, "the instance requires no test"
    if ran.build_failed:
        return Outcome.BUILD_FAILED, ran.build_failed
    if ran.limit is not None:
        return _LIMITS[ran.limit], f"the {ran.limit} limit ended it"
    if ran.truncated:
        return Outcome.OUTPUT_LIMIT, "it printed more than is kept, and not all required tests are to be seen"
    lists = {
        "FAIL_TO_PASS": (judged.fail_to_pass, task.fail_to_pass),
        "PASS_TO_PASS": (judged.pass_to_pass, task.pass_to_pass),
    }
    said = ", ".join(f"{name} {len(found[0])} of {len(asked)}" for name, (found, asked) in lists.items())
    if not set(ran.statuses).intersection((*task.fail_to_pass, *task.pass_to_pass)):
        return Outcome.ERROR, f"no required test was reported; {ran.disagreement or said}"
    failures = [*judged.fail_to_pass[1], *judged.pass_to_pass[1]]
    return Outcome.WRONG, f"{said}; not passed: {', '.join(failures[:3])}"


def _after_canaries(canary: CanaryVerdict) -> tuple[Outcome, str]:
    if canary.forged:
        return Outcome.TAMPERED, f"canaries: {canary.forged}"
    return Outcome.PASSED, ""


def _cut(ran: Ran) -> tuple[str, bool]:
    """The log as results keep it: its head and its tail."""
    if len(ran.log) <= OUTPUT_CHARS:
        return ran.log, ran.truncated
    left_out = len(ran.log) - OUTPUT_CHARS
    tail = ran.log[-(OUTPUT_CHARS - HEAD_CHARS) :]
    return f"{ran.log[:HEAD_CHARS]}\n[… {left_out} characters left out …]\n{tail}", True


@contextmanager
def open_patch_grader(backend: Backend, find_image: FindImage, *, cache: Path) -> Iterator[Grader]:
    """Open a grader for patch batches. `cache` keeps what is known about the canaries of instances."""
    yield PatchGrader(backend, find_image, Canaries(cache))
