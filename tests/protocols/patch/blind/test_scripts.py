"""Blinded tests of JavaScript and TypeScript, graded in real boxes by several runners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.grader import open_patch_grader
from boxscore.records import Outcome, Trust
from tests.protocols.patch.blind.script_forgeries import EVERYWHERE, FORGERIES, patch_of
from tests.protocols.patch.blind.script_honest import HONEST, UNLIKE
from tests.protocols.patch.blind.script_seals import BUGGY, MENDED, RUNNERS, patch_with
from tests.protocols.patch.real_boxes import boxes_of, grades_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore import Backend
    from boxscore.records import Result

    Grade = Callable[[str], Result]

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("name", RUNNERS)
def test_what_computes_the_values_is_blind(name: str, docker_backend: Backend, tmp_path: Path) -> None:
    """The fix passes at `blind`, and so does another one; what does nothing is wrong."""
    task = RUNNERS[name].task(name)
    other = MENDED.replace("function seal(text) {", "function seal(text) {\n  if (text === '') return 7;")
    patches = {"mended": patch_with(MENDED), "other": patch_with(other), "nothing": patch_with(f"{BUGGY}\n")}
    patches["forged"] = patch_with(f"{BUGGY}{EVERYWHERE.get(name, '')}\n")
    candidates = tuple(Candidate(sample_id=kind, code=patch) for kind, patch in patches.items())
    batch = Batch(instance_id=name, task=task, trust=Trust.CANARY, candidates=candidates)

    with boxes_of(docker_backend, task.image) as boxes, open_patch_grader(boxes, cache=tmp_path) as grader:
        results = {one.sample_id: one for one in grader.grade(batch)}

    assert results["nothing"].outcome is Outcome.WRONG
    assert results["forged"].outcome is not Outcome.PASSED, results["forged"].detail
    for kind in ("mended", "other"):
        assert (results[kind].outcome, results[kind].trust) == (Outcome.PASSED, Trust.BLIND), results[kind].detail


@pytest.fixture(scope="module")
def grade(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    """Grade patches of the repository with mocha; skip where its image cannot be had."""
    cache = tmp_path_factory.mktemp("cache")
    with grades_of(docker_backend, RUNNERS["mocha"].task("mocha"), cache, "mocha") as run:
        yield run


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_prove_nothing(grade: Grade, name: str) -> None:
    """A patch that does not compute the values is no pass, or no more than a claim; none breaks a box or the grader."""
    result = grade(patch_of(name))

    assert result.outcome is not Outcome.INTERNAL, result.reason
    assert result.outcome is not Outcome.PASSED or result.trust is Trust.CLAIM, result.detail


@pytest.mark.parametrize("name", HONEST)
def test_honest_patches_pass(grade: Grade, name: str) -> None:
    """What is right passes, whatever it is made of; what is unlike the reference's values may have no witness."""
    result = grade(patch_with(f"{MENDED}{HONEST[name]}\n"))

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")
    assert result.trust is Trust.BLIND or name in UNLIKE, result.detail
