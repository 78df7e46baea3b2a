"""SWE-rebench V2's report of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import GradedRun, Outcome, Result, Sample, SampleKind, Trust
from boxscore.protocols.patch.task import PatchDetail
from harnesses.swebench.swe_rebench import REPORT, load_swe_rebench, swe_rebench_task, write_eval_reports
from tests.harnesses.swebench.swe_rebench.rebench_rows import V1, V2, v1_row, v2_row, write_data

if TYPE_CHECKING:
    from pathlib import Path

RIGHT = {"test_total": "PASSED", "test_cheapest": "PASSED"}


def graded(folder: Path, *results: tuple[str, str, Outcome, dict[str, str] | None]) -> GradedRun:
    instances = load_swe_rebench(write_data(folder, v1_row(), v2_row()))
    samples = [
        Sample(instance_id=name, sample_id=str(place), text="diff", kind=SampleKind.PATCH, model=model)
        for place, (name, model, _, _) in enumerate(results)
    ]
    return GradedRun(
        run_id="run",
        folder=folder / "run",
        files=None,
        instances=(V1, V2),
        samples=tuple(samples),
        results=tuple(
            Result(
                instance_id=sample.instance_id,
                sample_id=sample.sample_id,
                outcome=outcome,
                trust=Trust.WATCHED,
                detail=None if tests is None else PatchDetail(tests=tests),
            )
            for sample, (_, _, outcome, tests) in zip(samples, results, strict=True)
        ),
        tasks={one.instance_id: swe_rebench_task(one) for one in instances},
        printed=lambda one: one.output,
    )


@pytest.mark.parametrize(
    ("outcome", "tests", "expected"),
    [
        (Outcome.PASSED, RIGHT, (["test_total"], [], True, "")),
        (Outcome.WRONG, {**RIGHT, "test_total": "FAILED"}, ([], [], False, "")),
        (Outcome.WRONG, {**RIGHT, "test_cheapest": "MISSING"}, (["test_total"], ["test_cheapest"], False, "")),
        (Outcome.TAMPERED, RIGHT, ([], ["test_cheapest"], False, "")),
        (Outcome.PATCH_REJECTED, None, ([], ["test_cheapest"], False, "")),
        (Outcome.NO_CODE, None, ([], ["test_cheapest"], False, "no_code")),
        (Outcome.INTERNAL, None, ([], ["test_cheapest"], False, "internal")),
    ],
)
def test_an_item(tmp_path: Path, outcome: Outcome, tests: dict[str, str] | None, expected: tuple[object, ...]) -> None:
    (path,) = write_eval_reports(graded(tmp_path, (V2, "lab/model", outcome, tests)))

    report = json.loads(path.read_text())
    (item,) = report["items"]
    assert path == tmp_path / "run" / REPORT
    assert (report["total"], report["all_ok"]) == (1, outcome is Outcome.PASSED)
    fields = ("from_fail_to_pass", "failed_from_pass_to_pass", "passed_match", "error")
    assert tuple(item[name] for name in fields) == expected
