"""A run that goes on: new results are new rows, each line is read once, and no half of one is believed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from boxscore.agents.contract import Draft
from boxscore.errors import InputError
from boxscore.page import follow
from boxscore.page.follow import FollowedRun
from boxscore.page.run_list import RunFolders
from boxscore.page.view import make_view
from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import Outcome, Result, SampleKind, Trust
from boxscore.run.lines import encode_line
from boxscore.run.store import ATTEMPTS, open_run
from boxscore.sampling.records import Attempt

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.run.store import RunStore

INSTANCES = tuple(f"t/{number}" for number in range(10))


def result(number: int, outcome: Outcome = Outcome.PASSED, *, key: str = "k", **facts: Any) -> Result:
    name = INSTANCES[number]
    return Result(instance_id=name, sample_id="0", outcome=outcome, trust=Trust.ORACLE, key=key, **facts)


def sample(number: int, *, text: str = "x = 1", key: str = "k") -> StoredSample:
    kind = SampleKind.SOLUTION
    return StoredSample(instance_id=INSTANCES[number], sample_id="0", text=text, kind=kind, model="m-1", key=key)


def record(store: RunStore, lines: tuple[tuple[int, int], ...] = ((0, 10),)) -> RunRecord:
    provenance = Provenance(
        run_id=store.path.name, benchmark="bench", title="Bench", trust=Trust.ORACLE, instances=10, samples=10
    )
    return RunRecord(provenance=provenance, instances=dict.fromkeys(INSTANCES), sample_lines=lines)


@contextmanager
def going_on(folder: Path) -> Iterator[RunStore]:
    with open_run(folder) as store:
        store.add_samples(lambda: [sample(number) for number in range(10)])
        store.write_record(record(store))
        yield store


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(follow, "FRESH_S", 0.0)
    monkeypatch.setattr(follow, "_PAUSES", 0)


def test_the_score_so_far(tmp_path: Path) -> None:
    with going_on(tmp_path / "run") as store:
        store.append([result(0), result(1), result(2, Outcome.WRONG), result(3, Outcome.INTERNAL)])
        (score,) = FollowedRun(store.path).head().score

    assert (score.label, score.value) == ("pass@1 so far", "66.7 %")
    assert "3 instances, 3 samples" in score.note


def test_a_sample_that_is_graded_again(tmp_path: Path) -> None:
    with going_on(tmp_path / "run") as store:
        store.append([result(0, Outcome.INTERNAL), result(1)])
        run = FollowedRun(store.path)
        before = run.head().generation
        store.append([result(0)])
        after = run.head()
        rows = run.rows(0)

    assert after.generation == before + 1
    assert [row[:3] for row in rows] == [("t/0", "0", "passed"), ("t/1", "0", "passed")]


def test_a_half_written_line_is_left_for_later(tmp_path: Path) -> None:
    line = encode_line(result(1))
    with going_on(tmp_path / "run") as store:
        store.append([result(0)])
        run = FollowedRun(store.path)
        with (store.path / "results.jsonl").open("ab") as file:
            file.write(line[:20])
            file.flush()
            half = run.head()
            file.write(line[20:])
        whole = run.head()

    assert (half.rows, half.generation) == (1, whole.generation)
    assert whole.rows == 2
    assert not any("damaged" in one for one in (*half.warnings, *whole.warnings))


def test_a_damaged_line_is_refused(tmp_path: Path) -> None:
    with going_on(tmp_path / "run") as store:
        run = FollowedRun(store.path)
        with (store.path / "results.jsonl").open("ab") as file:
            file.write(b'{"instance_id":"t/0"}\n')
        with pytest.raises(InputError, match=r"results\.jsonl:1: damaged line"):
            run.head()


def test_results_of_other_answers_are_not_shown(tmp_path: Path) -> None:
    with open_run(tmp_path / "run") as store:
        store.append([result(0, Outcome.WRONG, key="old"), result(7, Outcome.WRONG, key="old")])
        store.add_samples(lambda: [sample(number) for number in range(5)])
        store.write_record(record(store, ((0, 5),)))
        run = FollowedRun(store.path)
        before = run.rows(0)
        store.append([result(0)])
        after = run.rows(0)

    assert list(before) == []
    assert [row[:3] for row in after] == [("t/0", "0", "passed")]


def test_answers_of_a_model_that_is_still_asked(tmp_path: Path) -> None:
    drafts = (Draft(text="first"), Draft(text="def f(): ...", kind=SampleKind.SOLUTION))
    attempt = Attempt(instance_id="t/0", sample_id="0", setup="s", drafts=drafts, wall_s=2.5)
    with open_run(tmp_path / "run") as store:
        store.write_record(record(store, ()))
        with store.further_log(ATTEMPTS) as append:
            append(encode_line(attempt))
        store.append([result(0)])
        run = FollowedRun(store.path)
        (row,), head = run.rows(0), run.head()
        sections = {section.title: section for section in run.details(0).sections}

    shown = dict(zip((column.key for column in head.columns), row, strict=True))
    assert (shown["agent_s"], shown["rounds"]) == (2.5, 2)
    assert sections["Code"].text == "def f(): ..."  # type: ignore[union-attr]


def test_over_http(tmp_path: Path) -> None:
    app = make_view(RunFolders(folders=[tmp_path]))
    with going_on(tmp_path / "run") as store, TestClient(app, base_url="http://127.0.0.1") as client:
        store.append([result(0)])
        first = client.get("/runs/run/head.json").json()
        store.append([result(4, Outcome.TIMEOUT)])
        other = client.get("/runs/run/head.json").json()
        more = client.get("/runs/run/rows.json?from=1").json()
        state = client.get("/runs.json").json()["runs"][0]

    assert (first["rows"], other["rows"]) == (1, 2)
    assert [row[:3] for row in more] == [["t/4", "0", "timeout"]]
    assert (state["state"], state["samples"], state["planned"], state["score"]) == ("going on", 2, 10, None)
