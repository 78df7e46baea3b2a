"""The report files of a run directory."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import StoreError
from boxscore.provenance import Provenance, RunRecord
from boxscore.records import Outcome, Result, Sample, Trust
from boxscore.run.run import run_info, write_reports

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.report.build import Report


def written(folder: Path, **words: str) -> Report:
    outcomes = {"P": Outcome.PASSED, "W": Outcome.WRONG}
    samples = [
        Sample(instance_id=name, sample_id=f"{model}/0", text="", model=model)
        for model, word in words.items()
        for name, _ in zip("ab", word, strict=False)
    ]
    results = [
        Result(instance_id=name, sample_id=f"{model}/0", outcome=outcomes[letter], trust=Trust.WATCHED)
        for model, word in words.items()
        for name, letter in zip("ab", word, strict=False)
    ]
    provenance = Provenance(
        run_id="r",
        benchmark="b",
        title="B",
        trust=Trust.WATCHED,
        instances=2,
        samples=len(samples),
        counts_missing=True,
    )
    return write_reports(
        folder, run_info(RunRecord(provenance=provenance, instances={"a": None, "b": None}), samples), results
    )


def test_each_model_has_its_reports(tmp_path: Path) -> None:
    """Three files each, of its own samples; the whole has no score of all together."""
    written(tmp_path, one="PP", two="W")

    whole = json.loads((tmp_path / "report.json").read_bytes())
    assert [one["report"] for one in whole["models"]] == ["models/one/report.json", "models/two/report.json"]
    for one in whole["models"]:
        own = json.loads((tmp_path / one["report"]).read_bytes())
        assert (own["model"], own["pass_at_k"]) == (one["model"], one["pass_at_k"])
    assert sorted(path.name for path in (tmp_path / "models" / "two").iterdir()) == [
        "junit.xml",
        "report.json",
        "report.md",
    ]
    assert (tmp_path / "models" / "two" / "junit.xml").read_text().count("<testcase") == 1


def test_no_report_is_written_through_a_link(tmp_path: Path) -> None:
    """A run writes to no folder elsewhere."""
    (tmp_path / "run").mkdir()
    (tmp_path / "mine").mkdir()
    (tmp_path / "run" / "models").symlink_to(tmp_path / "mine")

    with pytest.raises(StoreError, match="models: cannot be made: it is a symbolic link"):
        written(tmp_path / "run", one="PP", two="W")
    assert list((tmp_path / "mine").iterdir()) == []


def test_models_that_are_no_longer_there_go(tmp_path: Path) -> None:
    """Another command in the same directory keeps no report of other models, nor removes another file."""
    written(tmp_path, one="PP", two="WW")
    (tmp_path / "models" / "two" / "notes.txt").write_text("mine")

    written(tmp_path, one="PP", three="WP")

    assert sorted(path.name for path in (tmp_path / "models").iterdir()) == ["one", "three", "two"]
    assert [path.name for path in (tmp_path / "models" / "two").iterdir()] == ["notes.txt"]
    assert written(tmp_path, one="PP").models == ()
    assert not (tmp_path / "models" / "one").exists()
