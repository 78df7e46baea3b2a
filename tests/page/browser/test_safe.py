"""What is hostile stays text, and what people need to read a page without a mouse, colours or sight is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.page.records import Details
from boxscore.page.write import write_page
from tests.hostile_strings import HOSTILE
from tests.page.browser.pages import row, sections, write_page_of
from tests.page.runs import make_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.page.browser.watched import WatchedPage

    Visit = Callable[..., WatchedPage]

pytestmark = pytest.mark.slow  # a browser


def test_a_run_of_all_hostile_strings_is_inert(tmp_path: Path, visit: Visit) -> None:
    samples = len(HOSTILE) // 4
    page = visit(write_page(make_run(tmp_path / "run", samples, each=1, hostile=True, agents=True, steps=2)))

    for _ in range(samples):
        page.press("j", "Enter")
        page.opened()
        page.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")

    assert page.page.locator("iframe, base, object, embed, img, body script:not([id]):not([type=module])").count() == 0
    assert page.page.locator("a:not([href^='#']), [onload], [onerror], [onmouseover]").count() == 0


def serious(page: WatchedPage) -> list[tuple[str, str, str]]:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="`pip install axe-playwright-python`")
    found = axe.Axe().run(page.page).response["violations"]
    return [
        (one["id"], one["nodes"][0]["html"][:200], one["nodes"][0]["failureSummary"])
        for one in found
        if one["impact"] in {"serious", "critical"}
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(tmp_path: Path, visit: Visit, scheme: str) -> None:
    path = write_page_of(tmp_path / "report.html", [row(n) for n in range(6)], [Details(sections=sections())] * 6)
    page = visit(path, "#sample=task%2F0%2F1&step=3", color_scheme=scheme, reduced_motion="reduce")
    page.page.wait_for_selector(".step-body pre")

    assert serious(page) == []
    if scheme == "light":
        page.press("Escape", "?")
        assert serious(page) == []
