"""The *migration* protocol: a patch of a Maven project, whose build, classes and tests are looked at from outside.

Theory of operation
-------------------
Each step has a fresh box of its own, of the instance's image, in which the patch is applied anew. No step reads what
code of the candidate could have written in a box of an earlier one, but as bounded data:

1. *study*: the tree that the patch leaves is read, and the grader's own Maven says what its poms come to. None of its
   code has run.
2. *build*: `mvn clean verify`, as the benchmark runs it. What it says is its word; the official verdict is made of it.
   The folders of classes and generated sources are taken out as data.
3. *compile*: the grader's own compiler, over the sources of the tree and the generated ones, and over the tests of the
   project as it was. Code of the candidate does not run. Its classes are compared with those of the build.
4. *test*: the expected tests, by our runner, on the classes of step 3. Code of the candidate shares their process: they
   run beside tests that must fail (`protocols.jvm`), and that level is the result's.

The first check that does not hold ends it, and is the reason. What a box that is lost means is told by
`protocols.retry`, as for patches. What the project as it was has is found out once, with the old Java, without any
candidate: trouble there is ours.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace

from boxscore.images.watch import current_watch
from boxscore.log import sample_lost_box
from boxscore.maven.mirror import configured_source
from boxscore.protocols.contract import narrowed
from boxscore.protocols.migration.maven_box import MavenBox
from boxscore.protocols.migration.run import BoxSteps
from boxscore.protocols.migration.steps import Seen
from boxscore.protocols.migration.task import MigrationTask
from boxscore.protocols.migration.verdict import (
    Checked,
    checked_build,
    checked_classes,
    checked_compile,
    checked_study,
    checked_tests,
    outcome_of,
    statuses_of,
)
from boxscore.protocols.patch.admission import Refused, read_patch
from boxscore.records import MigrationDetail, Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.migration.steps import Built, Expected, Steps, Study, Tested
    from boxscore.protocols.patch.boxes import Boxes
    from boxscore.protocols.retry import Tried
    from boxscore.records import LimitName

MAX_REASON_CHARS = 2000
LOG_CHARS = 64 << 10


class MigrationVerdict(Struct, frozen=True, kw_only=True):
    """What became of one attempt."""

    outcome: Outcome
    reason: str
    detail: MigrationDetail | None = None
    trust: Trust | None = None
    limit: LimitName | None = None
    built: Built | None = None
    output: str = ""
    wall_s: float | None = None


class MigrationGrader:
    """Grades migrations, one after the other."""

    def __init__(self, boxes: Boxes, steps: Steps) -> None:
        self._boxes, self._steps = boxes, steps

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`)."""
        task = narrowed(batch.task, MigrationTask, batch.instance_id)
        for candidate in batch.candidates:
            tried = self._tried(batch, task, candidate)
            yield self._result(batch, candidate, tried)

    def _tried(self, batch: Batch, task: MigrationTask, candidate: Candidate) -> Tried[MigrationVerdict]:
        def on_loss(attempt: int, error: BaseException, outcome: Outcome | None) -> None:
            shown = current_watch().has_told(str(error))
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome, shown=shown)

        return self._boxes.tried(task, partial(self._verdict, task, candidate.code), on_loss)

    def _verdict(self, task: MigrationTask, code: str) -> MigrationVerdict:
        patch = None if task.observed and not code else code
        read = None if patch is None else read_patch(patch)
        if isinstance(read, Refused):  # which needs no box
            return MigrationVerdict(outcome=read.outcome, reason=read.reason, wall_s=0.0)
        self._boxes.find_image(task.image)  # which may build it: no time of the sample's
        expected = self._steps.expected(task)
        began = time.monotonic()
        study = self._steps.study(task, patch, expected)
        if isinstance(study, Refused):
            verdict = MigrationVerdict(outcome=study.outcome, reason=study.reason)
        else:
            verdict = self._steps_taken(task, patch, study, expected)
        return replace(verdict, wall_s=round(time.monotonic() - began, 3))

    def _steps_taken(
        self, task: MigrationTask, patch: str | None, study: Study, expected: Expected
    ) -> MigrationVerdict:
        """Build, compile and test, until a check does not hold; the official verdict needs the build in any case."""
        steps = self._steps
        found = checked_study(study)
        built = steps.build(task, patch, study)
        seen = Seen(study=study, built=built, official=steps.official(task, study, built, expected))
        found = found if found.failed else checked_build(found, built)
        if not found.failed:
            compiled = steps.compile(task, patch, study, built)
            seen = replace(seen, compiled=compiled)
            found = checked_compile(found, compiled)
            if not found.failed:
                found = checked_classes(found, steps.compared(study, built, compiled))
            if not found.failed:
                tested = steps.test(task, patch, seen, expected)
                seen = replace(seen, tested=tested)
                found = checked_tests(found, tested, expected)
        return _verdict_of(seen, found, expected)

    def _result(self, batch: Batch, candidate: Candidate, tried: Tried[Any]) -> Result:
        verdict = tried.found or MigrationVerdict(outcome=tried.outcome, reason=tried.reason)
        built = verdict.built
        return Result(
            instance_id=batch.instance_id,
            sample_id=candidate.sample_id,
            outcome=verdict.outcome,
            trust=verdict.trust or batch.trust,
            reason=verdict.reason[:MAX_REASON_CHARS],
            limit=verdict.limit,
            cpu_s=None if built is None else built.cpu_s,
            wall_s=verdict.wall_s,
            memory_bytes=None if built is None else built.memory_bytes,
            output=verdict.output,
            output_truncated=built is not None and (built.truncated or len(built.log) > LOG_CHARS),
            layers=self._boxes.layers,
            attempts=tried.attempts,
            lost_boxes=tried.lost_boxes,
            detail=verdict.detail,
        )


def _verdict_of(seen: Seen, found: Checked, expected: Expected) -> MigrationVerdict:
    study, built, official, compiled, tested = seen.study, seen.built, seen.official, seen.compiled, seen.tested
    outcome, reason = outcome_of(found)
    detail = MigrationDetail(
        checks=found.checks,
        official=dict(official.steps),
        official_passed=official.passed,
        disagreement=_disagreement(official.passed, official.failed, found),
        tests={} if tested is None else statuses_of(tested.statuses, expected),
        errors=() if compiled is None else compiled.errors,
        fetched=built.fetched,
        log=built.log[-LOG_CHARS:],
        applied=study.applied,
    )
    trust = None
    if tested is not None:
        trust = _trust(tested, expected)
        detail = replace(
            detail,
            evidence=tested.evidence,
        )
    return MigrationVerdict(
        outcome=outcome,
        reason=reason,
        detail=detail,
        trust=trust if outcome is Outcome.PASSED else None,
        limit=found.limit,
        built=built,
        output=built.log[-LOG_CHARS:] if tested is None else tested.output,
    )


def _trust(tested: Tested, expected: Expected) -> Trust:
    """The level of a pass: that of its tests; where there are none, all there is was seen from outside."""
    return tested.trust if expected.tests else Trust.OBSERVER


def _disagreement(passed: bool | None, failed: str, found: Checked) -> str:  # noqa: FBT001 - a verdict
    """Say why the benchmark's own program and ours differ, where they do."""
    if passed is None or passed == (not found.failed):
        return ""
    if passed:
        return f"the benchmark's own program does not check this: {found.failed}: {found.checks[found.failed]}"
    return f"the benchmark's own program refuses it: {failed}"


@contextmanager
def open_migration_grader(boxes: Boxes, *, cache: Path) -> Iterator[BatchGrader]:
    """Open a grader for migrations. `cache` keeps what is known of the projects as they were."""
    maven = MavenBox(configured_source())
    yield MigrationGrader(boxes, BoxSteps(boxes, cache, maven))
