"""Which look counts, and who is charged, where a slow machine would have a project fail as well."""

from __future__ import annotations

import threading
import time
from functools import partial
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import Outcome, WebDetail
from boxscore.boxes.contract import Completed
from boxscore.protocols.web.detail import encode_state
from boxscore.records import LimitName
from tests.protocols.web.toy import BUILT, FINE, PAGE, TASK, Toy, ToySpecs, graded, grader, id_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.protocols.web.browser import SpecRun
    from boxscore.protocols.web.task import WebTask
    from boxscore.records import Result

RIGHT, WRONG = encode_state({PAGE: "task-1 task-2 task-3"}), encode_state({PAGE: "task-2 task-3"})
BUSY = replace(TASK, reference=encode_state({PAGE: "task-1 task-2 task-3 reference"}))
ABORTED = replace(TASK, settings=replace(TASK.settings, aborted_again=True))
OWN = "task-1.spec.js \u203a own"
OWN_TESTS = replace(BUSY, settings=replace(TASK.settings, sees_files=True))
WALL = Completed(exit_code=None, signal=9, wall_s=1.0, limit=LimitName.WALL)
CPU = Completed(exit_code=None, signal=9, wall_s=1.0, limit=LimitName.CPU)
LOST = [Outcome.INTERNAL, 6]

Change = dict[str, object]


def fails(*steps: int) -> Change:
    return {"statuses": {id_of(f"task-{at}"): "FAILED" if at in steps else "PASSED" for at in (1, 2, 3)}}


LATE: Change = {"late": True, "statuses": dict.fromkeys(fails()["statuses"], "MISSING")}  # type: ignore[call-overload]
ITS_OWN: Change = {"unexpected": (OWN,), "statuses": {**fails()["statuses"], OWN: "FAILED"}}  # type: ignore[dict-item]


def looked_at(toy: Toy, looks: list[Change], reference: Change) -> Callable[[SpecRun], SpecRun]:
    left = list(looks)

    def change(run: SpecRun) -> SpecRun:
        if "reference" in toy.page():
            return replace(run, **reference)
        return replace(run, **(left.pop(0) if len(left) > 1 else left[0]))

    return change


def came_to(result: Result) -> list[object]:
    assert isinstance(result.detail, WebDetail)
    last = result.detail.attempts[-1]
    return [result.outcome, result.attempts if last.outcome is Outcome.INTERNAL else last.looks]


@pytest.mark.parametrize(
    ("looks", "reference", "expected"),
    [
        ([fails()], fails(), [Outcome.PASSED, 1]),
        ([fails(1), fails()], fails(), [Outcome.PASSED, 2]),
        ([fails(1), fails(1, 2)], fails(2, 3), [Outcome.WRONG, 2]),
        ([fails(1)], fails(1), LOST),
        ([fails(1), fails(2), fails(2)], fails(), [Outcome.WRONG, 3]),
        ([fails(1), *[fails(2), fails(1)] * 3], fails(), LOST),
        ([LATE], fails(1), [Outcome.TIMEOUT, 2]),
        ([LATE], LATE, LOST),
        ([fails(1)], LATE, LOST),
        ([fails(1), {"trouble": "no end"}, fails(1)], fails(), [Outcome.WRONG, 2]),
    ],
    ids=[
        *("passes", "passes-at-second", "fails-twice", "so-does-the-reference", "twice-in-the-next-attempt"),
        *("at-random", "no-end", "no-end-of-either", "reference-without-end", "breaks-its-browser"),
    ],
)
def test_a_project_on_a_busy_machine(looks: list[Change], reference: Change, expected: list[object]) -> None:
    """It is charged with what fails twice and what its reference passes; a lost box does not begin that afresh."""
    toy = Toy(slowness=2.0)
    assert came_to(graded(grader(toy, ToySpecs(toy, looked_at(toy, looks, reference))), RIGHT, BUSY)) == expected


@pytest.mark.parametrize(
    ("ended", "reference", "expected"),
    [
        (WALL, FINE, [Outcome.TIMEOUT, 2]),
        (WALL, WALL, LOST),
        (CPU, FINE, [Outcome.TIMEOUT, 1]),
        (Completed(exit_code=2, wall_s=1.0), FINE, [Outcome.BUILD_FAILED, 2]),
    ],
    ids=["slow", "slow-as-the-reference", "cpu", "broken"],
)
def test_a_build_on_a_busy_machine(ended: Completed, reference: Completed, expected: list[object]) -> None:
    toy = Toy(build=lambda _: reference if "reference" in toy.page() else ended, slowness=2.0)
    assert came_to(graded(grader(toy), RIGHT, replace(BUILT, reference=BUSY.reference))) == expected


@pytest.mark.parametrize(
    ("ended", "looks"), [(WALL, 2), (Completed(exit_code=1, wall_s=1.0), 2), (CPU, 1)], ids=["wall", "exit", "cpu"]
)
def test_a_server_that_ends_on_a_busy_machine(ended: Completed, looks: int) -> None:
    """While a test fails: it may have ended because a late test hung up on it, unless it used too much cpu time."""
    told = threading.Event()
    toy = Toy(serve=lambda _: (told.wait(100.0), ended)[1], slowness=2.0)

    def end(run: SpecRun) -> SpecRun:
        told.set()
        while any(thread.name == "boxscore-web-server" for thread in threading.enumerate()):
            time.sleep(0.01)
        return run

    outcome, made = came_to(graded(grader(toy, ToySpecs(toy, end)), WRONG))

    assert (outcome is not Outcome.WRONG, made) == (True, looks)


@pytest.mark.parametrize(
    ("task", "measured", "looks"),
    [
        (BUSY, [1.0], 1),
        (TASK, [1.4, 1.1], 1),
        (TASK, [1.0, 2.0], 2),  # while it was looked at the machine has become busy
        (TASK, [2.0] * 4, 2),  # nobody can be asked
    ],
)
def test_a_machine_is_as_busy_as_the_most_of_its_measures(task: WebTask, measured: list[float], looks: int) -> None:
    left = list(measured)
    toy = Toy(slowness=lambda: left.pop(0) if left else 1.0)
    assert came_to(graded(grader(toy), WRONG, task)) == [Outcome.WRONG, looks]


@pytest.mark.parametrize(
    ("task", "aborted", "failing", "looks"),
    [
        (ABORTED, (1, 2), (1, 2), 2),
        (ABORTED, (1,), (1, 2), 1),
        (TASK, (1,), (1,), 1),
    ],
    ids=["all", "some", "not-asked-for"],
)
def test_loads_that_the_browser_broke_off(
    task: WebTask, aborted: tuple[int, ...], failing: tuple[int, ...], looks: int
) -> None:
    for slowness in (1.0, 2.0):
        toy = Toy(slowness=slowness)
        change: Change = {**fails(*failing), "aborted": frozenset(id_of(f"task-{at}") for at in aborted)}
        result = graded(grader(toy, ToySpecs(toy, looked_at(toy, [change], fails()))), RIGHT, task)
        assert came_to(result) == [Outcome.WRONG, looks if slowness == 1.0 else 2]


def test_a_test_that_the_reference_does_not_have() -> None:
    for reference, outcome in ((fails(), Outcome.WRONG), (LATE, Outcome.INTERNAL)):
        toy = Toy(slowness=2.0)
        specs = ToySpecs(toy, looked_at(toy, [ITS_OWN], reference))
        assert graded(grader(toy, specs), RIGHT, OWN_TESTS).outcome is outcome


def test_a_reference_that_is_looked_at_once_the_load_is_over() -> None:
    for after in (1.0, 2.0):
        slow = iter([3.0, 3.0, 3.0, 3.0, after, 1.0])  # before and after each look at the sample, and the reference
        toy = Toy(slowness=partial(next, slow, 1.0))
        specs = ToySpecs(toy, looked_at(toy, [fails(1), fails(1), fails()], fails()))
        assert came_to(graded(grader(toy, specs), RIGHT, BUSY)) == [Outcome.PASSED, 3]
