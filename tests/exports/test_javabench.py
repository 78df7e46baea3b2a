"""Files of JavaBench, of runs of it and of no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from boxscore.cli.export import export_command
from boxscore.protocols.project.task import ProjectDetail
from boxscore.records import Outcome
from tests.exports.runs import Given, write
from tests.harnesses.javabench.result_files import read_class_wise, read_test_wise

if TYPE_CHECKING:
    from pathlib import Path

HALF = ProjectDetail(compiled=True, tests={"t#a": "PASSED", "t#b": "FAILED"})


def exported(place: Path, benchmark: str, instance_id: str) -> Path:
    given = [
        Given(instance_id=instance_id, sample_id=model, model=model, outcome=Outcome.WRONG, facts={"detail": HALF})
        for model in ("one", "other/two")
    ]
    run = write(place / "r", given, benchmark=benchmark)
    export_command(str(run), to="javabench", out=str(place / "out"), force=False, files_version=None, quiet=True)
    return place / "out" / "output"


def test_results_of_classes(tmp_path: Path) -> None:
    """Each model has its own, which we can read again; metrics stand beside them."""
    folder = exported(tmp_path, "tiny-java@minimum", "Post/Box.java")

    assert sorted(path.name for path in (folder / "result-Post").iterdir()) == ["one", "other-two"]
    (verdict,) = read_class_wise(folder / "result-Post" / "one" / "single_class.json")
    assert (verdict.task, verdict.passed, verdict.total, verdict.share) == ("Post/Box.java", 1, 2, 0.5)
    metrics = json.loads((folder / "javabench_metrics.json").read_text("utf-8"))
    assert metrics["one"]["scores"][0]["mean"]["pass_linear"]["value"] == 0.5


def test_results_of_suites(tmp_path: Path) -> None:
    folder = exported(tmp_path, "javabench@test-wise", "PA19/CellTest")

    (verdict,) = read_test_wise(folder / "result-PA19" / "one" / "result-full.json")
    assert (verdict.task, verdict.compiled) == ("PA19/CellTest", True)
