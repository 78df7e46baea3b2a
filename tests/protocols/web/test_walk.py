"""The walk through tasks of a project: which attempts are judged, upon which files, where it ends, and how far."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from boxscore.protocols.shows import strip_of
from boxscore.protocols.web.admitted import GivenAttempt
from boxscore.protocols.web.detail import WebAttempt, WebDetail, deciding, how_far, stages_of
from boxscore.protocols.web.walk import Turn, Walked, walk, walk_to_last
from boxscore.records import Outcome
from tests.page.web_records import LOG, OTHER_JPEG, STOPPED, TASKS, failed, passed
from tests.protocols.web.toy import MADE, PAGE, TASK


class Judge:
    """Passes an attempt whose page names its task; `turns` are what it was asked."""

    def __init__(self, outcome: Outcome = Outcome.WRONG) -> None:
        self._outcome, self.turns = outcome, list[Turn]()

    def __call__(self, turn: Turn) -> WebAttempt:
        self.turns.append(turn)
        step = TASK.steps[turn.place]
        right = step.name.encode() in turn.files.get(PAGE, b"").split()
        outcome = Outcome.PASSED if right else self._outcome
        return WebAttempt(task=step.name, number=turn.number, outcome=outcome, reason="" if right else "no")


def tries(*texts: str) -> list[GivenAttempt]:
    return [
        GivenAttempt(task=text.partition(": ")[0], files={PAGE: text.partition(": ")[2].encode()}) for text in texts
    ]


def names(walked: Walked) -> list[str]:
    return [f"{one.task} {one.number} {one.outcome}" for one in walked.attempts]


def test_each_task_at_once() -> None:
    walked = walk(TASK, tries("task-1: task-1", "task-2: task-2", "task-3: task-3"), Judge())
    assert (walked.outcome, walked.reason, walked.stopped) == (Outcome.PASSED, "", "")
    assert names(walked) == ["task-1 1 passed", "task-2 1 passed", "task-3 1 passed"]


def test_a_second_attempt_begins_with_the_files_of_the_first() -> None:
    first = GivenAttempt(task="task-1", files={"style.css": b"red"})
    judge = Judge()
    walked = walk(TASK, [first, *tries("task-1: task-1")], judge)
    assert judge.turns[0].files == {PAGE: b"nothing", "style.css": b"red"}
    assert judge.turns[1].files == {PAGE: b"task-1", "style.css": b"red"}
    assert [turn.number for turn in judge.turns] == [1, 2]
    assert walked.stopped == "task-2"


def test_a_task_that_fails_twice_ends_the_project() -> None:
    walked = walk(TASK, tries("task-1: task-1", "task-2: a", "task-2: b", "task-2: task-2", "task-3: task-3"), Judge())
    assert names(walked) == ["task-1 1 passed", "task-2 1 wrong", "task-2 2 wrong"]
    assert (walked.outcome, walked.reason) == (Outcome.WRONG, "task-2, attempt 2: no")
    assert walked.stopped == "task-2"


def test_a_sample_that_ends_early() -> None:
    walked = walk(TASK, tries("task-1: task-1"), Judge())
    assert walked.outcome is Outcome.NO_CODE
    assert (walked.reason, walked.stopped) == ("the sample ends after task-1, 1 of 3 tasks", "task-2")


def test_a_tolerated_task_that_fails_twice_is_begun_again() -> None:
    judge = Judge()
    given = [*tries("task-1: a", "task-1: b"), GivenAttempt(task="task-2", files={"more.js": b""})]
    walk(MADE, given, judge)
    assert judge.turns[-1].files == {PAGE: b"task-1", "more.js": b""}

    walked = walk(MADE, tries("task-1: a", "task-1: b", "task-2: task-2", "task-3: task-3"), Judge())
    assert (walked.outcome, walked.stopped) == (Outcome.PASSED, "")


def test_trouble_of_ours_ends_the_walk() -> None:
    walked = walk(TASK, tries("task-1: a", "task-1: task-1"), Judge(Outcome.INTERNAL))
    assert names(walked) == ["task-1 1 internal"]
    assert walked.outcome is Outcome.INTERNAL


@pytest.mark.parametrize(("page", "outcome"), [("task-2", Outcome.PASSED), ("no", Outcome.WRONG)])
def test_the_last_attempt_alone(page: str, outcome: Outcome) -> None:
    judge = Judge()
    walked = walk_to_last(TASK, tries("task-1: a", "task-1: b", f"task-2: {page}"), judge)
    assert [(turn.place, turn.number) for turn in judge.turns] == [(1, 1)]
    assert (walked.outcome, len(walked.attempts)) == (outcome, 1)


def told(detail: WebDetail) -> tuple[str, str]:
    states = stages_of(detail)
    return strip_of(states), how_far(detail, states)


def test_each_task_has_a_sign_of_its_own() -> None:
    states = stages_of(STOPPED)

    assert strip_of(states) == "~✓↻✗·"
    assert [one.note for one in states] == ["went on", "", "at attempt 2", "stopped here", ""]
    assert [one.outcome for one in states] == ["wrong", "passed", "passed", "wrong", "not_reached"]
    assert how_far(STOPPED, states) == "2 of 5 tasks passed; it stopped at task-3."
    assert deciding(STOPPED) == failed(3, 2)


def test_trouble_of_ours_is_no_failed_task() -> None:
    lost = WebDetail(tasks=TASKS, attempts=(passed(0), failed(1, outcome=Outcome.INTERNAL)), stopped="task-1")

    assert told(lost) == ("✓?···", "1 of 5 tasks passed; task-1 got no verdict.")


def test_a_finished_project() -> None:
    first = replace(failed(2), log="", screenshot=b"")
    detail = WebDetail(tasks=TASKS, attempts=(passed(0), passed(1), first, failed(3)), stopped="task-2", whole=True)

    assert told(detail) == (
        "✓✓✗✗·",
        "2 of 5 tasks passed; one finished project was judged by the tests of all of them.",
    )
    assert deciding(detail) == replace(first, log=LOG, screenshot=OTHER_JPEG)


def test_an_attempt_after_a_passed_one_is_not_judged() -> None:
    judge = Judge()
    later = GivenAttempt(task="task-1", files={"later.js": b"x"})
    walk(TASK, [*tries("task-1: task-1"), later, *tries("task-2: task-2")], judge)
    assert [turn.files for turn in judge.turns] == [{PAGE: b"task-1"}, {PAGE: b"task-2", "later.js": b"x"}]


def test_an_attempt_at_a_later_task_gives_one_up() -> None:
    walked = walk(TASK, tries("task-1: no", "task-2: task-2"), Judge())
    assert names(walked) == ["task-1 1 wrong"]
    assert (walked.outcome, walked.stopped) == (Outcome.WRONG, "task-1")


def test_a_tolerated_task_may_be_left_out() -> None:
    judge = Judge()
    walk(MADE, [GivenAttempt(task="task-2", files={})], judge)
    assert judge.turns[0].files == {PAGE: b"task-1"}


@pytest.mark.parametrize(("second", "left"), [("b", b"task-1"), ("task-1 and more", b"task-1 and more")])
def test_the_last_attempt_after_one_that_decides(second: str, left: bytes) -> None:
    judge = Judge()
    given = [*tries("task-1: a", f"task-1: {second}"), GivenAttempt(task="task-2", files={})]
    walked = walk_to_last(MADE, given, judge)
    assert judge.turns[-1].files == {PAGE: left}
    assert names(walked) == ["task-2 1 wrong"]
