"""The list of samples in a real browser: rows in sight, sorting, filters, columns, keyboard and links."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from tests.page.browser.pages import write_rows

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.page.browser.watched import WatchedPage

    Visit = Callable[..., WatchedPage]

pytestmark = pytest.mark.slow  # a browser


FILTERS = {
    "case": 15,
    '"case 15"': 1,
    "outcome:failed": 10,
    "outcome:failed sample:3": 2,
    "outcome=wrong": 5,
    "-outcome:passed": 15,
    "wall_s>=0.2": 8,
    "time<0.02": 2,
    "task/2": 10,
    '"task/2': 10,
    "   ": 30,
}


@pytest.fixture(scope="module", name="many")
def fixture_many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("many") / "report.html", 10_000)


@pytest.fixture(scope="module", name="few")
def fixture_few(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_rows(tmp_path_factory.mktemp("few") / "report.html", 30)


def test_only_rows_in_sight_are_in_the_document(many: Path, visit: Visit) -> None:
    page = visit(many)
    page.page.wait_for_selector(".index tbody tr")

    assert page.page.evaluate("document.querySelectorAll('#samples *').length") < 500
    page.page.evaluate("document.querySelector('.scroller').scrollTop = 1e9")
    last = page.page.wait_for_selector('.index tr[aria-rowindex="10001"]')

    assert last is not None
    assert last.inner_text().split() == ["task/999", "8", "passed", "1", "min", "40", "s"]
    assert page.page.get_attribute(".index", "aria-rowcount") == "10001"
    assert page.page.evaluate("document.querySelectorAll('#samples *').length") < 500


def test_a_column_sorts_both_ways_and_not(few: Path, visit: Visit) -> None:
    page = visit(few)
    times: list[list[str]] = []
    for _ in range(3):
        page.page.click(".index thead button[data-key=wall_s]")
        page.page.evaluate("document.querySelector('.scroller').scrollTop = 0")
        times.append(page.column(5)[:3])

    assert times == [["0 ms", "10 ms", "20 ms"], ["0.28 s", "0.27 s", "0.26 s"], ["10 ms", "30 ms", "70 ms"]]
    assert page.page.locator(".index [aria-sort]").count() == 0


def test_filters(few: Path, visit: Visit) -> None:
    page = visit(few)

    assert {text: page.listed(text) for text in FILTERS} == FILTERS
    assert page.page.locator(".nothing").is_hidden()
    assert page.listed("nothing:of:the-kind -x") == 0
    assert page.page.locator(".nothing").is_visible()
    assert page.hash() == "#filter=nothing%3Aof%3Athe-kind%20-x"


def test_chips_count_and_choose(few: Path, visit: Visit) -> None:
    page = visit(few)
    chips = [re.sub(r"\s+", " ", text) for text in page.texts(".chip")]

    assert chips == ["all failed 10", "passed 15", "wrong 5", "timeout 5", "internal 5"]
    page.page.click('.chip[data-chip="outcome:timeout"]')
    page.page.click('.chip[data-chip="outcome:internal"]')
    assert page.text("#samples .tally") == "10 of 30 samples"
    assert page.hash() == "#outcome=timeout%2Cinternal"
    page.listed("task/0")
    assert "passed 5" in [re.sub(r"\s+", " ", text) for text in page.texts(".chip")]


def test_keyboard_goes_from_failing_to_failing(few: Path, visit: Visit) -> None:
    page = visit(few)
    page.press("n")
    first = page.opened()
    page.press("n")
    second = page.opened()
    page.press("p")
    third = page.opened()
    page.press("j")
    fourth = page.opened()
    page.press("Escape")

    assert [first, second, third, fourth] == [
        "task/0 sample 1 wrong",
        "task/0 sample 3 timeout",
        "task/0 sample 1 wrong",
        "task/0 sample 3 timeout",
    ]
    assert page.page.locator("#panel").is_hidden()
    assert page.page.evaluate("document.activeElement.closest('tr').ariaRowIndex") == "3"


def test_a_link_opens_its_sample_and_back_closes_it(few: Path, visit: Visit) -> None:
    page = visit(few, "#sample=task%2F1%2F3&filter=outcome%3Afailed&sort=-wall_s")

    assert page.opened() == "task/1 sample 3 wrong"
    assert page.page.input_value("#filter") == "outcome:failed"
    assert page.column(5)[0] == "0.27 s"
    page.press("Escape")
    page.page.click(".index tbody a >> nth=0")
    assert page.opened() == "task/2 sample 7 timeout"
    page.page.go_back()
    page.page.wait_for_selector("#panel", state="hidden")


def test_narrow(few: Path, visit: Visit) -> None:
    page = visit(few, "#sample=task%2F0%2F1", width=400, height=800)
    page.opened()

    assert page.page.evaluate("document.documentElement.scrollWidth") <= 400
    assert page.page.evaluate("document.querySelector('#panel').getBoundingClientRect().width") == 400
