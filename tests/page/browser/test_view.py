"""A view in a browser: the list, a run that goes on, and two runs side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.records import Outcome
from tests.compare.runs import write_run
from tests.page.browser.test_safe import serious
from tests.page.browser.watched import WatchedPage
from tests.page.runs import make_run
from tests.page.test_follow import going_on, record, result
from tests.page.viewing import viewing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

    Look = Callable[..., WatchedPage]

pytestmark = pytest.mark.slow  # a browser

WAIT_MS = 60_000


@pytest.fixture(name="place", scope="module")
def fixture_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("place")
    make_run(place / "runs" / "first", 30, each=1)
    make_run(place / "runs" / "second", 30, each=1, seed=5, models=("model-b",))
    make_run(place / "runs" / "<img src=x onerror=alert(1)>", 8, hostile=True)
    return place


@pytest.fixture(name="address", scope="module")
def fixture_address(place: Path) -> Iterator[str]:
    with viewing(cwd=place) as (_, address):
        yield address


@pytest.fixture(name="look")
def fixture_look(browser: Browser, address: str) -> Iterator[Look]:
    opened: list[WatchedPage] = []

    def look(path: str, **context: str) -> WatchedPage:
        page = WatchedPage(browser, {"width": 1280, "height": 700}, context)
        page.page.on("request", lambda request: page.requests.append(request.url))
        opened.append(page)
        page.page.goto(f"{address}{path}")
        return page

    yield look
    for page in opened:
        page.close()
    for page in opened:
        assert all(request.startswith((address, "data:")) for request in page.requests)
        assert page.messages == []


def test_choosing_two_runs(look: Look) -> None:
    page = look("")
    page.page.check('input[name="a"][value="first"]')
    page.page.check('input[name="b"][value="second"]')
    page.page.click("text=Compare A with B")
    page.page.wait_for_selector(".index tbody tr")

    assert page.page.url.endswith("/compare/first/second/")
    assert page.text("h1") == "model-b against model-a"
    assert page.text("#samples .tally").endswith("of 30 instances")
    page.page.click("text=without a change")
    assert page.text("#samples .tally") == "30 instances"
    page.page.click("text=All runs")
    page.page.wait_for_selector("#runs tr")


def test_the_list_follows(look: Look, place: Path) -> None:
    page = look("")
    page.page.check('input[name="a"][value="first"]')
    page.page.fill("#filter", "new-")
    with going_on(place / "runs" / "new-run") as store:
        store.append([result(0)])
        page.page.wait_for_selector('tr[data-key="new-run"][data-state="going on"]', timeout=WAIT_MS)
        shown = page.texts("#runs tr:not([hidden]) a")
        store.append([result(1)])
        page.page.wait_for_selector('tr[data-key="new-run"] >> text=2 of 10', timeout=WAIT_MS)
    (place / "runs" / "new-run").rename(place / "away")
    page.page.wait_for_selector('tr[data-key="new-run"]', state="detached", timeout=WAIT_MS)

    assert shown == ["new-run"]
    assert page.page.input_value("#filter") == "new-"
    assert page.page.is_checked('input[name="a"][value="first"]')


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious_in_a_view(look: Look, scheme: str) -> None:
    page = look("", color_scheme=scheme, reduced_motion="reduce")
    found = serious(page)
    page.page.goto(f"{page.page.url}compare/first/second/#sample=tiny%2Ftask-3%2Fall")
    page.opened()
    found += serious(page)

    assert found == []


def test_a_run_that_goes_on(look: Look, place: Path) -> None:
    with going_on(place / "runs" / "live") as store:
        store.append([result(0, Outcome.WRONG, reason="first"), result(1)])
        page = look("runs/live/#filter=t")
        page.page.click(".index tbody tr:first-child a")
        before = page.opened(), page.hash(), page.page.evaluate("scrollY")
        page.page.fill("#filter", "t/")
        store.append([result(number, Outcome.TIMEOUT) for number in (2, 3, 4)])
        page.page.wait_for_selector(".tally:has-text('5 samples')", timeout=WAIT_MS)
        during = page.text(".warning")
        after = page.opened(), page.page.evaluate("scrollY")
        typed = page.page.input_value("#filter")
        store.append([result(number) for number in range(5, 10)])
        store.write_record(record(store))
    page.page.wait_for_selector(".tally:has-text('10 samples')", timeout=WAIT_MS)
    page.page.wait_for_selector("text=the run is still in progress", state="detached", timeout=WAIT_MS)

    assert "the run is still in progress" in during
    assert before[0].startswith("t/0")
    assert after == (before[0], before[2])
    assert typed == "t/"
    assert page.opened() == before[0]


def test_two_runs_side_by_side(look: Look, place: Path) -> None:
    write_run(place / "runs" / "old", "+ + - - +", benchmark="other")
    write_run(place / "runs" / "new", "+ - + - -", benchmark="other")
    page = look("compare/old/new/")
    page.page.wait_for_selector(".index tbody tr")
    for name in ("t/1", "t/4"):
        page.press("n")
        page.page.wait_for_selector(f".panel-instance:text-is('{name}')")
        page.opened()
    page.page.goto(f"{page.page.url.partition('/compare/')[0]}/compare/first/second/#sample=tiny%2Ftask-3%2Fall")
    page.opened()
    sides = page.page.locator(".sides").first.locator(".side")

    numbers = page.page.locator(".diff.split td.number").first.bounding_box()

    assert sides.all_inner_texts() == ["A", "B"]
    assert numbers is not None
    assert numbers["width"] < 80  # of some 700 for the lines and their numbers
    assert "From A's answer to B's" in page.text("#panel")
