"""Tests of what a run of MigrationBench leaves."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from boxscore import GradedRun, MigrationDetail, Outcome, Result, Sample, Trust
from harnesses.migration_bench import HARNESS

if TYPE_CHECKING:
    from pathlib import Path

REPOSITORIES = ("a/passed", "b/failed", "c/lost", "d/missing")


def result(name: str, outcome: Outcome, *, official: bool | None = None, disagreement: str = "") -> Result:
    return Result(
        instance_id=name,
        sample_id="0",
        outcome=outcome,
        trust=Trust.OBSERVER,
        detail=MigrationDetail(official_passed=official, disagreement=disagreement),
    )


def graded_run(folder: Path, *, files: Path | None = None, models: tuple[str, ...] = ("m",)) -> GradedRun:
    samples = [
        Sample(instance_id=name, sample_id=f"{model}/0" if len(models) > 1 else "0", text="patch", model=model)
        for model in models
        for name in REPOSITORIES[:3]
    ]
    results = (
        result("a/passed", Outcome.PASSED, official=True),
        result("b/failed", Outcome.TAMPERED, official=True, disagreement="a class is not its source's"),
        result("c/lost", Outcome.INTERNAL),
    )
    return GradedRun(
        run_id="r",
        folder=folder,
        files=files,
        instances=REPOSITORIES,
        samples=tuple(samples),
        results=results,
        tasks={},
        printed=lambda one: one.output,
    )


def written(folder: Path, run: GradedRun) -> Any:
    paths = HARNESS.narrowed("selected").write_files(run)
    assert [path.name for path in paths] == ["migration_bench_results.json"]
    return json.loads((folder / "migration_bench_results.json").read_text("utf-8"))


def test_official_verdicts_stand_beside_ours(tmp_path: Path) -> None:
    (found,) = written(tmp_path, graded_run(tmp_path))["predictions"]

    assert (found["official"]["success"], found["official"]["efficacy"]) == (2, 50.0)
    assert found["disagreements"] == {"https://github.com/b/failed": "a class is not its source's"}
