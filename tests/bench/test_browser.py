"""The measuring browser, on pages of a few lines."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest

from bench.browser import NAMES, Act, Acts, chromium, measure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from playwright.sync_api import Browser

PAGE = """<!doctype html><meta charset="utf-8"><title>A list</title><link rel="icon" href="data:,">
<div id="editor" contenteditable="true">as it was</div><p id="tally">-</p><p id="open"></p>
<script>
  const editor = document.getElementById("editor");
  editor.addEventListener("input", () => { document.getElementById("tally").textContent = editor.textContent; });
</script>"""
FOCUS = "document.getElementById('editor').focus()"
OPEN = Act(
    before="document.getElementById('open').textContent = ''",
    action="document.getElementById('open').textContent = 'opened'",
    done="document.getElementById('open').textContent === 'opened'",
)


@pytest.fixture(scope="module", name="browser")
def fixture_browser() -> Iterator[Browser]:
    """Start the bench's Chromium, or skip where there is none."""
    pytest.importorskip("playwright.sync_api", reason="no Playwright: `pip install playwright`")
    if not any(shutil.which(name) for name in NAMES):
        pytest.skip("no Chromium: run scripts/setup-browser")
    with chromium() as browser:
        yield browser


@pytest.fixture(name="url")
def fixture_url(tmp_path: Path) -> str:
    """Write the page."""
    path = tmp_path / "page.html"
    path.write_text(PAGE, encoding="utf-8")
    return path.as_uri()


def test_what_the_keyboard_writes_takes_the_place_of_what_was_there(browser: Browser, url: str) -> None:
    """An editor that only a keyboard reaches is measured until the page shows what was written."""
    typed = [
        Act(before=FOCUS, typed=text, done=f"document.getElementById('tally').textContent === {text!r}")
        for text in ("epoch", "boxscore")
    ]

    cost = measure(browser, url, Acts(first="#editor", filters=tuple(typed), opens=(OPEN,)))

    assert cost.filter is not None
    assert cost.filter.wall_ms > 0
    assert cost.open is not None


def test_what_cannot_be_done_is_left_out_and_said(
    browser: Browser, url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A page without such an editor still has its other figures, and a line tells why this one is not there."""
    nowhere = Act(before="document.getElementById('other').focus()", typed="epoch")

    cost = measure(browser, url, Acts(first="#editor", filters=(nowhere,), opens=(OPEN,)))

    assert cost.filter is None
    assert cost.open is not None
    assert "filter was not measured" in capsys.readouterr().err
