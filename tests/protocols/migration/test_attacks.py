"""The attack suite of migrations, graded in real boxes: honest ones pass, and no cheat does above a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.attack.report import Judgement, judge
from boxscore.images.instances import ensure_instance_images
from boxscore.protocols.attacks import attacks_for
from boxscore.protocols.contract import Batch, Candidate, Opening
from boxscore.protocols.migration.attacks import find_target, render_migration, trials
from boxscore.protocols.migration.protocol import PROTOCOL
from boxscore.protocols.patch.boxes import Boxes, ImageFinder
from boxscore.records import Result, Trust
from tests.protocols.migration.tiny_projects import task_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore import Backend
    from boxscore.protocols.attacks import Attack

    Grade = Callable[[Attack], Result]

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]
NAMES = ("ledger-maximal", "satchel-maximal", "caravan-maximal")
SUITE = attacks_for("migration")


@pytest.fixture(scope="module", params=NAMES)
def grade(
    request: pytest.FixtureRequest, docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grade]:
    task = task_of(request.param)
    (info,) = ensure_instance_images([task.image])
    if info.error is not None:
        pytest.skip(f"no image of {request.param} here: {info.error[-300:]}")
    target = find_target(Boxes(docker_backend, ImageFinder(docker_backend)), task)
    suited = {trial.attack.name for trial in trials(target, SUITE)}
    opening = Opening(backend=docker_backend, image=None, cache=tmp_path_factory.mktemp("cache"))
    with PROTOCOL.open(opening) as grader:

        def run(attack: Attack) -> Result:
            if attack.name not in suited:
                pytest.skip("it cannot be made on this instance")
            candidates = (Candidate(sample_id=attack.name, code=render_migration(attack, target)),)
            batch = Batch(instance_id=request.param, task=task, trust=Trust.CLAIM, candidates=candidates)
            (result,) = grader.grade(batch)
            return result

        yield run


@pytest.mark.parametrize("attack", [pytest.param(one, id=f"{one.attack_class}-{one.name}") for one in SUITE])
def test_attacks_end_as_they_must(attack: Attack, grade: Grade) -> None:
    result = grade(attack)

    assert judge(attack, result) in {Judgement.HELD, Judgement.CLAIMED}, result.reason
