"""Instances of ours in Multi-SWE-bench's shape, graded in real boxes: gold resolves them, nothing else does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore import Sample, SampleKind
from tests.harnesses.multi_swe_bench.records import written
from tests.harnesses.multi_swe_bench.repositories import OURS, make

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("language", OURS)
def test_gold_resolves_it_and_nothing_else(
    language: str, docker_backend: Backend, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert docker_backend.name == "docker"
    ours = OURS[language]
    made = make(ours, tmp_path / "repositories")
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path / "repositories"))
    data = written(tmp_path, [made.record])
    name = f"{ours.name}:pr-7"
    samples = [
        Sample(instance_id=name, sample_id=one, text=patch, kind=SampleKind.PATCH)
        for one, patch in {**made.patches, "empty": ""}.items()
    ]

    report = boxscore.grade("multi-swe-bench", samples, backend="docker", data=data, workers=2)

    found = {one.sample_id: one.outcome.value for one in report.results}
    assert found.pop("gold") == "passed", {one.sample_id: (one.reason, one.output[-2000:]) for one in report.results}
    assert found.pop("empty") == "no_code"
    assert found.pop("wrong") == "wrong"
    assert found.pop("breaks") == "wrong"
    assert found.pop("broken") in {"wrong", "error"}
