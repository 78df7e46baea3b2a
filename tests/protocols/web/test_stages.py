"""How far a web project got."""

from __future__ import annotations

from msgspec.structs import replace

from boxscore.protocols.shows import strip_of
from boxscore.protocols.web.detail import WebDetail, deciding, how_far, stages_of
from boxscore.records import Outcome
from tests.page.web_records import LOG, OTHER_JPEG, STOPPED, TASKS, failed, passed


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
