"""A run directory as a page: its index, what is told of a run, and runs that are not as they should be."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import InputError
from boxscore.page.read import read_page
from boxscore.provenance import SamplingRecord
from boxscore.records import Outcome
from boxscore.run.store import open_run, read_run
from tests.compare.runs import write_run
from tests.page.runs import make_run

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.page.read import RunPage
    from boxscore.page.records import Scalar


def column(page: RunPage, key: str) -> list[Scalar]:
    place = [one.key for one in page.head.columns].index(key)
    return [row[place] for row in page.rows]


def shown(page: RunPage) -> set[str]:
    return {one.key for one in page.head.columns if one.shown}


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


def test_columns_that_tell_nothing_are_hidden(tmp_path: Path) -> None:
    plain = read_page(make_run(tmp_path / "plain", 6))
    asked = read_page(make_run(tmp_path / "asked", 6, agents=True, models=("a", "b")))

    assert shown(plain) == {"instance", "sample", "outcome", "reason", "wall_s"}
    assert shown(asked) >= {"model", "rounds", "agent_s", "tokens", "cost"}
    assert set(column(asked, "tokens")) == {2400}
    assert set(column(asked, "cost")) == {0.004}
    assert set(column(asked, "rounds")) == {2}


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


def test_a_sample_that_was_graded_twice_with_two_outcomes_is_flaky(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", "- -")
    _, _, results = read_run(folder)
    with open_run(folder) as store:
        store.append([replace(results["t/0", "0"], outcome=Outcome.PASSED)])

    page = read_page(folder)

    assert column(page, "outcome") == ["passed", "wrong"]
    assert column(page, "flags") == ["flaky", ""]


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


def test_what_samples_printed_is_not_held(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 64, log_bytes=128 << 10)
    tracemalloc.start()
    try:
        page = read_page(folder)
        for row in range(8):
            page.details(row)
        held, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert (folder / "results.jsonl").stat().st_size > 6 << 20
    assert held < 2 << 20


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


def test_hostile_words_of_commands_are_quoted(tmp_path: Path) -> None:
    commands = read_page(make_run(tmp_path / "run", 4, benchmark="x; rm -rf ~ #\n$(id)")).head.commands

    assert commands[0].startswith("boxscore grade 'x; rm -rf ~ #\n$(id)' -p ")


def test_a_record_that_says_too_much(tmp_path: Path) -> None:
    folder = make_run(tmp_path / "run", 8)
    with open_run(folder) as store:
        record = store.record()
        assert record is not None
        changed = replace(
            record.provenance,
            versions={f"package-{n}": "1" for n in range(500)},
            k=tuple(range(1, 3001)),
            sampling=SamplingRecord(model="m", planned=8, sampled=8, stop=("x",) * 1000),
        )
        store.write_record(replace(record, provenance=changed))

    head = read_page(folder).head

    assert len(head.score) == 2000
    assert any("more scores are not shown" in line for line in head.warnings)
    assert len(head.provenance) < 100
    assert [line.split()[1] for line in head.commands] == ["grade", "report"]


@pytest.mark.parametrize(("benchmark", "data"), [("runs/one/harness.py", None), ("own", "runs/one/harness.py")])
def test_no_command_names_code(tmp_path: Path, benchmark: str, data: str | None) -> None:
    folder = make_run(tmp_path / "run", 2)
    with open_run(folder) as store:
        record = store.record()
        assert record is not None
        changed = replace(record.provenance, benchmark=benchmark, data_path=data)
        store.write_record(replace(record, provenance=changed))

    assert read_page(folder).head.commands == (f"boxscore report {folder}",)
