"""What `--out`, `-p` and `boxscore.grade(out=…)` do with folders and files of the user's."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore.cli.app import main

if TYPE_CHECKING:
    from pathlib import Path

SAMPLE = {"instance_id": "tiny/roman-numeral", "solution": "def to_roman(n):\n    return ''\n"}


def run(*words: str) -> int:
    """Run a command, give its exit code."""
    with pytest.raises(SystemExit) as ended:
        main(words)
    return int(str(ended.value.code))


@pytest.fixture(name="mine")
def fixture_mine(tmp_path: Path) -> Path:
    """A folder with samples and a report of the user's."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "samples.jsonl").write_text(json.dumps(SAMPLE) + "\n")
    (folder / "report.json").write_text("mine")
    return folder


def test_python_is_refused_too(mine: Path) -> None:
    """`grade(out=…)` asks the same."""
    with pytest.raises(boxscore.UsageError, match="holds no run of boxscore"):
        boxscore.grade("tiny", out=mine, backend="local")

    assert (mine / "report.json").read_text() == "mine"


@pytest.mark.bubblewrap
def test_samples_in_the_run_directory_are_refused(mine: Path, tmp_path: Path) -> None:
    """Files there are the run's to replace."""
    samples = mine / "samples.jsonl"
    words = ("grade", "tiny", "--backend", "local", "--quiet", "--json", "--out", str(tmp_path / "run"))
    assert run(*words, "-p", str(samples)) == 0
    inside = tmp_path / "run" / "report.json.jsonl"
    inside.write_text(samples.read_text())

    assert run(*words, "-p", str(inside)) == 2
    assert inside.read_text() == samples.read_text()
