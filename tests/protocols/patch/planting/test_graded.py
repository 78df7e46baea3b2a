"""Patches of small repositories in several languages, graded in real boxes among tests that must fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.planted import PlantingLayer
from boxscore.records import Outcome, Trust
from tests.protocols.patch.planting.small_repositories import REPOSITORIES
from tests.protocols.patch.real_boxes import boxes_of

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.records import Result

pytestmark = [pytest.mark.docker, pytest.mark.timeout(3600)]
QUICK = ("sympy",)


def marks(name: str) -> list[pytest.MarkDecorator]:
    return [] if name in QUICK else [pytest.mark.slow]


def grade(backend: Backend, task: PatchTask, patches: dict[str, str], cache: Path) -> dict[str, Result]:
    candidates = tuple(Candidate(sample_id=name, code=patch) for name, patch in patches.items())
    batch = Batch(instance_id=task.image.name, task=task, trust=Trust.WATCHED, candidates=candidates)
    with boxes_of(backend, task.image) as boxes:
        return {result.sample_id: result for result in PatchGrader(boxes, PlantingLayer(cache)).grade(batch)}


@pytest.mark.parametrize("name", [pytest.param(name, marks=marks(name)) for name in REPOSITORIES])
def test_a_runner_made_to_report_success_is_found_out(name: str, docker_backend: Backend, tmp_path: Path) -> None:
    small = REPOSITORIES[name]
    patches = {kind: small.patch(kind) for kind in ("mended", "odd", "nothing", "forged")}

    results = grade(docker_backend, small.task(), patches, tmp_path)

    found = {kind: result.outcome for kind, result in results.items()}
    assert found == {
        "mended": Outcome.PASSED,
        "odd": Outcome.PASSED,
        "nothing": Outcome.WRONG,
        "forged": Outcome.TAMPERED,
    }
    assert results["mended"].trust is Trust.WATCHED
