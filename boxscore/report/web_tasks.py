"""How far a web project got: what became of each of its tasks, for pages and terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.records import Outcome, WebAttempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.records import WebDetail

NOT_REACHED = "not_reached"
PASSED_AT_ONCE, PASSED_LATER, WENT_ON, FAILED, UNREACHED = "✓↻~✗·"  # the signs of a strip
PASSED = "PASSED"  # of a test


class TaskState(Struct, frozen=True, kw_only=True):
    """A task with the attempts at it. `mark` is its sign in a strip; `note` says in a few words what the sign says."""

    name: str
    level: str = ""
    mark: str
    note: str = ""
    attempts: tuple[WebAttempt, ...] = ()

    @property
    def outcome(self) -> str:
        """What its last attempt came to."""
        return self.attempts[-1].outcome.value if self.attempts else NOT_REACHED

    @property
    def passed(self) -> bool:
        """Whether it passed at any attempt."""
        return self.mark in {PASSED_AT_ONCE, PASSED_LATER}


def task_states(detail: WebDetail) -> tuple[TaskState, ...]:
    """What became of each task of a project, in order; what was attempted beside these comes last."""
    by_task: dict[str, list[WebAttempt]] = {name: [] for name in detail.tasks}
    for one in detail.attempts:
        by_task.setdefault(one.task, []).append(one)
    last = max((place for place, own in enumerate(by_task.values()) if own), default=-1)
    return tuple(_state(name, own, detail, is_last=place == last) for place, (name, own) in enumerate(by_task.items()))


def _state(name: str, attempts: list[WebAttempt], detail: WebDetail, *, is_last: bool) -> TaskState:
    mark, note = _mark(name, attempts, detail, is_last=is_last)
    level = attempts[-1].level if attempts else ""
    return TaskState(name=name, level=level, mark=mark, note=note, attempts=tuple(attempts))


def _mark(name: str, attempts: list[WebAttempt], detail: WebDetail, *, is_last: bool) -> tuple[str, str]:
    if not attempts:
        return UNREACHED, ""
    if attempts[-1].outcome is Outcome.PASSED:
        return (PASSED_AT_ONCE, "") if attempts[-1].number <= 1 else (PASSED_LATER, f"at attempt {attempts[-1].number}")
    if detail.whole:
        return FAILED, ""
    if name == detail.stopped:
        return FAILED, "stopped here"
    return (FAILED, "ended here") if is_last else (WENT_ON, "went on")


def passed_of(states: tuple[TaskState, ...]) -> str:
    """How many of the tasks passed."""
    return f"{sum(one.passed for one in states)} of {len(states)}"


def strip_of(states: tuple[TaskState, ...]) -> str:
    """All tasks as signs, in order."""
    return "".join(one.mark for one in states)


def how_far(detail: WebDetail, states: tuple[TaskState, ...]) -> str:
    """How far a project got and where it stopped, as a sentence."""
    if states and all(one.passed for one in states):
        return f"All {len(states)} tasks passed."
    return f"{passed_of(states)} tasks passed; {_where(detail, states)}."


def _where(detail: WebDetail, states: tuple[TaskState, ...]) -> str:
    if detail.whole:
        return "one finished project was judged by the tests of all of them"
    reached = [one for one in states if one.attempts]
    if not reached:
        return "none was attempted"
    last = reached[-1]
    if detail.stopped:
        stopped = next((one for one in states if one.name == detail.stopped), last)
        count = len(stopped.attempts)
        return f"it stopped at {detail.stopped}, where {_attempts(count)} failed"
    if last.passed or last.mark == WENT_ON:
        return f"the sample ends after {last.name}"
    return f"the sample ends at {last.name}, after {_count(len(last.attempts))}"


def _attempts(count: int) -> str:
    return {0: "no attempt", 1: "the only attempt", 2: "both attempts"}.get(count, f"all {count} attempts")


def _count(count: int) -> str:
    return f"{count} attempt{'' if count == 1 else 's'} that failed"


def deciding(detail: WebDetail) -> WebAttempt | None:
    """The attempt by which a project did not pass, None where there is none."""
    own = [one for one in detail.attempts if one.task == detail.stopped] if detail.stopped else []
    chosen = own or list(detail.attempts)
    if detail.whole:
        return next((one for one in chosen if one.outcome is not Outcome.PASSED), None)
    return chosen[-1] if chosen and chosen[-1].outcome is not Outcome.PASSED else None


def failing_tests(attempt: WebAttempt) -> Iterator[tuple[str, str]]:
    """The tests of an attempt that did not pass, each with its status."""
    return ((test, status) for test, status in attempt.tests.items() if status != PASSED)
