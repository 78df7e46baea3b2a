"""SWE-bench Pro's own files of a run."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from boxscore import GradedRun, Outcome, Result, Sample, SampleKind, Trust
from boxscore.protocols.patch.task import PatchDetail
from harnesses.swebench.pro import load_swebench_pro, swebench_pro_task, write_outputs
from tests.harnesses.swebench.pro.pro_rows import KEPT, MENDED, NAME, row, write_data

if TYPE_CHECKING:
    from pathlib import Path

RIGHT = {MENDED: "PASSED", KEPT: "PASSED"}
OTHER = "instance_toy__shop-0b"


def sample(instance_id: str = NAME, number: int = 0, model: str = "gpt") -> Sample:
    text = f"diff --git a/{number} b/{number}\n"
    return Sample(instance_id=instance_id, sample_id=str(number), text=text, kind=SampleKind.PATCH, model=model)


def result(of: Sample, outcome: Outcome, tests: dict[str, str] | None = None) -> Result:
    return Result(
        instance_id=of.instance_id,
        sample_id=of.sample_id,
        outcome=outcome,
        trust=Trust.WATCHED,
        output="printed",
        detail=None if tests is None else PatchDetail(tests=tests),
    )


def graded(folder: Path, files: Path | None, *pairs: tuple[Sample, Result | None]) -> GradedRun:
    instances = load_swebench_pro(write_data(folder, row(), row(instance_id=OTHER)))
    return GradedRun(
        run_id="run",
        folder=folder,
        files=files,
        instances=tuple(one.instance_id for one in instances),
        samples=tuple(one for one, _ in pairs),
        results=tuple(one for _, one in pairs if one is not None),
        tasks={one.instance_id: swebench_pro_task(one) for one in instances},
        printed=lambda one: one.output,
    )


def read(path: Path) -> object:
    return json.loads(path.read_text())


def test_files_of_an_instance(tmp_path: Path) -> None:
    one = sample()
    tests = {MENDED: "FAILED", KEPT: "MISSING"}
    write_outputs(graded(tmp_path, tmp_path / "files", (one, result(one, Outcome.WRONG, tests))))

    place = tmp_path / "files" / NAME
    assert sorted(path.name for path in place.iterdir()) == [
        "gpt_entryscript.sh",
        "gpt_output.json",
        "gpt_patch.diff",
        "gpt_stderr.log",
        "gpt_stdout.log",
    ]
    assert read(place / "gpt_output.json") == {"tests": [{"name": MENDED, "status": "FAILED"}]}
    assert (place / "gpt_patch.diff").read_text() == one.text
    assert (place / "gpt_stdout.log").read_text() == "printed"
    assert "run_script.sh" in (place / "gpt_entryscript.sh").read_text()


@pytest.mark.parametrize("outcome", [Outcome.TAMPERED, Outcome.TIMEOUT, Outcome.OUTPUT_LIMIT])
def test_an_output_says_no_more_than_the_verdict(tmp_path: Path, outcome: Outcome) -> None:
    one = sample()
    write_outputs(graded(tmp_path, tmp_path / "files", (one, result(one, outcome, RIGHT))))

    assert read(tmp_path / "files" / NAME / "gpt_output.json") == {"tests": []}
