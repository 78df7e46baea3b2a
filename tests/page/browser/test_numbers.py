"""Numbers of the list, which the page writes by itself since loading `Intl` delays the first rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.page.records import Details
from boxscore.page.write import ASSETS
from tests.page.browser.pages import row, sections, write_page_of

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser

pytestmark = pytest.mark.slow  # a browser

NUMBERS = (0, 7, 999, 1000, -1234, 1234567, 0.5, 0.00012346, 3.14159, 999.96, 12345.678, -0.25, 1e15)
COMPARED = """(numbers) => {
  FORMAT;
  const plain = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const digits = new Intl.NumberFormat("en", { maximumSignificantDigits: 4 });
  return numbers.map((one) => [formatted(one, "number"), (Number.isInteger(one) ? plain : digits).format(one)]);
}"""
NOTED = """for (const name of ["NumberFormat", "Collator"]) {
  const real = Intl[name];
  Intl[name] = function (...given) { (window.madeOfIntl ??= []).push(name); return new real(...given); };
}"""


def test_numbers_are_written_as_the_browser_writes_them(browser: Browser) -> None:
    """Thousands are separated, and a fraction has four digits that say something."""
    source = (ASSETS / "base.js").read_text("utf-8")
    page = browser.new_page()
    try:
        pairs = page.evaluate(COMPARED.replace("FORMAT", source), list(NUMBERS))
    finally:
        page.close()

    assert [ours for ours, _ in pairs] == [theirs for _, theirs in pairs]


def test_the_first_rows_wait_for_no_tables_of_a_language(tmp_path: Path, browser: Browser) -> None:
    """Nothing of `Intl` is made until a list is sorted by text."""
    path = write_page_of(tmp_path / "page.html", [row(n) for n in range(12)], [Details(sections=sections())] * 12)
    page = browser.new_page()
    try:
        page.add_init_script(NOTED)
        page.goto(path.as_uri())
        page.wait_for_selector(".index tbody tr")
        before = page.evaluate("window.madeOfIntl ?? []")
        page.click(".index thead button >> nth=0")
        after = page.evaluate("window.madeOfIntl ?? []")
    finally:
        page.close()

    assert before == []
    assert after == ["Collator"]
