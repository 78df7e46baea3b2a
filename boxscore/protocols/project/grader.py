"""The grader of the *project* protocol: compiles sources in one box, runs tests in another, and keeps the two apart.

Each sample goes through these steps, of which the first that fails decides: its files are those that it may give; the
project compiles; its classes stand in for nobody else's; the original tests compile against it; each required test is
reported once and passes. The compiler's box never runs what it has made; each run of tests has a box of its own, and is
beside tests that must fail (`protocols.jvm.protection`).
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.stoppable import pause
from boxscore.errors import BoxLost, LossCause
from boxscore.flags.scan import flags_of_sources
from boxscore.log import sample_lost_box
from boxscore.protocols.contract import narrowed
from boxscore.protocols.jvm.protection import judge, jvm_verdict, several_invocations, shown_statuses
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.project.build import Project, Unbuilt, run_project, suite_of
from boxscore.protocols.project.compiler import JavaCompiler
from boxscore.protocols.project.task import (
    GivenFiles,
    ProjectDetail,
    ProjectTask,
    admitted,
    limits_in_force,
    unless_undone,
)
from boxscore.protocols.retry import at_code, attempt
from boxscore.protocols.statuses import watched
from boxscore.protocols.unittest.verdict import MISSING
from boxscore.records import Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.jvm.protection import Judged, Run
    from boxscore.protocols.jvm.run import TestRun
    from boxscore.protocols.project.build import Laid, RunProject
    from boxscore.protocols.retry import During

MAX_REASON_CHARS = 2000
TMP = "/tmp"  # noqa: S108 - in the box
UNTESTED = Unbuilt(outcome=Outcome.NO_TESTS, reason="it compiles, and nothing was to be tested", compiled=True)

# A small project, right and wrong, that shows that boxes work and tell one from the other.
CONTROL_SOURCE, CONTROL_TEST = "src/main/java/Control.java", "src/test/java/ControlTest.java"
CONTROL = ("ControlTest#doubles",)
RIGHT, WRONG = (f"class Control {{ int twice(int n) {{ return {factor} * n; }} }}" for factor in (2, 3))
CONTROL_TESTS = """
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;

class ControlTest {
    @Test
    void doubles() {
        Assertions.assertEquals(42, new Control().twice(21));
    }
}
"""


class Graded(Struct, frozen=True, kw_only=True):
    """What compiling a sample came to, and its tests where there were any to run."""

    unbuilt: Unbuilt | None
    detail: ProjectDetail
    judged: Judged | None = None
    wall_s: float = 0.0


class ProjectGrader:
    """Grades sets of files, one after the other.

    `kept` tells whether one compiler serves many samples. `run` runs the tests of a project in a box. `sleep` waits
    between attempts, unless the run is stopped if None.
    """

    def __init__(
        self,
        backend: Backend,
        image: str | None,
        *,
        kept: bool = True,
        run: RunProject = run_project,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._backend, self._image = backend, image
        self._run, self._sleep = run, sleep or partial(pause, backend)
        self._compiler = JavaCompiler(backend, image, kept=kept)
        self._layers: tuple[str, ...] = ()

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`)."""
        task = narrowed(batch.task, ProjectTask, batch.instance_id)
        for candidate in batch.candidates:
            given = admitted(task, candidate.code)
            if isinstance(given, Refused):
                yield _result(batch, candidate, given.outcome, given.reason)
            else:
                yield self._graded(batch, task, candidate, given)

    def close(self) -> None:
        """Close the compiler's box."""
        self._compiler.close()

    def _graded(self, batch: Batch, task: ProjectTask, candidate: Candidate, given: GivenFiles) -> Result:
        """Grade one sample, in new boxes until an attempt comes to its end."""

        def on_loss(attempt: int, error: BaseException, outcome: Outcome | None) -> None:
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome)

        self._layers = ()
        control = partial(prove, task, partial(self._project, during=nullcontext))
        tried = attempt(partial(self._attempt, task, given), control=control, sleep=self._sleep, on_loss=on_loss)
        counts = {"layers": self._layers, "attempts": tried.attempts, "lost_boxes": tried.lost_boxes}
        graded = tried.found
        if graded is None:
            return replace(_result(batch, candidate, tried.outcome, tried.reason), **counts)
        if graded.unbuilt is not None:
            result = _result(batch, candidate, graded.unbuilt.outcome, graded.unbuilt.reason)
            return replace(result, detail=graded.detail, wall_s=graded.wall_s, **counts)
        return replace(_judged(batch, candidate, graded), **counts)

    def _project(self, task: ProjectTask, given: GivenFiles, during: During = at_code) -> Project:
        return Project(task, given, self._compiler, partial(self._ran, task, during))

    def _ran(
        self,
        task: ProjectTask,
        during: During,
        laid: Laid,
        required: Sequence[str],
    ) -> TestRun:
        """Run a project's tests in a box of its own. Code of the candidate runs `during`."""
        tools = self._compiler.tools(task.libraries, task.release)
        spec = BoxSpec(image=self._image, limits=limits_in_force(task), folders=(TMP,))
        with self._backend.box(spec) as box:
            self._layers = box.layers
            with during():
                return self._run(box, task, tools, laid, required)

    def _attempt(self, task: ProjectTask, given: GivenFiles) -> Graded:
        """Compile a sample, and run its tests. Raises what boxes raise."""
        began = time.monotonic()
        project = self._project(task, given)
        built = project.built
        unbuilt = built if isinstance(built, Unbuilt) else None if task.required else UNTESTED
        detail = ProjectDetail(
            replaced=tuple(sorted(given.files)),
            incomplete=given.incomplete,
            compiled=True if unbuilt is None else unbuilt.compiled,
            errors=() if unbuilt is None else unbuilt.errors,
            tests=dict.fromkeys(task.required, MISSING),
            compile_s=_since(began),
        )
        judged = None
        if unbuilt is None:
            judged = _unless_flagged(judge(suite_of(task), project.run, self._reference(task)), task, given)
        return Graded(unbuilt=unbuilt, detail=detail, judged=judged, wall_s=_since(began))

    def _reference(self, task: ProjectTask) -> Run | None:
        """How the tests of a task are run with its reference, which is compiled when it is asked for."""
        given = None if task.reference is None else admitted(task, task.reference)
        return self._project(task, given, nullcontext).run if isinstance(given, GivenFiles) else None


def _unless_flagged(judged: Judged, task: ProjectTask, given: GivenFiles) -> Judged:
    """Deny `watched` to files with flags that neither the project's own nor the reference's have."""
    if judged.trust is not Trust.WATCHED:
        return judged
    reference = None if task.reference is None else admitted(task, task.reference)
    known = {path: data.decode("utf-8", "replace") for path, data in task.files}
    flags = flags_of_sources(given.files, known, reference.files if isinstance(reference, GivenFiles) else {})
    trust, evidence = watched(judged.evidence.planted or 0, flags)
    return replace(judged, trust=trust, evidence=evidence)


def prove(task: ProjectTask, project: Callable[[ProjectTask, GivenFiles], Project]) -> None:
    """Grade the control, right and wrong, as samples of a task are. Raises BoxLost unless it comes to what it must."""
    control = ProjectTask(
        files=((CONTROL_SOURCE, WRONG.encode()),),
        replaced=(CONTROL_SOURCE,),
        tests=((CONTROL_TEST, CONTROL_TESTS.encode()),),
        required=CONTROL,
        release=task.release,
        limits=task.limits,
    )
    for text, wanted in ((RIGHT, Outcome.PASSED), (WRONG, Outcome.WRONG)):
        one = project(control, GivenFiles(files={CONTROL_SOURCE: text}))
        if isinstance(one.built, Unbuilt):
            raise BoxLost(f"a control does not compile: {one.built.reason}", cause=LossCause.OUTSIDE)
        outcome, reason = jvm_verdict(one.run(((CONTROL_TEST, CONTROL_TESTS),), CONTROL), CONTROL)
        if outcome is not wanted:
            raise BoxLost(f"a box does not find {wanted} what is: {outcome}: {reason}", cause=LossCause.OUTSIDE)


def _judged(batch: Batch, candidate: Candidate, graded: Graded) -> Result:
    judged = graded.judged
    if judged is None:
        raise TypeError(graded)
    ran, required = judged.ran, tuple(graded.detail.tests)
    detail = replace(
        graded.detail,
        tests=shown_statuses(ran, required),
        invocations=several_invocations(ran, required),
        test_s=round(ran.wall_s, 3),
        evidence=judged.evidence,
    )
    outcome, reason = unless_undone(judged.outcome, judged.reason, detail.incomplete)
    return replace(
        _result(batch, candidate, outcome, reason),
        trust=judged.trust,
        limit=ran.limit,
        cpu_s=ran.cpu_s,
        wall_s=graded.wall_s,
        memory_bytes=ran.memory_bytes,
        output=ran.output,
        output_truncated=ran.output_truncated,
        detail=detail,
    )


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)


def _result(batch: Batch, candidate: Candidate, outcome: Outcome, reason: str) -> Result:
    return Result(
        instance_id=batch.instance_id,
        sample_id=candidate.sample_id,
        outcome=outcome,
        trust=batch.trust,
        reason=reason[:MAX_REASON_CHARS],
    )


@contextmanager
def open_project_grader(backend: Backend, image: str | None, *, strict: bool = False) -> Iterator[BatchGrader]:
    """Open a grader for batches of projects; on exit its boxes are gone.

    `strict` starts a new compiler for each compilation; a box of its own for its tests every sample has anyway.
    """
    grader = ProjectGrader(backend, image, kept=not strict)
    try:
        yield grader
    finally:
        grader.close()
