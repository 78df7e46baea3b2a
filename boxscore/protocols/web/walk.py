"""The walk through a project's tasks: which attempt is judged next, on top of which files, and where the walk ends.

Nothing here opens a box, so the whole rule can be read and tested in one place.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.protocols.web.admitted import GivenAttempt
    from boxscore.protocols.web.detail import WebAttempt
    from boxscore.protocols.web.task import WebStep, WebTask

OURS = frozenset({Outcome.INTERNAL})


class Turn(Struct, frozen=True, kw_only=True):
    """An attempt to judge: at which step, which number it has there, and all files of the project at that time.

    One that is `past` has probably been judged before: its outcome is needed to know how the walk went on.
    """

    place: int
    number: int
    files: dict[str, bytes]
    past: bool = False


class Walked(Struct, frozen=True, kw_only=True):
    """What a walk came to. `stopped` names the task at which it ended, "" if it reached the end of the project."""

    attempts: tuple[WebAttempt, ...]
    outcome: Outcome
    reason: str = ""
    stopped: str = ""


class _Course:
    """Where a walk stands: the step that is next, how often it was tried, and the files of the project."""

    def __init__(self, task: WebTask) -> None:
        self._task = task
        self.place, self.tried = 0, 0
        # A project that can be created from nothing is; the usual start is for those who fail at that.
        self.files = dict(task.assets) if task.steps[0].tolerated else task.beginning()

    @property
    def step(self) -> WebStep | None:
        """The step that is next; None at the end of the project."""
        return self._task.steps[self.place] if self.place < len(self._task.steps) else None

    def write(self, files: dict[str, bytes]) -> Turn:
        """Write the files of one more attempt at this step."""
        self.files = {**self.files, **files}
        self.tried += 1
        return Turn(place=self.place, number=self.tried, files=self.files)

    def go_on(self) -> None:
        """Go on to the next step."""
        self.place, self.tried = self.place + 1, 0

    def give_up(self) -> bool:
        """Leave a step that failed; say whether the project goes on all the same, from its usual start."""
        step = self.step
        if step is None or not step.tolerated:
            return False
        self.files = self._task.beginning()
        self.go_on()
        return True

    def is_spent(self) -> bool:
        """Whether this step has been tried as often as it may."""
        return self.tried >= self._task.attempts


def walk(task: WebTask, attempts: Sequence[GivenAttempt], judge: Callable[[Turn], WebAttempt]) -> Walked:
    """Judge attempts one after the other, until the project ends or one of them came to no verdict.

    Attempts at a step that is already passed are not judged, but their files are written, since later attempts build on
    them. An attempt at a step that is not due yet ends the walk. Raises what `judge` does.
    """
    course, made = _Course(task), list["WebAttempt"]()
    for given in attempts:
        if not _is_due(task, course, given.task):
            if course.step is None or _place(task, given.task) > course.place:
                break
            course.files = {**course.files, **given.files}
            continue
        made.append(judge(course.write(given.files)))
        if made[-1].outcome is Outcome.PASSED:
            course.go_on()
        elif made[-1].outcome in OURS or (course.is_spent() and not course.give_up()):
            break
    return _walked(task, course, made)


def walk_to_last(task: WebTask, attempts: Sequence[GivenAttempt], judge: Callable[[Turn], WebAttempt]) -> Walked:
    """Judge only the last attempt, on top of the files of all before it, which are taken to have been due.

    One of those is judged too: the last that a tolerated step may have, as its outcome decides which files the project
    goes on from. Raises what `judge` does.
    """
    course = _Course(task)
    for given, following in itertools.pairwise(attempts):
        while course.step is not None and course.step.name != given.task:
            course.go_on()
        turn = course.write(given.files)
        if following.task == given.task:
            continue
        if course.step is not None and course.step.tolerated and course.is_spent():
            before = judge(replace(turn, past=True))
            if before.outcome in OURS:
                return _walked(task, course, [before])
            if before.outcome is not Outcome.PASSED:
                course.give_up()
                continue
        course.go_on()
    while course.step is not None and course.step.name != attempts[-1].task:
        course.go_on()
    last = judge(course.write(attempts[-1].files))
    passed = last.outcome is Outcome.PASSED
    return Walked(
        attempts=(last,),
        outcome=last.outcome,
        reason="" if passed else _reason(last),
        stopped="" if passed else last.task,
    )


def _is_due(task: WebTask, course: _Course, name: str) -> bool:
    """Whether a step is due, once tolerated steps before it that were left out are given up."""
    while (step := course.step) is not None and step.name != name:
        if _place(task, name) < course.place or not course.give_up():
            return False
    return step is not None


def _place(task: WebTask, name: str) -> int:
    return next(place for place, step in enumerate(task.steps) if step.name == name)


def _walked(task: WebTask, course: _Course, made: Sequence[WebAttempt]) -> Walked:
    attempts = tuple(made)
    step = course.step
    if step is None:
        return Walked(attempts=attempts, outcome=Outcome.PASSED)
    if made and (made[-1].outcome in OURS or made[-1].task == step.name):
        return Walked(attempts=attempts, outcome=made[-1].outcome, reason=_reason(made[-1]), stopped=step.name)
    done = [one.name for one in task.steps[: course.place]]
    after = f"after {done[-1]}" if done else "before its first task"
    reason = f"the sample ends {after}, {course.place} of {len(task.steps)} tasks"
    return Walked(attempts=attempts, outcome=Outcome.NO_CODE, reason=reason, stopped=step.name)


def _reason(attempt: WebAttempt) -> str:
    return f"{attempt.task}, attempt {attempt.number}: {attempt.reason}"
