"""Folders of several runs, also those that others have written."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import InputError, UsageError
from boxscore.page.run_list import runs_in
from boxscore.run.folders import RunsRecord, check_folder_of_runs, each_run, find_run, rebuild_several, write_runs
from boxscore.run.store import open_run

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="folder")
def fixture_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "all"
    write_runs(folder, RunsRecord(benchmarks=("b", "a")))
    for name in ("a", "b"):
        with open_run(folder / name):
            pass
    return folder


def test_a_folder_stands_for_its_runs_in_their_order(folder: Path) -> None:
    """Where runs are taken; where one is taken it is refused, and in a list of runs they are seen."""
    assert each_run([str(folder), "other"]) == [str(folder / "b"), str(folder / "a"), "other"]
    assert find_run(str(folder), several=True) == folder
    assert runs_in(folder.parent) == [folder / "a", folder / "b"]
    with pytest.raises(UsageError, match="holds runs of several benchmarks"):
        find_run(str(folder))


def test_a_run_that_is_damaged_is_a_row_of_the_report(folder: Path) -> None:
    """The others are reported all the same."""
    report, each = rebuild_several(folder)

    assert not each
    assert [(one.benchmark, "no run.json" in (one.error or "")) for one in report.benchmarks] == [
        ("b", True),
        ("a", True),
    ]


@pytest.mark.parametrize("name", ["..", "../..", "/etc", ".hidden", ""])
def test_no_folder_elsewhere_is_one_of_its_runs(folder: Path, name: str) -> None:
    """Whoever wrote the record."""
    (folder / "runs.json").write_text(json.dumps({"benchmarks": [name]}))

    with pytest.raises(InputError, match="it names a folder elsewhere"):
        each_run([str(folder)])


def test_a_folder_with_something_else_is_refused(tmp_path: Path, folder: Path) -> None:
    """Also that of one run; one that is not there, is empty or holds such runs is not."""
    check_folder_of_runs(folder)
    check_folder_of_runs(tmp_path / "new")
    for other in (tmp_path, folder / "a"):
        with pytest.raises(UsageError, match="holds no runs of several benchmarks"):
            check_folder_of_runs(other)
