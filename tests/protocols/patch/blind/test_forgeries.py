"""Forgeries of blinded tests, graded in real boxes: none passes at a level that says it knew what tests expect."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.blind import BlindLayer
from boxscore.protocols.patch.grader import PatchGrader
from boxscore.protocols.patch.planted import PlantingLayer
from boxscore.records import Outcome, Trust
from tests.patch_details import patch_detail_of
from tests.protocols import seals
from tests.protocols.patch.real_boxes import boxes_of
from tests.protocols.samples import read_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore import Backend
    from boxscore.protocols.patch.task import PatchTask
    from boxscore.records import Result

    Grade = Callable[..., list[Result]]

# Each is Python that the package runs when the tests import it, after what makes the runner report success for whatever
# a test ends with (RUNNER), and what gives it the module that stands for the hidden values in the test file (COMMON).
FORGERIES = read_samples(Path(__file__).with_name("forgeries.txt"))
RUNNER, COMMON, SPY, HEIR = (FORGERIES.pop(name) for name in ("RUNNER", "COMMON", "SPY", "HEIR"))
QUICK = {"silent", "by_another_way", "haystack_of_numbers", "written_anew_at_the_end"}
pytestmark = [pytest.mark.docker, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def grade(docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grade]:
    cache = tmp_path_factory.mktemp("cache")
    with boxes_of(docker_backend, seals.TASK.image) as boxes:
        grader = PatchGrader(boxes, PlantingLayer(cache), blind=BlindLayer(cache))

        def run(*patches: str, task: PatchTask = seals.TASK) -> list[Result]:
            candidates = tuple(Candidate(sample_id=str(number), code=patch) for number, patch in enumerate(patches))
            return list(grader.grade(Batch(instance_id="seals", task=task, trust=Trust.WATCHED, candidates=candidates)))

        yield run


def patch_with(code: str) -> str:
    return seals.patch_of({seals.INIT: seals.FILES[seals.INIT] + RUNNER + COMMON + code})


def test_what_computes_the_values_is_blind(grade: Grade) -> None:
    (result,) = grade(seals.TASK.reference or "")

    assert (result.outcome, result.trust) == (Outcome.PASSED, Trust.BLIND), result.detail
    assert patch_detail_of(result).evidence.in_words == "2 of 9 expected values checked outside of the box"


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in FORGERIES]
)
def test_forgeries_do_not_pass(grade: Grade, name: str) -> None:
    (result,) = grade(patch_with(FORGERIES[name]))

    assert result.outcome not in {Outcome.PASSED, Outcome.INTERNAL}, result.detail


@pytest.mark.slow
def test_samples_hand_on_no_file(grade: Grade) -> None:
    spy, heir = grade(patch_with(SPY), patch_with(HEIR))

    assert spy.outcome not in {Outcome.PASSED, Outcome.INTERNAL}, spy.detail
    assert heir.outcome not in {Outcome.PASSED, Outcome.INTERNAL}, heir.detail
