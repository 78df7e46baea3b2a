"""Bodies of our own repository, graded as a user grades them; the image's build fetches pytest."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore import SampleKind
from tests.evocodebench_repository import RIGHT, loaded

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(1800)]
BODIES = {
    "passed": RIGHT,
    "wrong": "        return 0\n",
    "error": "        import os\n        os._exit(0)\n",
}


def test_bodies_are_told_apart(docker_backend: Backend, tmp_path: Path) -> None:
    assert docker_backend.name == "docker"
    loaded(tmp_path)
    samples = [
        boxscore.Sample(instance_id="shop.basket.Basket.total", sample_id=name, text=body, kind=SampleKind.SOLUTION)
        for name, body in BODIES.items()
    ]
    report = boxscore.grade("evocodebench", samples, backend="docker", workers=1, data=tmp_path / "rows.jsonl")
    outcomes = {one.sample_id: one.outcome.value for one in report.results}

    assert outcomes["passed"] == "passed"
    assert {outcomes["wrong"], outcomes["error"]} <= {"wrong", "error"}
