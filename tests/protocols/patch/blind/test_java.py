"""Blinded tests of Java, graded in real boxes by Maven."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.grader import open_patch_grader
from boxscore.records import Outcome, Trust
from tests.protocols.patch.blind.java_forgeries import FORGERIES, forged_patch
from tests.protocols.patch.blind.java_honest import HONEST, UNLIKE, honest_patch
from tests.protocols.patch.blind.java_seals import BUGGY, FRAMEWORKS, MENDED, patch_with
from tests.protocols.patch.real_boxes import boxes_of, grades_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore import Backend
    from boxscore.records import Result

    Grade = Callable[[str], Result]

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("name", FRAMEWORKS)
def test_what_computes_the_values_is_blind(name: str, docker_backend: Backend, tmp_path: Path) -> None:
    """The fix passes at `blind`; what does nothing is wrong."""
    task = FRAMEWORKS[name].task(name)
    patches = {"mended": patch_with(MENDED), "nothing": patch_with(f"{BUGGY}\n")}
    candidates = tuple(Candidate(sample_id=kind, code=patch) for kind, patch in patches.items())
    batch = Batch(instance_id=name, task=task, trust=Trust.CANARY, candidates=candidates)

    with boxes_of(docker_backend, task.image) as boxes, open_patch_grader(boxes, cache=tmp_path) as grader:
        results = {one.sample_id: one for one in grader.grade(batch)}

    assert results["nothing"].outcome is Outcome.WRONG
    assert (results["mended"].outcome, results["mended"].trust) == (Outcome.PASSED, Trust.BLIND), results[
        "mended"
    ].detail


@pytest.fixture(scope="module")
def grade(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    """Grade patches of the repository with JUnit 5; skip where its image cannot be had."""
    cache = tmp_path_factory.mktemp("cache")
    with grades_of(docker_backend, FRAMEWORKS["jupiter"].task("jupiter"), cache, "jupiter") as run:
        yield run


@pytest.mark.parametrize("name", FORGERIES)
def test_forgeries_prove_nothing(grade: Grade, name: str) -> None:
    """A patch that does not compute the values is no pass, or no more than a claim; none breaks a box or the grader."""
    result = grade(forged_patch(name))

    assert result.outcome is not Outcome.INTERNAL, result.reason
    assert result.outcome is not Outcome.PASSED or result.trust is Trust.CLAIM, result.detail


@pytest.mark.parametrize("name", HONEST)
def test_honest_patches_pass(grade: Grade, name: str) -> None:
    """What is right passes, whatever it is made of; what is unlike the reference's values may have no witness."""
    result = grade(honest_patch(name))

    assert (result.outcome, result.reason) == (Outcome.PASSED, "")
    assert result.trust is Trust.BLIND or name in UNLIKE, result.detail
