"""The grader of the *project* protocol: compiles sources in one box, runs tests in another, and keeps the two apart.

Each sample goes through these steps, of which the first that fails decides: its files are those that it may give; the
project compiles; its classes stand in for nobody else's; the original tests compile against it; each required test is
reported once and passes. The compiler's box never runs what it has made; the box of the tests is a sample's own.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.stoppable import pause
from boxscore.errors import BoxError
from boxscore.log import sample_lost_box
from boxscore.protocols.contract import narrowed
from boxscore.protocols.project.build import Unbuilt, build
from boxscore.protocols.project.compiler import JavaCompiler, Unit
from boxscore.protocols.project.files import Refused, admitted
from boxscore.protocols.project.layout import prepared
from boxscore.protocols.project.runner import ListenedRunner
from boxscore.protocols.project.task import ProjectTask, limits_in_force
from boxscore.protocols.retry import at_code, attempt
from boxscore.protocols.unittest.verdict import MISSING, verdict_of
from boxscore.records import Outcome, ProjectDetail, Result

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.project.build import Built
    from boxscore.protocols.project.files import GivenFiles
    from boxscore.protocols.project.testing import Runner
    from boxscore.protocols.retry import Tried
    from boxscore.protocols.unittest.run import UnitRun

MAX_REASON_CHARS = 2000
TMP = "/tmp"  # noqa: S108 - in the box
CONTROL = {"src/main/java/Control.java": b"class Control { int twice(int n) { return 2 * n; } }"}


class ProjectVerdict(Struct, frozen=True, kw_only=True):
    """What became of one attempt."""

    outcome: Outcome
    reason: str
    detail: ProjectDetail | None = None
    ran: UnitRun | None = None
    wall_s: float = 0.0


class ProjectGrader:
    """Grades sets of files, one after the other.

    `kept` tells whether one compiler serves many samples. `sleep` waits between attempts, unless the run is stopped if
    None.
    """

    def __init__(
        self,
        backend: Backend,
        image: str | None,
        runner: Runner,
        *,
        kept: bool = True,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._backend, self._image, self._runner = backend, image, runner
        self._sleep = sleep or partial(pause, backend)
        self._compiler = JavaCompiler(backend, image, kept=kept)
        self._layers: tuple[str, ...] = ()

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`)."""
        task = narrowed(batch.task, ProjectTask, batch.instance_id)
        for candidate in batch.candidates:
            given = admitted(task, candidate.code)
            if isinstance(given, Refused):
                yield _result(batch, candidate, ProjectVerdict(outcome=given.outcome, reason=given.reason))
                continue
            self._layers = ()
            tried = self._tried(batch, task, candidate, given)
            verdict = tried.found or ProjectVerdict(outcome=tried.outcome, reason=tried.reason)
            result = _result(batch, candidate, verdict)
            yield replace(result, layers=self._layers, attempts=tried.attempts, lost_boxes=tried.lost_boxes)

    def close(self) -> None:
        """Close the compiler's box."""
        self._compiler.close()

    def _tried(self, batch: Batch, task: ProjectTask, candidate: Candidate, given: GivenFiles) -> Tried[ProjectVerdict]:
        def on_loss(attempt: int, error: BaseException, outcome: Outcome | None) -> None:
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome)

        once = partial(self._verdict, task, given)
        return attempt(once, control=partial(self._control, task), sleep=self._sleep, on_loss=on_loss)

    def _control(self, task: ProjectTask) -> None:
        """See that boxes of both kinds work. Raises what they raise."""
        made = self._compiler.compile(Unit(sources=CONTROL, libraries=task.libraries, release=task.release))
        if made.outcome is not None:
            raise BoxError(f"the compiler does not compile a control: {made.reason}")
        with self._backend.box(_spec(task, self._image)) as box:
            done = box.run(["sh", "-c", "exit 0"])
            if done.exit_code != 0:
                raise BoxError(f"a control ended with {done.exit_code or done.signal}")

    def _verdict(self, task: ProjectTask, given: GivenFiles) -> ProjectVerdict:
        """Compile and test once. Raises what boxes raise."""
        began = time.monotonic()
        built = build(self._compiler, task, given)
        compile_s = _since(began)
        detail = ProjectDetail(
            replaced=tuple(sorted(given.files)),
            incomplete=given.incomplete,
            compiled=True if not isinstance(built, Unbuilt) else built.compiled,
            errors=built.errors if isinstance(built, Unbuilt) else (),
            tests=_statuses(task, None),
            compile_s=compile_s,
        )
        if isinstance(built, Unbuilt):
            return ProjectVerdict(outcome=built.outcome, reason=built.reason, detail=detail, wall_s=compile_s)
        ran = self._ran(task, built)
        outcome, reason = verdict_of(ran, task.required)
        detail = replace(detail, tests=_statuses(task, ran), test_s=round(ran.wall_s, 3))
        return ProjectVerdict(outcome=outcome, reason=reason, detail=detail, ran=ran, wall_s=_since(began))

    def _ran(self, task: ProjectTask, built: Built) -> UnitRun:
        """Run a project's tests in a box of its own."""
        tools = self._compiler.tools(task.libraries, task.release)
        laid = prepared(task, built.files, built.classes, built.tests)
        with self._backend.box(_spec(task, self._image)) as box:
            self._layers = box.layers
            with at_code():
                return self._runner.run(box, task, tools, laid, task.required)


def _spec(task: ProjectTask, image: str | None) -> BoxSpec:
    return BoxSpec(image=image, limits=limits_in_force(task), folders=(TMP,))


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)


def _statuses(task: ProjectTask, ran: UnitRun | None) -> dict[str, str]:
    statuses = {} if ran is None else ran.statuses
    return {test: str(statuses.get(test, MISSING)) for test in task.required}


def _result(batch: Batch, candidate: Candidate, verdict: ProjectVerdict) -> Result:
    ran = verdict.ran
    return Result(
        instance_id=batch.instance_id,
        sample_id=candidate.sample_id,
        outcome=verdict.outcome,
        trust=batch.trust,
        reason=verdict.reason[:MAX_REASON_CHARS],
        limit=None if ran is None else ran.limit,
        cpu_s=None if ran is None else round(ran.cpu_s, 6),
        wall_s=verdict.wall_s,
        memory_bytes=None if ran is None else ran.memory_bytes,
        output="" if ran is None else ran.output,
        output_truncated=ran is not None and ran.output_truncated,
        detail=verdict.detail,
    )


@contextmanager
def open_project_grader(backend: Backend, image: str | None, *, strict: bool = False) -> Iterator[BatchGrader]:
    """Open a grader for batches of projects; on exit its boxes are gone.

    `strict` gives every sample a compiler of its own; a box for its tests it has anyway.
    """
    grader = ProjectGrader(backend, image, ListenedRunner(), kept=not strict)
    try:
        yield grader
    finally:
        grader.close()
