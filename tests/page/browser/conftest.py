"""A real Chromium for the tests of the front end: one for the tests of a file, a fresh page for each.

It ends with its file: as long as Playwright's synchronous interface is open, an event loop counts as running in its
thread, and other tests could start none.
"""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.page.browser.watched import WatchedPage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = (  # no sandbox for root in a container, and no traffic of its own
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_CHROMIUM = "no Chromium: run scripts/setup-browser, or name one with BOXSCORE_CHROMIUM"
QUICK = "--renderer-process-limit=1"  # the next page is there sooner


def chromium_path() -> str | None:
    named = os.environ.get("BOXSCORE_CHROMIUM")
    return named or next((found for name in NAMES if (found := shutil.which(name))), None)


@pytest.fixture(scope="module", name="browser")
def fixture_browser() -> Iterator[Browser]:
    sync_api = pytest.importorskip("playwright.sync_api", reason="no Playwright: `pip install playwright`")
    path = chromium_path()
    if path is None:
        pytest.skip(NO_CHROMIUM)
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS, QUICK], timeout=120_000)
        yield browser
        browser.close()


@pytest.fixture(name="visit")
def fixture_visit(browser: Browser) -> Iterator[Callable[..., WatchedPage]]:
    opened: list[WatchedPage] = []

    def visit(
        path: Path | str, address: str = "", *, width: int = 1280, height: int = 900, **context: object
    ) -> WatchedPage:
        page = WatchedPage(browser, {"width": width, "height": height}, context)
        opened.append(page)
        page.visit(path if isinstance(path, str) else path.as_uri(), address)
        return page

    yield visit
    for page in opened:
        page.close()
    for page in opened:
        assert page.requests == []
        assert page.messages == []
