"""A run directory as a page: its index, what is told of a run, and runs that are not as they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import InputError
from boxscore.page.charts import spread_chart
from boxscore.page.read import read_page
from boxscore.page.records import Histogram
from boxscore.run.store import open_run, read_run
from tests.compare.runs import write_run
from tests.page.runs import make_run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.page.read import RunPage
    from boxscore.page.records import Chart, Scalar


def column(page: RunPage, key: str) -> list[Scalar]:
    place = [one.key for one in page.head.columns].index(key)
    return [row[place] for row in page.rows]


def test_a_row_for_each_sample_in_the_runs_order(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 10, each=3)
    _, samples, results = read_run(folder)

    page = read_page(folder)

    assert page.head.rows == len(page.rows) == 10
    names = list(zip(column(page, "instance"), column(page, "sample"), strict=True))
    assert names == [(one.instance_id, one.sample_id) for one in samples]
    expected = [results[one.instance_id, one.sample_id] for one in samples]
    assert column(page, "outcome") == [one.outcome for one in expected]
    assert column(page, "wall_s") == [one.wall_s for one in expected]
    assert column(page, "memory") == [one.memory_bytes for one in expected]
    assert column(page, "trust") == ["" if one.level is None else one.level for one in expected]
    assert "" in column(page, "trust")


def test_samples_without_a_result_are_listed(tmp_path: Path) -> None:
    page = read_page(write_run(tmp_path / "run", "+- +-", without_result=1))

    assert column(page, "outcome") == ["passed", "wrong", "passed", "ungraded"]
    assert [fact.value for fact in page.head.facts if fact.label == "without a result"] == ["1"]
    (section,) = [one for one in page.details(3).sections if getattr(one, "title", "") == "Verdict"]
    assert "not graded yet" in repr(section)


def test_equal_texts_with_other_outcomes_are_flaky(tmp_path: Path) -> None:
    page = read_page(write_run(tmp_path / "run", "+- ++ +i"))

    assert column(page, "flags") == ["flaky", "flaky", "", "", "", ""]
    (chart,) = [one for one in page.head.charts if one.chart_id == "flaky"]
    assert [row[:2] for row in chart.table[1:]] == [("t/0", "0"), ("t/0", "1")]


def test_each_of_several_models_has_its_score(tmp_path: Path) -> None:
    head = read_page(make_run(tmp_path / "run", 24, models=("one", "two"))).head

    assert head.title == "tiny, 2 models"
    assert {fact.label for fact in head.score} == {"one: pass@1", "two: pass@1"}
    (table,) = [chart.table for chart in head.charts if chart.chart_id == "models"]
    assert [row[0] for row in table] == ["model", "one", "two"]


def test_a_damaged_run_is_refused(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 4)
    path = folder / "results.jsonl"
    path.write_bytes(path.read_bytes().replace(b'"attempts":1', b'"attempts":2', 1))

    with pytest.raises(InputError, match=r"results\.jsonl:1: damaged line: its checksum does not fit"):
        read_page(folder)


def test_commands_that_make_it_again(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 44, agents=True, backend="docker", runtime="runsc", k=(1, 4))

    commands = read_page(folder).head.commands

    settings = "-k 1,4 --backend docker --runtime runsc"
    asked = "-m model-a -n 4 --temperature 0.8 --max-cost 5.0 --variant chat --agent repair --token-limit 500k"
    assert commands == (
        f"boxscore run tiny {asked} {settings}",
        f"boxscore grade tiny -p {folder} {settings}",
        f"boxscore report {folder}",
    )


@pytest.mark.parametrize(("benchmark", "data"), [("runs/one/harness.py", None), ("own", "runs/one/harness.py")])
def test_no_command_names_code(tmp_path: Path, benchmark: str, data: str | None) -> None:
    folder = make_run(tmp_path / "run", 2)
    with open_run(folder) as store:
        record = store.record()
        assert record is not None
        changed = replace(record.provenance, benchmark=benchmark, data_path=data)
        store.write_record(replace(record, provenance=changed))

    assert read_page(folder).head.commands == (f"boxscore report {folder}",)


@pytest.fixture(scope="module", name="charts")
def fixture_charts(tmp_path_factory: pytest.TempPathFactory) -> tuple[Chart, ...]:
    folder = make_run(tmp_path_factory.mktemp("charts") / "run", 48, agents=True, hostile=True, models=("a$b$", "c"))
    return read_page(folder).head.charts


def test_every_kind_is_there(charts: tuple[Chart, ...]) -> None:
    drawn = {chart.chart_id for chart in charts if chart.drawing is not None}

    assert drawn == {"outcomes", "pass-at-k", "wall-s"}
    assert {"models", "slowest"} <= {chart.chart_id for chart in charts}


def test_a_histogram_counts_each_sample_once_on_a_log_axis() -> None:
    chart = spread_chart("x", "Time", "seconds", [0.0, 0.01, 1.0], [10.0, 100.0])

    assert chart is not None
    assert isinstance(chart.drawing, Histogram)
    assert (sum(chart.drawing.passed), sum(chart.drawing.others)) == (3, 2)
    assert chart.drawing.passed[0] == 2
    assert chart.drawing.others[-1] == 1
    assert (chart.drawing.edges[0], chart.drawing.edges[-1]) == (0.01, 100.0)
