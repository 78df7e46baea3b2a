"""Drawings that a strict page may hold, and the tables that tell the same."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest

from boxscore.page.charts import pass_at_k_chart
from boxscore.page.read import read_page
from boxscore.score.statistics import InstanceCounts, estimate
from tests.page.runs import make_run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.page.records import Chart

pytest.importorskip("matplotlib", reason="the extra `page`")


@pytest.fixture(scope="module", name="charts")
def fixture_charts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Chart, ...]:
    """The charts of a run with agents and two models, whose names are hostile."""
    folder = make_run(tmp_path_factory.mktemp("charts") / "run", 48, agents=True, hostile=True, models=("a$b$", "c"))
    return read_page(folder).head.charts


def test_every_kind_is_there(charts: tuple[Chart, ...]) -> None:
    """Of a run that has something to say in each."""
    drawn = {chart.chart_id for chart in charts if chart.svg is not None}

    assert drawn == {"outcomes", "pass-at-k", "rounds", "wall-s"}
    assert {"models", "slowest"} <= {chart.chart_id for chart in charts}


def test_drawings_have_nothing_that_a_policy_refuses(charts: tuple[Chart, ...]) -> None:
    """No style, script, link, image or handler: attributes alone say how they look."""
    for chart in charts:
        if chart.svg is None:
            continue
        for element in ET.fromstring(chart.svg).iter():
            assert element.tag.rpartition("}")[2] in {
                *("svg", "g", "defs", "path", "use", "text", "tspan", "clipPath", "rect", "pattern"),
            }
            assert not {name for name in element.attrib if name == "style" or name.startswith(("on", "{"))}
            assert element.get("href", "#").startswith("#")
        assert "://" not in chart.svg.replace('xmlns="http://www.w3.org/2000/svg"', "")


def test_ids_are_each_drawings_own(charts: tuple[Chart, ...]) -> None:
    """Many stand in one document: each id is there once, and what refers to one finds it in its own drawing."""
    seen: set[str] = set()
    for chart in charts:
        ids = re.findall(r'\bid="([^"]+)"', chart.svg or "")
        assert len(ids) == len(set(ids))
        assert not seen & set(ids)
        seen |= set(ids)
        referred = re.findall(r'(?:url\(|href=")#([\w.-]+)', chart.svg or "")
        assert set(referred) <= set(ids)


def test_drawings_take_the_colour_of_the_page(charts: tuple[Chart, ...]) -> None:
    """Black would be lost on a dark page, and white is the paper; lines and bars have two colours of their own."""
    assert all("#2f6fbb" in chart.svg for chart in charts if chart.svg)
    for chart in charts:
        for element in ET.fromstring(chart.svg).iter() if chart.svg else ():
            for name in {"fill", "stroke"} & set(element.attrib):
                assert re.fullmatch(r"none|currentColor|#2f6fbb|#b5561f|url\(#chart-[\w.-]+\)", element.attrib[name])
            if element.tag.endswith("}text"):
                assert element.get("fill") == "currentColor"


def test_each_table_has_its_head(charts: tuple[Chart, ...]) -> None:
    """Rows are as long as the head."""
    for chart in charts:
        assert len(chart.table) > 1
        assert {len(row) for row in chart.table} == {len(chart.table[0])}


def test_the_curve_is_what_statistics_say() -> None:
    """The table of pass@k has the estimates and their intervals, for every k that half of the instances allow."""
    counts = [InstanceCounts(n=5, c=c) for c in (0, 1, 3, 5)]

    chart = pass_at_k_chart({"": counts}, draw=False)

    assert chart is not None
    assert chart.svg is None
    assert [row[0] for row in chart.table[1:]] == ["1", "2", "3", "4", "5"]
    third = estimate(counts, 3)
    assert chart.table[3][1:4] == (f"{third.value:.4f}", f"{third.low:.4f}", f"{third.high:.4f}")


def test_no_curve_of_one_sample() -> None:
    """It would be a point, which the score is already."""
    assert pass_at_k_chart({"": [InstanceCounts(n=1, c=1), InstanceCounts(n=1, c=0)]}, draw=False) is None


def test_a_thousand_samples_give_few_points() -> None:
    """From 1 to the most there are."""
    chart = pass_at_k_chart({"": [InstanceCounts(n=1000, c=10)] * 2}, draw=False)

    assert chart is not None
    ks = [int(row[0]) for row in chart.table[1:]]
    assert (ks[0], ks[-1]) == (1, 1000)
    assert len(ks) <= 25


def test_without_the_extra_there_are_tables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And a line that says how to have the drawings."""
    monkeypatch.setattr("boxscore.page.drawings.can_draw", lambda: False)
    head = read_page(make_run(tmp_path / "run", 12)).head

    assert head.charts
    assert all(chart.svg is None for chart in head.charts)
    assert any("boxscore[page]" in fact.note for fact in head.facts)


def test_outcomes_are_in_their_order(tmp_path: Path) -> None:
    """As the report has them, with their shares."""
    page = read_page(make_run(tmp_path / "run", 40), draw=False)
    chart = next(one for one in page.head.charts if one.chart_id == "outcomes")

    assert sum(int(row[1]) for row in chart.table[1:]) == 40
