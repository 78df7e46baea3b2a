"""A web project in a real browser: its strip of tasks, keys, pictures of enemies, and a trace that is saved."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.page.records import Details, ProjectTask, TaskAttempt, TaskFile, TaskPicture, Tasks, TaskShot
from boxscore.page.write import write_page
from boxscore.protocols.web.detail import WebDetail
from boxscore.records import Outcome
from tests.page.browser.pages import row, write_page_of
from tests.page.browser.test_safe import serious
from tests.page.test_web import write_web_run
from tests.page.web_records import FAILED, JPEG, STOPPED, TASKS, TRACE, failed, passed, web_result

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.page.browser.watched import WatchedPage

    Visit = Callable[..., WatchedPage]

pytestmark = pytest.mark.slow  # a browser

PAYLOADS = (
    "</script><script>window.__pwned = 1</script>",
    "<!--<script>window.__pwned = 2</script>-->",
    "<img src=x onerror='window.__pwned = 3'>",
    "<svg/onload=window.__pwned=4>",
    '"><iframe srcdoc="<script>parent.__pwned = 5</script>"></iframe>',
    "<a href='javascript:window.__pwned=6'>x</a><style>*{display:none}</style>",
    "</textarea></title></noscript></template><base href='//example.org/'>",
    "{{ 7 * 7 }}${window.__pwned = 7}",
    "\u202egnp.exe\u202c\u2066\u200b\ufeff \u2028\u2029",
    "\x00\x07\x1b[31mred\x1b]8;;http://example.org\x1b\\",
    "__proto__",
)
LOADED = "() => [...document.querySelectorAll('.strip img')].every((one) => one.complete && one.naturalWidth === 16)"


@pytest.fixture(scope="module", name="report")
def fixture_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    done = WebDetail(tasks=TASKS, attempts=tuple(passed(place) for place in range(5)))
    bad = replace(STOPPED, attempts=(failed(0, screenshot=JPEG[:230]), *STOPPED.attempts[1:]))
    results = (web_result(0), web_result(1, done, Outcome.PASSED), web_result(2, bad))
    return write_page(write_web_run(tmp_path_factory.mktemp("web") / "run", results))


def selected(page: WatchedPage, name: str) -> None:
    page.page.wait_for_selector(f'.task[data-task="{name}"][aria-selected="true"]')
    page.page.wait_for_selector(f'.task-title strong:text-is("{name}")')


def test_a_strip_opens_where_the_project_stopped(report: Path, visit: Visit) -> None:
    page = visit(report, "#sample=project%2F0%2F0")
    page.opened()
    selected(page, "task-3")

    told = [" ".join(text.split()) for text in page.texts(".strip .task")]
    assert told == [
        "init wrong went on",
        "task-1 passed easy",
        "task-2 passed easy, at attempt 2",
        "task-3 wrong moderate, stopped here",
        "task-4 not reached challenging",
    ]
    page.until(LOADED)
    assert page.page.locator(".strip img").count() == 4
    assert page.text(".attempt[open] .tally") == "3 of 5 tests passed"
    assert page.texts(".attempt[open] figcaption") == ["the first page", FAILED]
    assert "Expected: 1" in page.text(".attempt[open] pre")


def test_tasks_are_reached_by_keys_and_links(report: Path, visit: Visit) -> None:
    page = visit(report, "#sample=project%2F0%2F0&task=task-1")
    page.opened()
    selected(page, "task-1")
    page.press(".")
    selected(page, "task-2")
    page.press(",", ",")
    selected(page, "init")
    page.page.focus('.task[aria-selected="true"]')
    page.press("End")
    selected(page, "task-4")
    assert "never attempted" in page.text(".task-panel")
    page.press("ArrowLeft")
    selected(page, "task-3")

    assert page.hash() == "#sample=project%2F0%2F0&task=task-3"
    assert page.page.evaluate("document.activeElement.dataset.task") == "task-3"
    page.page.go_back()
    selected(page, "task-4")
    page.press("j")
    page.page.wait_for_selector('.panel-instance:text-is("project/2")')
    assert page.hash() == "#sample=project%2F2%2F0"


def test_a_trace_is_saved(report: Path, visit: Visit) -> None:
    page = visit(report, "#sample=project%2F0%2F0")
    page.opened()
    with page.page.expect_download() as saved:
        page.page.click(".kept button")

    assert saved.value.suggested_filename == "task-3-2-trace.zip"
    assert Path(saved.value.path()).read_bytes() == TRACE
    page.requests = [one for one in page.requests if not one.startswith("blob:")]


def test_hostile_tasks_are_text(tmp_path: Path, visit: Visit) -> None:
    pictures = (
        TaskPicture(kind="jpeg", data='x" onerror="window.__pwned = 1'),
        TaskPicture(kind="svg+xml", data=base64.b64encode(b"<svg onload='window.__pwned=2'/>").decode()),  # type: ignore[arg-type]
    )
    details = []
    for text in PAYLOADS:
        shots = tuple(TaskShot(title=text, picture=place, note=text) for place in (0, 1, 2, None))
        attempt = TaskAttempt(
            number=1,
            outcome=text,
            reason=text,
            wrote=text,
            log=text,
            shots=shots,
            files=(TaskFile(name="a.zip", size=1, data=text, note=text), TaskFile(name=text, size=1, note=text)),
        )
        task = ProjectTask(name=text, level=text, outcome=text, mark=text, note=text, attempts=(attempt,))
        tasks = Tasks(title=text, headline=text, tasks=(task, task), opened=text, pictures=pictures, note=text)
        details.append(Details(sections=(tasks,)))
    page = visit(write_page_of(tmp_path / "report.html", [row(number) for number in range(len(details))], details))
    for number in range(len(details)):
        page.press("j", "Enter")
        page.page.wait_for_selector(f'tr[aria-current][aria-rowindex="{number + 2}"]')
        page.page.wait_for_selector(".attempt[open] figure >> nth=3")
        page.press(".")

    assert page.page.evaluate("window.__pwned") is None
    assert page.page.locator("main img, main a:not([href^='#']), iframe, [onerror], [onload]").count() == 0
    assert page.page.locator(".kept").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_project(report: Path, visit: Visit, scheme: str) -> None:
    page = visit(report, "#sample=project%2F0%2F0", color_scheme=scheme, reduced_motion="reduce")
    page.opened()
    page.until(LOADED)

    assert serious(page) == []
