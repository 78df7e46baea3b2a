"""Grading web projects over fake boxes: what each failure comes to, and who is charged with it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore import Outcome, Result, Trust, WebDetail
from boxscore.boxes.contract import BoxSpec, Completed
from boxscore.errors import BoxLost, LossCause, SandboxUnavailable
from boxscore.protocols.web.detail import encode_attempts, encode_state
from boxscore.protocols.web.protocol import PROTOCOL
from boxscore.records import LimitName
from tests.protocols.web.toy import BUILT, FINE, MADE, PAGE, TASK, Toy, ToySpecs, graded, grader, id_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.fake import FakeBox
    from boxscore.protocols.web.browser import SpecRun

ALL = {PAGE: "task-1 task-2 task-3"}
ONE = encode_attempts([("task-1", {PAGE: "task-1"})])
BROKEN = Completed(exit_code=2, wall_s=0.1, stdout=b"\x1b[31m/scratch/project/src/a.js: no such thing\x1b[0m\n")


def detail_of(result: Result) -> WebDetail:
    assert isinstance(result.detail, WebDetail)
    return result.detail


def test_a_walk_that_passes() -> None:
    toy = Toy()
    specs = ToySpecs(toy)
    names = ("task-1", "task-2", "task-3")
    pages = [(name, {PAGE: " ".join(names[: place + 1])}) for place, name in enumerate(names)]

    result = graded(grader(toy, specs), encode_attempts(pages))

    assert (result.outcome, result.trust, result.reason) == (Outcome.PASSED, Trust.OBSERVER, "")
    detail = detail_of(result)
    assert (detail.tasks, detail.stopped, detail.whole) == (names, "", False)
    assert detail.levels == tuple(step.level for step in TASK.steps)
    assert [one.test_s for one in detail.attempts] == [1.5, 1.5, 1.5]
    assert specs.asked == [names[:1], names[:2], names]
    assert specs.listed == 1
    assert len(toy.backend.boxes) == 2


def test_an_agent_that_goes_on_from_a_first_task_that_failed() -> None:
    toy = Toy()
    specs, task = ToySpecs(toy), replace(MADE, last_only=True)
    by = grader(toy, specs)
    attempts = [("task-1", {PAGE: "a"}), ("task-1", {PAGE: "b"}), ("task-2", {PAGE: "task-1 task-2"})]
    results = [graded(by, encode_attempts(attempts[:count]), task) for count in (1, 2, 3)]
    assert [result.outcome for result in results] == [Outcome.WRONG, Outcome.WRONG, Outcome.PASSED]
    assert [len(asked) for asked in specs.asked] == [1, 1, 2]


def test_a_finished_project() -> None:
    toy = Toy()
    specs = ToySpecs(toy)
    result = graded(grader(toy, specs), encode_state({PAGE: "task-1 task-3"}))
    detail = detail_of(result)
    assert [f"{one.task} {one.outcome}" for one in detail.attempts] == ["task-1 passed", "task-2 wrong", "task-3 wrong"]
    assert [len(one.tests) for one in detail.attempts] == [1, 2, 3]
    assert (result.outcome, detail.stopped, detail.whole) == (Outcome.WRONG, "task-2", True)
    assert result.reason.startswith("task-2: 1 of 2 tests did not pass: task-2.spec.js")
    assert len(specs.asked) == 1

    assert graded(grader(Toy()), encode_state(ALL)).outcome is Outcome.PASSED


def test_a_test_of_a_samples_files_belongs_to_its_task() -> None:
    toy, own = Toy(), "task-2.spec.js \u203a own"
    task = replace(TASK, settings=replace(TASK.settings, sees_files=True))
    specs = ToySpecs(toy, lambda run: replace(run, unexpected=(own,), statuses={**run.statuses, own: "FAILED"}))

    detail = detail_of(graded(grader(toy, specs), encode_state(ALL), task))

    assert [one.outcome for one in detail.attempts] == [Outcome.PASSED, Outcome.WRONG, Outcome.WRONG]
    assert (detail.stopped, detail.attempts[1].tests[own]) == ("task-2", "FAILED")


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (
            "a.js:1\nx()\n^\n\nReferenceError: x is not defined\n    at a.js:1\n\nNode.js v22.1.0\n",
            "ReferenceError: x is",
        ),
        ("Error: one\n    at a.js:1\nTypeError [ERR_A]: two\n    at b.js:2\n", "TypeError [ERR_A]: two"),
        ("no Error: of its own\n  the end\n\n", "the end"),
        ("", ""),
    ],
)
def test_a_program_that_ends_says_why(log: str, said: str) -> None:
    toy = Toy(build=lambda _: Completed(exit_code=1, wall_s=0.1, stderr=log.encode()))
    (made,) = detail_of(graded(grader(toy), ONE, BUILT)).attempts
    assert made.reason.startswith(f"build ended with exit code 1: {said}")


@pytest.mark.parametrize(
    ("limit", "outcome"),
    [
        (LimitName.CPU, Outcome.TIMEOUT),
        (LimitName.WALL, Outcome.TIMEOUT),
        (LimitName.MEMORY, Outcome.MEMORY),
        (LimitName.DISK, Outcome.DISK_LIMIT),
        (LimitName.PROCESSES, Outcome.PROCESS_LIMIT),
    ],
)
def test_a_build_that_a_limit_ends(limit: LimitName, outcome: Outcome) -> None:
    toy = Toy(build=lambda _: Completed(exit_code=None, signal=9, wall_s=1.0, limit=limit))
    result = graded(grader(toy), ONE, BUILT)
    assert (result.outcome, result.limit, result.lost_boxes) == (outcome, limit, 0)
    assert len(toy.projects) == (2 if limit is LimitName.WALL else 1)


@pytest.mark.parametrize(
    ("ended", "outcome", "reason"),
    [
        (Completed(exit_code=1, wall_s=0.1, stderr=b"EADDRINUSE\n"), Outcome.ERROR, "exit code 1: EADDRINUSE"),
        (Completed(exit_code=0, wall_s=0.1), Outcome.ERROR, "the server ended before it answered"),
        (Completed(exit_code=None, signal=11, wall_s=0.1), Outcome.SIGNAL, "signal 11"),
        (Completed(exit_code=None, signal=9, wall_s=0.1, limit=LimitName.MEMORY), Outcome.MEMORY, "memory limit"),
    ],
)
def test_a_server_that_ends(ended: Completed, outcome: Outcome, reason: str) -> None:
    result = graded(grader(Toy(serve=lambda _: ended)), ONE)
    assert result.outcome is outcome
    assert reason in result.reason


@pytest.mark.parametrize(
    ("status", "outcome", "said"),
    [
        ("ECONNRESET", Outcome.TIMEOUT, "does not answer within 0 s (ECONNRESET)"),
        ("silent", Outcome.TIMEOUT, "does not answer within 0 s (silent)"),
        ("500", Outcome.ERROR, "answers with status 500"),
    ],
)
def test_a_server_that_does_not_come_up(status: str, outcome: Outcome, said: str) -> None:
    toy = Toy(status=status)
    task = replace(TASK, serve=replace(TASK.serve, wall_s=0.3))
    result = graded(grader(toy), ONE, task)
    assert (result.outcome, result.reason) == (outcome, f"task-1, attempt 1: the server {said}")


def test_a_machine_on_which_no_server_comes_up() -> None:
    toy = Toy(status="silent", controls="silent")
    result = graded(grader(toy), ONE, replace(TASK, serve=replace(TASK.serve, wall_s=0.1)))
    assert (result.outcome, result.attempts) == (Outcome.INTERNAL, 6)


@pytest.mark.parametrize(
    ("changes", "outcome"),
    [
        ({"late": True}, Outcome.TIMEOUT),
        ({"ended": replace(FINE, exit_code=None, signal=9, limit=LimitName.MEMORY)}, Outcome.MEMORY),
        ({"errors": ("Error: worker process exited",)}, Outcome.ERROR),
    ],
)
def test_a_page_that_is_too_much_for_the_browser(changes: dict[str, object], outcome: Outcome) -> None:
    toy = Toy()
    result = graded(grader(toy, ToySpecs(toy, lambda run: replace(run, **changes))), ONE)
    assert (result.outcome, result.lost_boxes) == (outcome, 0)
    assert len(toy.projects) == 2


def test_specs_that_do_not_load_are_charged_beside_a_control() -> None:
    """What they load may be the candidate's, or something that is wrong with the browser's box."""
    toy = Toy()

    def unloaded(run: SpecRun) -> SpecRun:
        return replace(run, errors=("Error: no such module",), statuses=dict.fromkeys(run.statuses, "MISSING"))

    assert graded(grader(toy, ToySpecs(toy, unloaded)), ONE).outcome is Outcome.WRONG
    assert len(toy.projects) == 2


@pytest.mark.parametrize(("slowness", "seconds"), [(1.2, (30.0, 5.0)), (2.0, (60.0, 10.0)), (50.0, (120.0, 20.0))])
def test_a_busy_machine_gives_tests_longer(slowness: float, seconds: tuple[float, float]) -> None:
    toy = Toy(slowness=slowness)
    specs = ToySpecs(toy)
    graded(grader(toy, specs), ONE)
    assert specs.seconds == [seconds]


def test_a_control_that_fails_is_trouble_of_ours() -> None:
    toy = Toy()

    class Blind(ToySpecs):
        def run_specs(self, *args: object, **more: object) -> SpecRun:
            run = super().run_specs(*args, **more)  # type: ignore[arg-type]
            late = "control" not in next(iter(run.statuses))
            return replace(run, late=late, statuses=dict.fromkeys(run.statuses, "MISSING"))

    result = graded(grader(toy, Blind(toy)), ONE)
    assert (result.outcome, result.attempts) == (Outcome.INTERNAL, 6)
    assert "a control came to wrong, not passed" in result.reason


def test_a_runner_that_breaks_each_time_is_tampered_with() -> None:
    toy = Toy()
    result = graded(grader(toy, ToySpecs(toy, lambda run: replace(run, trouble="no end"))), ONE)
    assert (result.outcome, result.lost_boxes) == (Outcome.TAMPERED, 4)


def test_boxes_that_are_lost_are_opened_again() -> None:
    toy, lost = Toy(), [0]

    def lose_one(run: SpecRun) -> SpecRun:
        lost[0] += 1
        if lost[0] == 2:
            raise BoxLost("the engine was restarted", cause=LossCause.OUTSIDE)
        return run

    specs = ToySpecs(toy, lose_one)
    given = [("task-1", {PAGE: "task-1"}), ("task-2", {PAGE: "task-1 task-2"})]
    result = graded(grader(toy, specs), encode_attempts(given))
    assert [one.outcome for one in detail_of(result).attempts] == [Outcome.PASSED, Outcome.PASSED]
    assert result.attempts == 2
    assert [len(asked) for asked in specs.asked] == [1, 2, 2]


@pytest.mark.parametrize("image", ["web", "browser"])
def test_a_box_that_cannot_be_opened_at_once(image: str) -> None:
    toy, failures = Toy(), ["the engine is busy"]
    opened = toy.backend.box

    @contextlib.contextmanager
    def box(spec: BoxSpec) -> Iterator[FakeBox]:
        if spec.image == image and failures:
            raise SandboxUnavailable(failures.pop())
        with opened(spec) as made:
            yield made

    toy.backend.box = box  # type: ignore[method-assign]
    result = graded(grader(toy), ONE)
    assert (result.outcome, result.attempts, result.lost_boxes) == (Outcome.NO_CODE, 2, 0)
    assert all(one.closed for one in toy.backend.boxes)


def test_trouble_with_specs_is_ours() -> None:
    toy = Toy()
    result = graded(grader(toy, ToySpecs(toy, lambda run: replace(run, unexpected=("other",)))), ONE)
    assert result.outcome is Outcome.INTERNAL
    assert result.attempts == 1


@pytest.mark.parametrize(("status", "outcome"), [("PASSED", Outcome.PASSED), ("FAILED", Outcome.WRONG)])
def test_a_test_that_specs_make_of_a_samples_files(status: str, outcome: Outcome) -> None:
    toy = Toy()
    task = replace(TASK, steps=TASK.steps[:1], settings=replace(TASK.settings, sees_files=True))
    specs = ToySpecs(toy, lambda run: replace(run, unexpected=("its",), statuses={**run.statuses, "its": status}))
    assert graded(grader(toy, specs), ONE, task).outcome is outcome


def test_what_fails_is_told() -> None:
    toy = Toy()
    specs = ToySpecs(toy, lambda run: replace(run, files={"picture-1.jpg": b"\xff\xd8"}, screenshot=b"\xff\xd8"))
    result = graded(grader(toy, specs), encode_attempts([("task-1", {PAGE: "no"})]))
    assert result.reason == f"task-1, attempt 1: 1 of 1 tests did not pass: {id_of('task-1')} (failed)"
    assert result.output == "looked at no"
    detail = detail_of(result)
    assert detail.files == {"task-1-1-picture-1.jpg": b"\xff\xd8"}
    assert detail.attempts[0].screenshot == b"\xff\xd8"


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"steps": ()}, "1 to 200"),
        ({"steps": TASK.steps * 2}, "different"),
        ({"port": 80}, "'port'"),
        ({"port": 8401}, "take another"),
        ({"specs": TASK.specs[1:]}, "has no 'test/task-1.spec.js'"),
        ({"root": "../src"}, "'root'"),
        ({"start": (("/etc/passwd", b""),)}, "plain relative path"),
    ],
)
def test_a_task_that_cannot_be_graded(changes: dict[str, object], reason: str) -> None:
    assert reason in (PROTOCOL.invalid_reason(replace(TASK, **changes)) or "")
