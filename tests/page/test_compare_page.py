"""Two runs side by side: what is said on top, a row for each instance, and both sides of a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boxscore.compare.build import compare_runs
from boxscore.compare.read import read_compared
from boxscore.page.compare_page import ComparisonPage, write_comparison
from boxscore.page.records import Diff
from boxscore.protocols.shows import Text
from tests.compare.runs import discordant, write_run
from tests.hostile_strings import HOSTILE
from tests.page.runs import make_run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.page.records import Details


def compared(*folders: Path, allowed: tuple[str, ...] = (), by: tuple[str, ...] = ()) -> ComparisonPage:
    runs = read_compared([str(folder) for folder in folders])
    return ComparisonPage(runs, compare_runs(runs, allowed=allowed, by=by), k=1)


def pair(tmp_path: Path, old: Any, new: Any, **facts: Any) -> ComparisonPage:
    return compared(write_run(tmp_path / "old", old, **facts), write_run(tmp_path / "new", new, **facts))


def shown(page: ComparisonPage) -> list[dict[str, Any]]:
    keys = [column.key for column in page.head().columns]
    return [dict(zip(keys, row, strict=True)) for row in page.rows()]


def test_what_became_of_each_instance(tmp_path: Path) -> None:
    page = pair(tmp_path, "+ + - - i", "+ - + - +")

    rows = shown(page)

    assert [row["change"] for row in rows] == ["both_passed", "broken", "fixed", "both_failed", "missing"]
    assert [(row["outcome_a"], row["outcome_b"]) for row in rows[1:]] == [
        ("passed", "wrong"),
        ("wrong", "passed"),
        ("wrong", "wrong"),
        ("missing", "passed"),
    ]
    assert [row["difference"] for row in rows] == [0.0, -100.0, 100.0, 0.0, None]
    assert page.head().rows == 5


def test_the_words_are_those_of_compare(tmp_path: Path) -> None:
    old, new = discordant(164, 4, 3)
    head = pair(tmp_path, old, new).head()

    statistics = {fact.label: f"{fact.value}; {fact.note}" for fact in head.statistics}

    assert (head.title, head.subtitle) == ("new against old", ("bench",))
    assert head.sentence.startswith("No difference found: pass@1 +0.6 (")
    assert head.sentence.endswith("That does not mean that there is none.")
    assert "would have been found with 80 % power" in statistics["smallest difference"]
    assert "95 % by tango" in statistics["difference"]
    assert "exact McNemar" in statistics["p"]
    assert not any("equal" in text for text in (head.sentence, *head.warnings, *statistics.values()))
    assert [row[0] for row in head.measures] == ["", "pass@1", "instances solved more often"]
    assert head.measures[2][1:3] == ("3", "4")


@pytest.mark.parametrize(
    ("tag", "key", "label"),
    [("domain", "domain", "Domain"), ("change", "tag-1", "Change"), ("kind of CWE", "tag-1", "Kind of CWE")],
)
def test_by_domain(tmp_path: Path, tag: str, key: str, label: str) -> None:
    tags = {tag: {f"t/{n}": "db" if n < 10 else "net" for n in range(12)}}
    folders = [write_run(tmp_path / name, "+ - " * 6 + "+", tags=tags) for name in ("old", "new")]

    page = compared(*folders, by=(tag,))

    became, chart = page.head().charts
    assert became.chart_id == "changes"
    assert (chart.title, chart.table[0][0], [row[:3] for row in chart.table[1:]]) == (
        f"By {tag}",
        tag,
        [("db", "10", "old"), ("db", "10", "new")],
    )
    assert [one.label for one in page.head().columns if one.key == key] == [label]
    assert [row[key] for row in shown(page)] == ["db"] * 10 + ["net"] * 2 + [None]
    assert f"by {tag}: left out, with fewer than 10 instances: net (2)" in page.head().warnings
    assert f"--by {tag}" in page.head().commands[0].replace("'", "")


def sections_of(details: Details, title: str) -> list[Any]:
    return [section for section in details.sections if section.title == title]


def test_an_opened_row_has_both_sides(tmp_path: Path) -> None:
    page = compared(make_run(tmp_path / "a", 6, each=1), make_run(tmp_path / "b", 6, each=1, seed=7))

    details = page.details(3)

    titles = [section.title for section in details.sections]
    assert [section.side for section in details.sections[:2]] == ["A", "B"]
    assert titles[:2] == ["Verdict", "Verdict"]
    assert [section.side for section in sections_of(details, "Code")] == ["A", "B"]
    assert titles.index("Code") + 1 == len(titles) - 1 - titles[::-1].index("Code")
    (difference,) = sections_of(details, "From A's answer to B's")
    assert isinstance(difference, Diff)
    before, after = sections_of(details, "Code")
    assert isinstance(before, Text)
    assert difference.files[0].path == "answer.python"
    lines = [line for _, own in difference.files[0].hunks for line in own]
    assert {line.text for line in lines if line.before} <= set(before.text.splitlines())
    assert {line.text for line in lines if line.after} <= set(after.text.splitlines())


def test_the_file(tmp_path: Path) -> None:
    page = compared(
        make_run(tmp_path / "a", 8, each=1, hostile=True), make_run(tmp_path / "b", 8, each=1, hostile=True)
    )

    write_comparison(page, tmp_path / "page.html")

    text = (tmp_path / "page.html").read_text("utf-8")
    assert text.startswith("<!doctype html>")
    assert 'id="rows"' in text
    assert 'id="chunk-0"' in text
    assert not any(one in text for one in HOSTILE.values() if "<" in one)
