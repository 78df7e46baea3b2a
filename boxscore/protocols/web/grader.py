"""The grader of the *web* protocol: serves a project in one box, and has a browser look at it from another.

Each attempt of a sample goes through these steps, and the first that fails decides: its files are ones that it may
give; the project builds; its server answers; each test of this task and of those before it is reported once and passes
(`observer`). `walk` says which attempts are judged, and on top of which files, and `site` who runs what in the boxes.
The state of a project is kept here, and nothing of it is read back from a box.

When a box is lost, the attempt that it was for is made again (`protocols.retry`). `comparison` says who is charged for
failures that a slow machine, or trouble of ours in the browser's box, would cause as well.
"""

from __future__ import annotations

import time
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.boxes.stoppable import pause
from boxscore.images.watch import current_watch
from boxscore.log import sample_lost_box
from boxscore.protocols.contract import narrowed
from boxscore.protocols.patch.admission import Refused
from boxscore.protocols.retry import attempt
from boxscore.protocols.web.admitted import Finished, admitted
from boxscore.protocols.web.boxes import SampleBoxes
from boxscore.protocols.web.comparison import Looks
from boxscore.protocols.web.detail import WebDetail
from boxscore.protocols.web.observer import ListedTests, Observer
from boxscore.protocols.web.task import WebTask
from boxscore.protocols.web.verdict import Look, attempt_at, walked_at_once
from boxscore.protocols.web.walk import walk, walk_to_last
from boxscore.records import Outcome, Result, Trust, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from boxscore.protocols.contract import Batch, BatchGrader, Candidate
    from boxscore.protocols.retry import OnLoss, Tried
    from boxscore.protocols.web.admitted import Walk
    from boxscore.protocols.web.boxes import WebBoxes
    from boxscore.protocols.web.detail import WebAttempt
    from boxscore.protocols.web.walk import Turn, Walked

MAX_REASON_CHARS = 2000
MOST_REMEMBERED = 100
MOST_FILE_BYTES = 16 << 20  # of pictures and traces, of one sample


class _Remembered:
    """The outcomes of the latest attempts that agents go on from."""

    def __init__(self) -> None:
        self._made: dict[str, WebAttempt] = {}

    def find(self, task: WebTask, turn: Turn) -> WebAttempt | None:
        """What an attempt came to; None if that is not known."""
        return self._made.get(self._key(task, turn)) if turn.past else None

    def keep(self, task: WebTask, turn: Turn, made: WebAttempt) -> None:
        """Remember what an attempt came to, if it may be asked for."""
        if task.last_only and made.outcome is not Outcome.INTERNAL:
            self._made[self._key(task, turn)] = made
            if len(self._made) > MOST_REMEMBERED:
                del self._made[next(iter(self._made))]

    @staticmethod
    def _key(task: WebTask, turn: Turn) -> str:
        return fingerprint(task.specs, task.project, turn.place, turn.number, turn.files)


class _Tally:
    """What adds up over the attempts of one sample: pictures of failures and lost boxes; and the last look."""

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


class _Sample:
    """The grading of one sample, in boxes of its own."""

    def __init__(self, task: WebTask, boxes: WebBoxes, observer: Observer, remembered: _Remembered) -> None:
        self._task, self._observer, self._remembered = task, observer, remembered
        self._boxes = SampleBoxes(boxes, task)
        self.tally = _Tally()

    def walked(self, given: Walk | Finished, sleep: Callable[[float], object], on_loss: OnLoss) -> Walked:
        """What the sample comes to; its boxes are closed then. Raises SandboxUnavailable."""
        task = self._task

        def look(place: int, number: int, files: Mapping[str, bytes]) -> Tried[Look]:
            looks = Looks(task, self._observer, self._boxes, place, files)
            control = partial(self._observer.control, task)
            tried = attempt(looks.settled, control=control, sleep=sleep, on_loss=on_loss)
            self.tally.add(f"{task.steps[place].name}-{number}", tried)
            return tried

        def judge(turn: Turn) -> WebAttempt:
            made = self._remembered.find(task, turn)
            if made is None:
                made = attempt_at(task, turn.place, turn.number, look(turn.place, turn.number, turn.files))
                self._remembered.keep(task, turn, made)
            return made

        try:
            if isinstance(given, Finished):
                return walked_at_once(task, look(len(task.steps) - 1, 1, given.files))
            return (walk_to_last if task.last_only else walk)(task, given.attempts, judge)
        finally:
            self._boxes.drop()


class WebGrader:
    """Grades web projects, one sample after the other.

    `sleep` waits between attempts; the default wait ends early when the run is stopped.
    """

    def __init__(self, boxes: WebBoxes, observer: Observer, *, sleep: Callable[[float], object] | None = None) -> None:
        self._boxes, self._observer, self._sleep = boxes, observer, sleep or partial(pause, boxes.backend)
        self._remembered = _Remembered()

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
        self._boxes.find_images(task)  # building one must not count as time of the sample
        began = time.monotonic()

        def on_loss(attempt: int, error: BaseException, outcome: Outcome | None) -> None:
            shown = current_watch().has_reported(str(error))
            sample_lost_box(batch.instance_id, candidate.sample_id, attempt, error, outcome, shown=shown)

        sample = _Sample(task, self._boxes, self._observer, self._remembered)
        walked, tally = sample.walked(given, self._sleep, on_loss), sample.tally
        failed, run = tally.last.failed, tally.last.run
        return replace(
            _result(batch, candidate, walked.outcome, walked.reason),
            limit=None if failed is None else failed.limit,
            wall_s=round(time.monotonic() - began, 3),
            memory_bytes=None if run is None else run.ended.memory_bytes,
            output=walked.attempts[-1].log if walked.attempts else "",
            layers=self._boxes.layers,
            attempts=tally.attempts,
            lost_boxes=tally.lost_boxes,
            detail=WebDetail(
                tasks=tuple(step.name for step in task.steps),
                levels=tuple(step.level for step in task.steps),
                attempts=walked.attempts,
                stopped=walked.stopped,
                whole=isinstance(given, Finished),
                files=tally.files,
            ),
        )


def _result(batch: Batch, candidate: Candidate, outcome: Outcome, reason: str) -> Result:
    """A result at no more trust than a look from outside is worth, whatever the benchmark claims."""
    return Result(
        instance_id=batch.instance_id,
        sample_id=candidate.sample_id,
        outcome=outcome,
        trust=Trust.OBSERVER if batch.trust is Trust.ORACLE else batch.trust,
        reason=reason[:MAX_REASON_CHARS],
    )


@contextmanager
def open_web_grader(boxes: WebBoxes, *, cache: Path) -> Iterator[BatchGrader]:
    """Open a grader for batches of web projects; on exit its boxes are gone. `cache` keeps the lists of their tests."""
    yield WebGrader(boxes, Observer(boxes, ListedTests(cache)))
