"""Blinded tests of JavaScript and TypeScript, graded in real boxes by several runners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.grader import open_patch_grader
from boxscore.records import Outcome, Trust
from tests.protocols.patch.blind.script_seals import BUGGY, MENDED, RUNNERS, patch_with
from tests.protocols.patch.real_boxes import boxes_of

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("name", RUNNERS)
def test_what_computes_the_values_is_blind(name: str, docker_backend: Backend, tmp_path: Path) -> None:
    """The fix passes at `blind`, and so does another one; what does nothing is wrong."""
    task = RUNNERS[name].task(name)
    other = MENDED.replace("function seal(text) {", "function seal(text) {\n  if (text === '') return 7;")
    patches = {"mended": patch_with(MENDED), "other": patch_with(other), "nothing": patch_with(f"{BUGGY}\n")}
    candidates = tuple(Candidate(sample_id=kind, code=patch) for kind, patch in patches.items())
    batch = Batch(instance_id=name, task=task, trust=Trust.CANARY, candidates=candidates)

    with boxes_of(docker_backend, task.image) as boxes, open_patch_grader(boxes, cache=tmp_path) as grader:
        results = {one.sample_id: one for one in grader.grade(batch)}

    assert results["nothing"].outcome is Outcome.WRONG
    for kind in ("mended", "other"):
        assert (results[kind].outcome, results[kind].trust) == (Outcome.PASSED, Trust.BLIND), results[kind].detail
