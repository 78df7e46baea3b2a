"""Figures, and the tables that say the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.page.charts import pass_at_k_chart, spread_chart
from boxscore.page.read import read_page
from boxscore.page.records import Histogram
from boxscore.score.statistics import InstanceCounts, estimate
from tests.page.runs import make_run

if TYPE_CHECKING:
    from boxscore.page.records import Chart


@pytest.fixture(scope="module", name="charts")
def fixture_charts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Chart, ...]:
    folder = make_run(tmp_path_factory.mktemp("charts") / "run", 48, agents=True, hostile=True, models=("a$b$", "c"))
    return read_page(folder).head.charts


def test_every_kind_is_there(charts: tuple[Chart, ...]) -> None:
    drawn = {chart.chart_id for chart in charts if chart.drawing is not None}

    assert drawn == {"outcomes", "pass-at-k", "rounds", "wall-s"}
    assert {"models", "slowest"} <= {chart.chart_id for chart in charts}


def test_the_curve_is_what_statistics_say() -> None:
    counts = [InstanceCounts(n=5, c=c) for c in (0, 1, 3, 5)]

    chart = pass_at_k_chart({"": counts})

    assert chart is not None
    assert [row[0] for row in chart.table[1:]] == ["1", "2", "3", "4", "5"]
    third = estimate(counts, 3)
    assert chart.table[3][1:4] == (f"{third.value:.4f}", f"{third.low:.4f}", f"{third.high:.4f}")


def test_a_thousand_samples_give_few_points() -> None:
    chart = pass_at_k_chart({"": [InstanceCounts(n=1000, c=10)] * 2})

    assert chart is not None
    ks = [int(row[0]) for row in chart.table[1:]]
    assert (ks[0], ks[-1]) == (1, 1000)
    assert len(ks) <= 25


def test_a_histogram_counts_each_sample_once_on_a_log_axis() -> None:
    chart = spread_chart("x", "Time", "seconds", [0.0, 0.01, 1.0], [10.0, 100.0])

    assert chart is not None
    assert isinstance(chart.drawing, Histogram)
    assert (sum(chart.drawing.passed), sum(chart.drawing.others)) == (3, 2)
    assert chart.drawing.passed[0] == 2
    assert chart.drawing.others[-1] == 1
    assert (chart.drawing.edges[0], chart.drawing.edges[-1]) == (0.01, 100.0)
