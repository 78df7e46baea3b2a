"""Recorded samples of tiny-programs, graded as a user grades them, end as they must."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore import ProgramDetail, Result, Sample, SampleKind
from boxscore.images import environments
from boxscore.protocols.details import decode_result
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Backend

ROOT = folder("instances") / "tiny_programs"
SAMPLES = [json.loads(line) for line in (ROOT / "samples.jsonl").read_text("utf-8").splitlines()]
QUICK = [
    row
    for row in SAMPLES
    if not row["instance_id"].endswith(("-cpp", "-js")) and row["expect"] not in ("timeout", "memory", "process_limit")
]


def graded(rows: Sequence[dict[str, Any]], backend: str, out: Path) -> dict[tuple[str, str], Result]:
    """Grade samples; their results by name."""
    kinds = {"solution": SampleKind.SOLUTION, "answer": SampleKind.ANSWER}
    samples = [
        Sample(instance_id=row["instance_id"], sample_id=row["sample_id"], text=row[name], kind=kind)
        for row in rows
        for name, kind in kinds.items()
        if name in row
    ]
    boxscore.grade("tiny-programs", samples, backend=backend, workers=1, out=out, reuse=False)
    lines = (out / "results.jsonl").read_bytes().splitlines()
    return {(one.instance_id, one.sample_id): one for one in (decode_result(line) for line in lines)}


def unlike(rows: Sequence[dict[str, Any]], results: dict[tuple[str, str], Result]) -> list[str]:
    """Those that ended otherwise than they must."""
    found = []
    for row in rows:
        result = results[row["instance_id"], row["sample_id"]]
        held = (
            result.outcome not in ("passed", "internal") if row["expect"] == "fail" else result.outcome == row["expect"]
        )
        if not held:
            found.append(
                f"{row['instance_id']} {row['sample_id']}: {result.outcome}, not {row['expect']}: {result.reason}"
            )
    return found


@pytest.mark.bubblewrap
def test_quick_samples_end_as_they_must(local_backend: Backend, tmp_path: Path) -> None:
    """Right, wrong, raising, silent and unreadable ones, and those without code; details name the case that failed."""
    results = graded(QUICK, local_backend.name, tmp_path / "run")

    assert unlike(QUICK, results) == []
    detail = results["tiny-programs/till", "leave-raises"].detail
    assert isinstance(detail, ProgramDetail)
    assert (detail.first_failing, len(detail.cases), detail.language) == (2, 3, "python")
    assert [one.outcome for one in detail.cases] == ["passed", "passed", "error"]


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.timeout(900)
def test_all_samples_end_as_they_must_in_local_boxes(local_backend: Backend, tmp_path: Path) -> None:
    """In each language that the machine has."""
    lacking = [
        f"-{name}" for name, tool in (("cpp", "g++"), ("js", "node")) if shutil.which(tool, path="/usr/bin") is None
    ]
    rows = [row for row in SAMPLES if not row["instance_id"].endswith(tuple(lacking))]

    assert unlike(rows, graded(rows, local_backend.name, tmp_path / "run")) == []


@pytest.mark.slow
@pytest.mark.docker
@pytest.mark.timeout(900)
def test_all_samples_end_as_they_must_in_docker_boxes(docker_backend: Backend, tmp_path: Path) -> None:
    """In the image that has all languages."""
    (image,) = environments.check(["programs"])
    if not image.present:
        pytest.skip("the image `programs` is not here: boxscore images build programs")

    assert unlike(SAMPLES, graded(SAMPLES, docker_backend.name, tmp_path / "run")) == []
