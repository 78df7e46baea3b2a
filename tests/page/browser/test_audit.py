"""The page of an audit in a real browser: severities, findings, and a mutant as a diff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.page.audit_page import write_audit_page
from tests.audit.audits import AUDIT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.page.browser.watched import WatchedPage

    Visit = Callable[..., WatchedPage]

pytestmark = pytest.mark.slow  # a browser


@pytest.fixture(scope="module", name="written")
def fixture_written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of an audit with a finding of each severity."""
    return write_audit_page(AUDIT, tmp_path_factory.mktemp("audit"))


def test_findings_are_listed_with_their_severities(written: Path, visit: Visit) -> None:
    """The head counts them, each severity has a button, and months are a drawing with its numbers."""
    page = visit(written)

    assert page.text("h1") == "Audit of toy"
    assert [text.split("\n")[:2] for text in page.texts(".tile")] == [
        ["errors", "1"],
        ["warnings", "1"],
        ["notes", "1"],
        ["mutants killed", "66.7 %"],
    ]
    assert page.text("#samples .tally") == "3 findings"
    assert page.texts(".index thead th") == ["Instance", "Finding", "Severity", "What is wrong"]
    assert page.listed("severity=warning") == 1
    page.page.click("#chart-months summary, .chart summary >> nth=0")
    assert "2024-01" in page.texts(".chart td")
    assert "boxscore audit toy -n 2 --mutants 3 --inputs 40 --seed 0 --cutoff 2024-01-05 --against other" in page.text(
        "footer"
    )


def test_a_weak_test_shows_its_mutant(written: Path, visit: Visit) -> None:
    """An opened finding has the diff, and the input on which the mutant is wrong; markup in it is text."""
    page = visit(written, "#sample=toy%2F2%2Fweak-tests")

    assert page.opened() == "toy/2 weak-tests warning"
    assert "f('<img src=x>')" in page.text("#panel")
    assert page.page.locator("#panel img").count() == 0
    assert page.page.locator("#panel .part-diff, #panel table").count() > 0


def test_the_filter_gives_examples_of_an_audit(written: Path, visit: Visit) -> None:
    """They are of columns that its findings have, in the empty filter as in the help."""
    page = visit(written)

    assert page.page.get_attribute("#filter", "placeholder") == "Filter, for example severity=error"
    assert page.listed("severity=error") == 1
    page.press("?")
    examples = [one for one in page.texts("dialog code") if any(sign in one for sign in ":=>")]
    assert examples == ["instance:django", "severity=error", "-severity=note", "mutants>2"]
