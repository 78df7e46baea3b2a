"""How far a web project got: what became of each of its tasks, for pages and terminals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.records import Outcome, WebAttempt

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.records import WebDetail

NOT_REACHED, NOT_JUDGED = "not_reached", "not_judged"  # in place of an outcome
PASSED_AT_ONCE, PASSED_LATER, WENT_ON, FAILED, NO_VERDICT, UNREACHED = "✓↻~✗?·"  # the signs of a strip
PASSED = "PASSED"  # of a test


class TaskState(Struct, frozen=True, kw_only=True):
    """A task with the attempts at it. `mark` is its sign in a strip; `note` says in a few words what the sign says.

    `outcome` is that of its last attempt, else NOT_REACHED, or NOT_JUDGED where tasks after it were.
    """

    name: str
    level: str = ""
    mark: str
    outcome: str
    note: str = ""
    attempts: tuple[WebAttempt, ...] = ()

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
    return tuple(_state(name, own, detail, place=place, last=last) for place, (name, own) in enumerate(by_task.items()))


def _state(name: str, attempts: list[WebAttempt], detail: WebDetail, *, place: int, last: int) -> TaskState:
    level = next(iter(detail.levels[place : place + 1]), "")
    if not attempts:
        return TaskState(name=name, level=level, mark=UNREACHED, outcome=NOT_REACHED if place > last else NOT_JUDGED)
    mark, note = _mark(name, attempts[-1], detail, is_last=place == last)
    return TaskState(
        name=name,
        level=attempts[-1].level or level,
        mark=mark,
        outcome=attempts[-1].outcome.value,
        note=note,
        attempts=tuple(attempts),
    )


def _mark(name: str, attempt: WebAttempt, detail: WebDetail, *, is_last: bool) -> tuple[str, str]:
    if attempt.outcome is Outcome.PASSED:
        return (PASSED_AT_ONCE, "") if attempt.number <= 1 else (PASSED_LATER, f"at attempt {attempt.number}")
    if attempt.outcome is Outcome.INTERNAL:
        return NO_VERDICT, "no verdict"
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
    last = next((one for one in reversed(states) if one.attempts), None)
    stopped = next((one for one in states if one.name == detail.stopped), None)
    if detail.whole:
        return "one finished project was judged by the tests of all of them"
    if last is None:
        return "none was attempted"
    if last.mark == NO_VERDICT:
        return f"{last.name} got no verdict"
    if stopped is None:
        return "the project came to its end"
    if not stopped.attempts:
        return f"the sample ends after {last.name}"
    return f"it stopped at {stopped.name}, where {_attempts(len(stopped.attempts))} failed"


def _attempts(count: int) -> str:
    return {1: "the only attempt", 2: "both attempts"}.get(count, f"all {count} attempts")


def deciding(detail: WebDetail) -> WebAttempt | None:
    """The attempt by which a project did not pass, None where there is none.

    Of a finished project that is the first task that failed, with what was printed and seen when all were judged.
    """
    own = [one for one in detail.attempts if one.task == detail.stopped] or list(detail.attempts)
    if not own or own[-1].outcome is Outcome.PASSED:
        return None
    last = detail.attempts[-1]
    return replace(own[-1], log=last.log, screenshot=last.screenshot) if detail.whole else own[-1]


def failing_tests(attempt: WebAttempt) -> Iterator[tuple[str, str]]:
    """The tests of an attempt that did not pass, each with its status."""
    return ((test, status) for test, status in attempt.tests.items() if status != PASSED)
