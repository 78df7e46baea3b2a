"""Files that harnesses of benchmarks write of a graded run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from boxscore.data.plugin_calls import write_files
from boxscore.data.plugins import load_harness
from boxscore.exports.run import ExportedRun
from boxscore.protocols.project.task import ProjectDetail
from boxscore.protocols.web.detail import WebAttempt, WebDetail
from boxscore.records import Outcome
from tests.exports.runs import Given, write

if TYPE_CHECKING:
    from pathlib import Path

HALF = ProjectDetail(compiled=True, tests={"t#a": "PASSED", "t#b": "FAILED"})
STOPPED = WebDetail(
    tasks=("task-1", "task-2"),
    attempts=(WebAttempt(task="task-1", number=1, outcome=Outcome.PASSED),),
    stopped="task-2",
)


def written(place: Path, benchmark: str, given: list[Given]) -> Path:
    run = write(place / "r", given, benchmark=benchmark)
    write_files(load_harness(benchmark), ExportedRun(run).graded("r", place, "out"))
    return place / "out"


def half(instance_id: str) -> list[Given]:
    return [
        Given(instance_id=instance_id, sample_id=model, model=model, outcome=Outcome.WRONG, facts={"detail": HALF})
        for model in ("one", "other/two")
    ]


def test_javabench(tmp_path: Path) -> None:
    folder = written(tmp_path, "tiny-java@minimum", half("Post/Box.java"))

    metrics = json.loads((folder / "javabench_metrics.json").read_text("utf-8"))
    assert metrics["one"]["scores"][0]["mean"]["pass_linear"]["value"] == 0.5


def test_web_bench(tmp_path: Path) -> None:
    given = Given(instance_id="dom", model="one", outcome=Outcome.NO_CODE, facts={"detail": STOPPED})

    folder = written(tmp_path, "web-bench@dom", [given])

    metrics = json.loads((folder / "web_bench_metrics.json").read_text("utf-8"))
    assert metrics["models"]["one"]["all"]["prefix_pass@1"]["published_percent"] == 50.0
