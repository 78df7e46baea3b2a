"""An opened sample in a real browser: its sections, long texts, patches, tests and what an agent did."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.page.records import Details
from boxscore.protocols.shows import Fact, Facts, Text
from tests.page.browser.pages import CODE, row, sections, write_page_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.page.browser.watched import WatchedPage

    Visit = Callable[..., WatchedPage]

pytestmark = pytest.mark.slow  # a browser


LONG = "".join(f"line {number}\n" for number in range(60_000)) + "x" * (1 << 20)


@pytest.fixture(scope="module", name="report")
def fixture_report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    details = (
        Details(sections=sections()),
        Details(
            sections=(
                Text(title="Log", text=LONG, cut_bytes=4096),
                Text(title="Code", text=CODE * 200, language="python"),
            )
        ),
        Details(
            sections=(
                Facts(title="Verdict", items=(Fact(label="Outcome", value="passed"),), side="A"),
                Facts(title="Verdict", items=(Fact(label="Outcome", value="wrong"),), side="B"),
            )
        ),
    )
    return write_page_of(tmp_path_factory.mktemp("sample") / "report.html", [row(n) for n in range(3)], details)


def test_code_is_numbered_and_coloured(report: Path, visit: Visit) -> None:
    page = visit(report, "#sample=task%2F0%2F0")
    page.opened()

    assert page.page.text_content(".part-text code") == CODE
    assert page.texts(".part-text .token-keyword") == ["def", "return"]
    assert page.texts(".part-text .token-string") == ['"""Add them."""']
    assert page.texts(".part-text .token-comment") == ["# 1"]
    assert page.page.locator(".part-text .line").last.get_attribute("data-n") == "3"


def test_a_patch_in_two_columns_and_in_one(report: Path, visit: Visit) -> None:
    page = visit(report, "#sample=task%2F0%2F0", width=1300)
    page.opened()
    row_of = ".diff tr:nth-child(3) td"
    assert page.texts(row_of) == ["", "b = 2", "", "b = 3"]
    assert [cell.get_attribute("data-n") for cell in page.page.locator(".diff tr:nth-child(3) .number").all()] == [
        "2",
        "2",
    ]

    page.page.click("text=One column")

    assert page.texts(row_of) == ["", "", "b = 2"]
    assert page.page.locator(".diff .code.added").get_attribute("data-sign") == "+"


def test_steps_stand_where_their_time_is(report: Path, visit: Visit) -> None:
    page = visit(report, "#sample=task%2F0%2F0&step=2")
    page.opened()
    page.page.wait_for_selector('[data-step="2"][aria-current] .step-body pre')
    bars = [bar.get_attribute("x") for bar in page.page.locator(".axis .bar").all()]

    assert [round(float(str(x).rstrip("%"))) for x in bars] == [18, 36, 55, 73, 91]
    assert page.text(".part-trajectory .tally").startswith("5 steps, 11.0 s, 1 flagged")
    assert page.texts('[data-step="2"] pre') == ["I think 2", "seen 2"]
    page.press("]")
    page.page.wait_for_selector('[data-step="3"][aria-current] .step-body')
    assert page.hash() == "#sample=task%2F0%2F0&step=3"
    assert "reads the history" in page.text('[data-step="3"] summary')


def test_long_texts_begin_short(report: Path, visit: Visit) -> None:
    page = visit(report, "#sample=task%2F0%2F1")
    page.opened()
    code = page.page.locator(".part-text code").first
    assert code.evaluate("code => code.textContent.length") < 20_000
    assert "4.0 KiB (4,096 bytes) were left out" in page.text(".part-text >> nth=0")

    page.page.click(".part-text .rest button >> nth=0")

    assert code.evaluate("code => code.textContent.trimEnd().length") == len(LONG)
    page.press("j")
    assert page.opened() == "task/0 sample 0 passed"
