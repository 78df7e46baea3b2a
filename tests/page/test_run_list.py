"""The list of runs: which there are, what is said of each, and that nothing in an address is a path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boxscore.page.run_list import ListedRun, RunFolders, RunList
from boxscore.page.write import render_runs
from boxscore.provenance import SamplingRecord
from boxscore.run.run import rebuild
from boxscore.run.store import lock_run
from tests.compare.runs import write_run

if TYPE_CHECKING:
    from pathlib import Path


def finished_run(folder: Path, graded: str, **facts: Any) -> Path:
    write_run(folder, graded, started="2026-11-28T10:00:00Z", finished="2026-11-28T10:05:00Z", **facts)
    rebuild(folder)
    return folder


def listed(folder: Path) -> list[ListedRun]:
    return RunList().listed(RunFolders(folders=[folder]).run_folders())


def test_a_finished_run_shows_its_score(tmp_path: Path) -> None:
    finished_run(tmp_path / "one", "+ + + -", model="m-1")

    (run,) = listed(tmp_path)

    assert (run.key, run.state, run.benchmark, run.model) == ("one", "finished", "bench", "m-1")
    assert (run.metric, run.score, run.samples, run.planned) == ("pass@1", 0.75, 4, 4)
    assert run.low is not None
    assert run.high is not None
    assert run.low < 0.75 < run.high


def test_states(tmp_path: Path) -> None:
    write_run(tmp_path / "half", "+ + -", without_result=1)
    finished_run(tmp_path / "whole", "+")
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "run.json").write_text("{")
    (tmp_path / "no-run").mkdir()
    write_run(tmp_path / "live", "+ -", without_result=1)
    sampling = SamplingRecord(model="m", planned=100, sampled=10)
    finished_run(tmp_path / "stopped", "+ -", sampling=sampling)

    with lock_run(tmp_path / "live"):
        runs = listed(tmp_path)

    found = {run.run_id: (run.state, run.samples) for run in runs}
    assert {run.run_id for run in runs if run.score is not None} == {"whole"}
    assert found == {
        "half": ("interrupted", 2),
        "whole": ("finished", 1),
        "broken": ("damaged", 0),
        "live": ("going on", 1),
        "stopped": ("interrupted", 2),
    }


def test_a_refused_run_says_why(tmp_path: Path) -> None:
    write_run(tmp_path / "run", "+ -", without_result=1, ungraded_reason="there is no image x")
    with lock_run(tmp_path / "run"):
        (at_work,) = listed(tmp_path)

    (run,) = listed(tmp_path)

    assert (run.state, run.why) == ("refused", "there is no image x")
    assert at_work.state == "going on"


@pytest.mark.parametrize("name", ["../x", "a b", "<script>alert(1)</script>", "\u202egpj.exe", "ü" * 60, "a\udcffb"])
def test_names_become_keys(tmp_path: Path, name: str) -> None:
    folder = write_run(tmp_path / "run", "+").rename(tmp_path / name.replace("/", "\u2044"))

    run_folders = RunFolders(folders=[tmp_path]).run_folders()
    page = render_runs(RunList().listed(run_folders))

    ((key, path),) = run_folders.items()
    assert path.samefile(folder)
    assert all(one.isascii() and (one.isalnum() or one in "-_") for one in key)
    assert "<script>alert" not in page
    assert page.encode(errors="replace")
