"""The grader of the *web* protocol: serves a project in one box, and has a browser look at it from another.

Each attempt of a sample goes through these steps, of which the first that fails decides: its files are some that it may
give; the project builds; its server answers; each test of this task and of those before it is reported once and passes
(`site`, `browser`). Which attempts are judged, and upon which files, is the walk's (`walk`). Who runs what in the boxes
is said in `site`. The state of a project is kept here, and nothing of it is read back from a box.

A box that is lost is tried again (`protocols.retry`), one attempt at a task at a time. What a slow machine, or trouble
of ours in the browser's box, would look like too is charged only after a control in boxes of the same kind has come to
what it must.
"""

from __future__ import annotations

import time
from contextlib import contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol

from msgspec.structs import replace

from boxscore.boxes.stoppable import pause
from boxscore.images.watch import current_watch
from boxscore.log import sample_lost_box
from boxscore.protocols.contract import narrowed
from boxscore.protocols.retry import Tried, at_code, attempt
from boxscore.protocols.web import browser
from boxscore.protocols.web.admitted import Finished, Refused, admitted
from boxscore.protocols.web.boxes import SampleBoxes
from boxscore.protocols.web.control import prove
from boxscore.protocols.web.listed import ListedTests
from boxscore.protocols.web.site import Site
from boxscore.protocols.web.task import WebTask
from boxscore.protocols.web.verdict import Failed, Look, attempt_at, specs_verdict, tests_of, walked_at_once
from boxscore.protocols.web.version import version
from boxscore.protocols.web.walk import walk, walk_to_last
from boxscore.records import Result, WebDetail, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from boxscore.boxes.contract import Box
    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.web.admitted import Walk
    from boxscore.protocols.web.boxes import Pair, WebBoxes
    from boxscore.protocols.web.browser import SpecRun
    from boxscore.protocols.web.modules import ToldModule
    from boxscore.protocols.web.walk import Turn, Walked
    from boxscore.records import Outcome, WebAttempt

    During = Callable[[], AbstractContextManager[None]]

MAX_REASON_CHARS = 2000
MOST_FILE_BYTES = 16 << 20  # of pictures and traces, of one sample


class Specs(Protocol):
    """What runs specs in a browser's box: the functions of the module `browser`."""

    def expected_ids(
        self, box: Box, task: WebTask, step_names: Sequence[str], *, files_seen: Mapping[str, bytes] | None
    ) -> tuple[str, ...]:
        """The ids of all tests in the specs of some steps, in order. Raises BoxError, HarnessError."""

    def run_specs(  # noqa: PLR0913 - what a run of specs depends on
        self,
        box: Box,
        task: WebTask,
        step_names: Sequence[str],
        *,
        expected: Sequence[str],
        port: int,
        files_seen: Mapping[str, bytes] | None,
        modules: Mapping[str, ToldModule],
    ) -> SpecRun:
        """Run the specs of some steps. Raises BoxError."""


class _Tally:
    """What the attempts of one sample had in common: pictures of failures, lost boxes, and the last look."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.attempts, self.lost_boxes = 1, 0
        self.last = Look()

    def add(self, name: str, tried: Tried[Look]) -> None:
        """Count what it took to look, and keep the pictures, as long as there is room."""
        self.attempts = max(self.attempts, tried.attempts)
        self.lost_boxes += tried.lost_boxes
        self.last = tried.found or Look()
        for file, data in ({} if self.last.run is None else self.last.run.files).items():
            if sum(map(len, self.files.values())) + len(data) <= MOST_FILE_BYTES:
                self.files[f"{name}-{file}"] = data


class WebGrader:
    """Grades web projects, one sample after the other.

    `listed` remembers which tests there are; `specs` runs them in a box with a browser. `sleep` waits between attempts,
    unless the run is stopped if None.
    """

    def __init__(
        self,
        boxes: WebBoxes,
        listed: ListedTests,
        specs: Specs = browser,
        *,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self._boxes, self._listed, self._specs = boxes, listed, specs
        self._sleep = sleep or partial(pause, boxes.backend)

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Yield one result for each candidate (see `BatchGrader.grade`)."""
        task = narrowed(batch.task, WebTask, batch.instance_id)
        for candidate in batch.candidates:
            given = admitted(task, candidate.code)
            if isinstance(given, Refused):
                yield _result(batch, candidate, given.outcome, given.reason)
            else:
                yield self._graded(batch, task, candidate, given)

    def _graded(self, batch: Batch, task: WebTask, candidate: Candidate, given: Walk | Finished) -> Result:
        self._boxes.find_images(task)  # which may build one: no time of the sample's
        began, tally, sample = time.monotonic(), _Tally(), SampleBoxes(self._boxes, task)

        def on_loss(attempt: int, error: BaseException, outcome: Outcome | None) -> None:
            shown = current_watch().has_told(str(error))
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome, shown=shown)

        def look(place: int, number: int, files: Mapping[str, bytes]) -> Tried[Look]:
            once = partial(self._looked, task, sample, place, files)
            tried = attempt(once, control=partial(self._control, task), sleep=self._sleep, on_loss=on_loss)
            tally.add(f"{task.steps[place].name}-{number}", tried)
            return tried

        def judge(turn: Turn) -> WebAttempt:
            return attempt_at(task, turn.place, turn.number, look(turn.place, turn.number, turn.files))

        try:
            if isinstance(given, Finished):
                walked = walked_at_once(task, look(len(task.steps) - 1, 1, given.files))
            else:
                walked = (walk_to_last if task.last_only else walk)(task, given.attempts, judge)
        finally:
            sample.drop()
        made = _made(batch, candidate, walked, tally)
        return replace(
            made,
            wall_s=_since(began),
            layers=self._boxes.layers,
            detail=WebDetail(
                tasks=tuple(step.name for step in task.steps),
                levels=tuple(step.level for step in task.steps),
                attempts=walked.attempts,
                stopped=walked.stopped,
                whole=isinstance(given, Finished),
                files=tally.files,
            ),
        )

    def _looked(self, task: WebTask, sample: SampleBoxes, place: int, files: Mapping[str, bytes]) -> Look:
        """Look at a project once; what may be nobody's doing is believed only beside a control. Raises BoxError."""
        try:
            look = self._look(task, sample.pair(), place, files, at_code)
            if look.failed is not None and look.failed.doubtful:
                sample.drop()
                self._control(task)
        except BaseException:
            sample.drop()
            raise
        return look

    def _look(self, task: WebTask, pair: Pair, place: int, files: Mapping[str, bytes], during: During) -> Look:
        """Build and serve a project and run the specs of its steps up to one; the candidate's code runs `during`."""
        began = time.monotonic()
        expected = self._expected(task, pair.browser, place)
        site = Site(pair, task)
        with during():
            site.stage(files)
            build_began = time.monotonic()
            failed = site.build()
            build_s = _since(build_began)
            if failed is not None:
                return Look(expected=expected, failed=failed, build_s=build_s, wall_s=_since(began))
            modules = site.modules()
            with site.serving() as served:
                if isinstance(served, Failed):
                    return Look(expected=expected, failed=served, build_s=build_s, wall_s=_since(began))
                run = self._specs.run_specs(
                    pair.browser,
                    task,
                    [step.name for step in task.steps[: place + 1]],
                    expected=expected,
                    port=task.port,
                    files_seen=files if task.settings.sees_files else None,
                    modules=modules,
                )
                ended = served.server.ended
            failed = specs_verdict(run, expected, ended)
        return Look(
            expected=expected,
            failed=failed,
            run=run,
            build_s=build_s,
            serve_s=served.seconds,
            wall_s=_since(began),
        )

    def _control(self, task: WebTask) -> None:
        """See that boxes of this kind, and the browser in one, do what they must. Raises what boxes raise."""

        def judge(control: WebTask, files: Mapping[str, bytes]) -> WebAttempt:
            look = self._look(control, pair, 0, files, nullcontext)
            return attempt_at(control, 0, 1, Tried(found=look, attempts=1))

        with self._boxes.pair(task) as pair:
            prove(task, judge)

    def _expected(self, task: WebTask, box: Box, place: int) -> tuple[str, ...]:
        """The ids of all tests of the steps up to one, as the runner lists them before it has seen any page."""

        def learn() -> tuple[str, ...]:
            names = [step.name for step in task.steps]
            return self._specs.expected_ids(box, task, names, files_seen=_reference_files(task))

        environment = fingerprint(version(self._boxes.backend.name), self._boxes.browser_digest(task))
        return tests_of(task.steps[: place + 1], self._listed.of(task, environment, learn))


def _reference_files(task: WebTask) -> Mapping[str, bytes] | None:
    """The files of the reference, for specs that find out from a project what they test."""
    if not task.settings.sees_files or task.reference is None:
        return None
    given = admitted(task, task.reference)
    return given.files if isinstance(given, Finished) else None


def _since(began: float) -> float:
    return round(time.monotonic() - began, 3)


def _made(batch: Batch, candidate: Candidate, walked: Walked, tally: _Tally) -> Result:
    failed, run = tally.last.failed, tally.last.run
    return replace(
        _result(batch, candidate, walked.outcome, walked.reason),
        limit=None if failed is None else failed.limit,
        memory_bytes=None if run is None else run.ended.memory_bytes,
        output=walked.attempts[-1].log if walked.attempts else "",
        attempts=tally.attempts,
        lost_boxes=tally.lost_boxes,
    )


def _result(batch: Batch, candidate: Candidate, outcome: Outcome, reason: str) -> Result:
    return Result(
        instance_id=batch.instance_id,
        sample_id=candidate.sample_id,
        outcome=outcome,
        trust=batch.trust,
        reason=reason[:MAX_REASON_CHARS],
    )


@contextmanager
def open_web_grader(boxes: WebBoxes, *, cache: Path) -> Iterator[BatchGrader]:
    """Open a grader for batches of web projects; on exit its boxes are gone. `cache` keeps which tests they have."""
    yield WebGrader(boxes, ListedTests(cache))
