"""The grader of the *project* protocol: compiles sources in one box, runs tests in another, and keeps the two apart.

Each sample goes through these steps, of which the first that fails decides: its files are those that it may give; the
project compiles; its classes stand in for nobody else's; the original tests compile against it; each required test is
reported once and passes. The compiler's box never runs what it has made; each run of tests has a box of its own.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from boxscore.boxes.contract import BoxSpec, runtime_of
from boxscore.boxes.stoppable import pause
from boxscore.errors import HarnessError
from boxscore.log import sample_lost_box
from boxscore.protocols.contract import narrowed
from boxscore.protocols.jvm.layer import Judged, Known, Look, ProtectedSuite
from boxscore.protocols.jvm.protection import Protection
from boxscore.protocols.jvm.verdict import several_invocations, shown_statuses
from boxscore.protocols.project.build import Unbuilt
from boxscore.protocols.project.compiler import JavaCompiler
from boxscore.protocols.project.control import prove
from boxscore.protocols.project.files import GivenFiles, Refused, admitted, unless_undone
from boxscore.protocols.project.runner import run_project
from boxscore.protocols.project.suite import Project, suite_of
from boxscore.protocols.project.task import ProjectTask, limits_in_force
from boxscore.protocols.project.version import version
from boxscore.protocols.retry import at_code, attempt
from boxscore.protocols.unittest.verdict import MISSING
from boxscore.records import Outcome, ProjectDetail, Result, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.jvm.layer import ProtectiveLayer
    from boxscore.protocols.jvm.run import TestRun
    from boxscore.protocols.project.layout import Laid
    from boxscore.protocols.project.runner import RunProject
    from boxscore.protocols.retry import During, Tried

MAX_REASON_CHARS = 2000
TMP = "/tmp"  # noqa: S108 - in the box
UNTESTED = Unbuilt(outcome=Outcome.NO_TESTS, reason="it compiles, and nothing was to be tested", compiled=True)

Found = TypeVar("Found")


class Seen(Struct, frozen=True, kw_only=True):
    """What compiling a sample came to, what was known of its tests then, and the blinded look at it, if any."""

    project: Project
    unbuilt: Unbuilt | None
    detail: ProjectDetail
    known: ProtectedSuite | None = None
    look: Look | None = None
    wall_s: float = 0.0


class ProjectGrader:
    """Grades sets of files, one after the other.

    `kept` tells whether one compiler serves many samples. `run` runs the tests of a project in a box. `sleep` waits
    between attempts, unless the run is stopped if None.
    """

    def __init__(  # noqa: PLR0913 - made in few places
        self,
        backend: Backend,
        image: str | None,
        layer: ProtectiveLayer,
        *,
        kept: bool = True,
        run: RunProject = run_project,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._backend, self._image, self._layer = backend, image, layer
        self._run, self._sleep = run, sleep or partial(pause, backend)
        self._compiler = JavaCompiler(backend, image, kept=kept)
        self._layers: tuple[str, ...] = ()

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`).

        All are run blinded before any is run with the tests as they are: those hold the values that a later sample of
        the same task could learn from what the earlier one left behind, by whatever channel.
        """
        task = narrowed(batch.task, ProjectTask, batch.instance_id)
        rest = []
        for candidate in batch.candidates:
            given = admitted(task, candidate.code)
            if isinstance(given, Refused):
                yield _result(batch, candidate, given.outcome, given.reason)
                continue
            tried = self._tried(batch, task, candidate, partial(self._seen, task, given))
            if tried.found is None or tried.found.unbuilt is not None:
                yield self._unrun(batch, candidate, tried)
            else:
                rest.append((candidate, tried, tried.found))
        for candidate, looked, seen in rest:
            judging = partial(self._judging, seen, max(1, batch.samples))
            judged = self._tried(batch, task, candidate, judging)
            judged = replace(judged, attempts=judged.attempts + looked.attempts - 1)
            yield self._judged(batch, candidate, judged, seen)

    def close(self) -> None:
        """Close the compiler's box."""
        self._compiler.close()

    def _tried(self, batch: Batch, task: ProjectTask, candidate: Candidate, once: Callable[[], Found]) -> Tried[Found]:
        """Do a part of the grading of one sample, in new boxes until an attempt comes to its end."""

        def on_loss(attempt: int, error: BaseException, outcome: Outcome | None) -> None:
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome)

        self._layers = ()
        control = partial(prove, task, partial(self._project, during=nullcontext))
        return attempt(once, control=control, sleep=self._sleep, on_loss=on_loss)

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

    def _known(self, task: ProjectTask) -> ProtectedSuite:
        """What protects the tests of a task; learned of its reference, and of the project as everybody has it."""
        suite = suite_of(task, version(self._backend.name))
        given = None if task.reference is None else admitted(task, task.reference)
        reference = self._project(task, given, nullcontext).runs if isinstance(given, GivenFiles) else None
        old = self._project(task, GivenFiles(files={}), nullcontext).runs
        return self._layer.known(suite, Known(reference=reference, old=(old,)))

    def _seen(self, task: ProjectTask, given: GivenFiles) -> Seen:
        """Compile a sample, and look at it blinded. Raises what boxes raise."""
        known = self._known(task) if task.required else None
        began = time.monotonic()
        project = self._project(task, given)
        built = project.built
        unbuilt = built if isinstance(built, Unbuilt) else UNTESTED if known is None else None
        compile_s = _since(began)
        detail = ProjectDetail(
            replaced=tuple(sorted(given.files)),
            incomplete=given.incomplete,
            compiled=True if unbuilt is None else unbuilt.compiled,
            errors=() if unbuilt is None else unbuilt.errors,
            tests=dict.fromkeys(task.required, MISSING),
            compile_s=compile_s,
        )
        look = known.look(project.runs) if known is not None and unbuilt is None else None
        return Seen(project=project, unbuilt=unbuilt, detail=detail, known=known, look=look, wall_s=_since(began))

    def _judging(self, seen: Seen, samples: int) -> tuple[Judged, float]:
        """Judge a sample that compiled, by what was known when it was looked at; say how long that took.

        Raises what boxes raise.
        """
        if seen.known is None:
            raise HarnessError("nothing is known of the tests that this sample is to be judged by")
        began = time.monotonic()
        return seen.known.judge(seen.look, seen.project.runs, samples=samples), _since(began)

    def _unrun(self, batch: Batch, candidate: Candidate, tried: Tried[Seen]) -> Result:
        """The result of a sample of which nothing was run."""
        seen = tried.found
        if seen is None or seen.unbuilt is None:
            result = _result(batch, candidate, tried.outcome, tried.reason)
        else:
            result = _result(batch, candidate, seen.unbuilt.outcome, seen.unbuilt.reason)
            result = replace(result, detail=seen.detail, wall_s=seen.wall_s)
        return replace(result, layers=self._layers, attempts=tried.attempts, lost_boxes=tried.lost_boxes)

    def _judged(self, batch: Batch, candidate: Candidate, tried: Tried[tuple[Judged, float]], seen: Seen) -> Result:
        counts = {"layers": self._layers, "attempts": tried.attempts, "lost_boxes": tried.lost_boxes}
        if tried.found is None:
            return replace(_result(batch, candidate, tried.outcome, tried.reason), detail=seen.detail, **counts)
        judged, wall_s = tried.found
        ran = judged.ran
        detail = replace(
            seen.detail,
            tests=shown_statuses(ran, tuple(seen.detail.tests)),
            invocations=several_invocations(ran, tuple(seen.detail.tests)),
            test_s=round(ran.wall_s, 3),
            canaries=judged.canaries,
            canaries_reason=judged.canaries_reason,
            canary_bits=judged.canary_bits,
            blind_bits=judged.blind_bits,
            blind_reason=judged.blind_reason,
        )
        outcome, reason = unless_undone(judged.outcome, judged.reason, detail.incomplete)
        return replace(
            _result(batch, candidate, outcome, reason),
            trust=judged.trust,
            limit=ran.limit,
            cpu_s=ran.cpu_s,
            wall_s=round(seen.wall_s + wall_s, 3),
            memory_bytes=ran.memory_bytes,
            output=ran.output,
            output_truncated=ran.output_truncated,
            detail=detail,
            **counts,
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
def open_project_grader(
    backend: Backend, image: str | None, *, cache: Path, strict: bool = False
) -> Iterator[BatchGrader]:
    """Open a grader for batches of projects; on exit its boxes are gone.

    `cache` keeps what protects tasks. `strict` starts a new compiler for each compilation; a box of its own for
    its tests every sample has anyway.
    """
    environment = fingerprint(backend.name, runtime_of(backend), backend.image_digest(image))
    grader = ProjectGrader(backend, image, Protection(cache, environment), kept=not strict)
    try:
        yield grader
    finally:
        grader.close()
