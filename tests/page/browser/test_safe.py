"""What is hostile stays text, and what people need to read a page without a mouse, colours or sight is there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from boxscore.page.records import Bars, Chart, Curve, Details, Diff, DiffFile, DiffLine, Lines, Step, Trajectory
from boxscore.page.write import write_page
from boxscore.protocols.shows import Case, Cases, Fact, Facts, Text
from tests.hostile_strings import HOSTILE
from tests.page.browser.pages import head, row, sections, write_page_of
from tests.page.runs import make_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

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


def hostile_details(text: str) -> Details:
    lines = (DiffLine(1, None, text), DiffLine(None, 1, text))
    return Details(
        sections=(
            Facts(title=text, items=(Fact(label=text, value=text, note=text), Fact(label="Outcome", value=text))),
            Cases(title=text, cases=(Case(test=text, outcome=text, decided=True, reason=text),)),
            *(Text(title=text, text=text * 3, language=name) for name in (None, "python", "diff", "shell", text)),
            Diff(title=text, files=(DiffFile(path=text, added=1, removed=1, note=text, hunks=((text, lines),)),)),
            Trajectory(
                title=text,
                steps=(Step(number=1, source=text, title=text, text=text, observation=text, at_s=0.0, flags=(text,)),),
            ),
        )
    )


@pytest.fixture(scope="module", name="hostile")
def fixture_hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    fact = tuple(Fact(label=text, value=text, note=text) for text in PAYLOADS)
    page_head = head(
        len(PAYLOADS),
        title=" ".join(PAYLOADS),
        score=fact,
        facts=fact,
        warnings=PAYLOADS,
        charts=(
            Chart(chart_id="x", title=PAYLOADS[0], table=(PAYLOADS, PAYLOADS), links=PAYLOADS[:1]),
            Chart(
                chart_id="y",
                title=PAYLOADS[1],
                table=(PAYLOADS, PAYLOADS),
                drawing=Bars(items=tuple((text, 1) for text in PAYLOADS)),
            ),
            Chart(
                chart_id="z",
                title=PAYLOADS[2],
                table=(PAYLOADS, PAYLOADS),
                drawing=Lines(
                    x=PAYLOADS[3], curves=tuple(Curve(name=text, points=((1, 1, 0, 1),)) for text in PAYLOADS)
                ),
            ),
        ),
        subtitle=PAYLOADS,
        provenance=fact,
        commands=PAYLOADS,
    )
    rows = [(f"{text}/{n}", text, text, text, 1.0, 1) for n, text in enumerate(PAYLOADS)]
    path = tmp_path_factory.mktemp("hostile") / "report.html"
    return write_page_of(path, rows, [hostile_details(text) for text in PAYLOADS], page_head)


def test_nothing_hostile_runs(hostile: Path, visit: Visit) -> None:
    page = visit(hostile)
    for _ in PAYLOADS:
        page.press("n")
        page.opened()
        page.page.wait_for_selector(".panel-body .part-text code", state="attached")
        page.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        page.page.wait_for_selector(".step-body pre")
    page.listed('"<script>"')

    assert page.page.evaluate("window.__pwned") is None
    assert (
        page.page.locator(
            "iframe, base, object, embed, foreignObject, body script:not([id]):not([type=module])"
        ).count()
        == 0
    )
    assert page.page.locator("main img, main a[href^=javascript], header img").count() == 0
    assert (
        page.page.locator("[style]").evaluate_all(
            "all => all.filter((one) => !one.closest('.scroller, .chart')).length"
        )
        == 0
    )


def test_a_run_of_all_hostile_strings_is_inert(tmp_path: Path, visit: Visit) -> None:
    samples = len(HOSTILE) // 4
    page = visit(write_page(make_run(tmp_path / "run", samples, each=1, hostile=True, agents=True, steps=2)))

    for _ in range(samples):
        page.press("j", "Enter")
        page.opened()
        page.page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")

    assert page.page.locator("iframe, base, object, embed, img, body script:not([id]):not([type=module])").count() == 0
    assert page.page.locator("a:not([href^='#']), [onload], [onerror], [onmouseover]").count() == 0


def test_what_cannot_be_seen_is_shown(hostile: Path, visit: Visit) -> None:
    page = visit(hostile)
    page.listed("gnp.exe")
    cell = page.text(".index tbody th")
    page.press("Escape", "n")
    page.opened()
    code = page.page.text_content(".part-text code") or ""

    for text in (cell, code):
        assert "⟨U+202E⟩gnp.exe⟨U+202C⟩⟨U+2066⟩⟨U+200B⟩⟨U+FEFF⟩" in text
        assert not re.search("[\u202a-\u202e\u2066-\u2069\u2028\u2029\u200b]", text)


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
