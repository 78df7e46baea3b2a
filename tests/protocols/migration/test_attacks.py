"""Migrations graded in real boxes, with Maven over the relay; and the attack suite: no cheat passes above a claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.data.plugins import load_harness
from boxscore.images.instances import ensure_instance_images
from boxscore.protocols.attacks import attacks_for
from boxscore.protocols.contract import Batch, Candidate, Opening
from boxscore.protocols.migration.attacks import find_target, render_migration, trials
from boxscore.protocols.migration.protocol import PROTOCOL, observed_task
from boxscore.protocols.migration.task import MigrationDetail, MigrationTask
from boxscore.protocols.patch.boxes import Boxes, ImageFinder
from boxscore.records import Outcome, Result, Trust
from boxscore.resources import folder
from boxscore.run.attacks import Judgement, judge
from tests.protocols.migration.tiny_projects import task_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore import Backend
    from boxscore.protocols.attacks import Attack

    Grade = Callable[[Attack], Result]
    from pathlib import Path

    from boxscore import Result


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


HARNESS = load_harness("tiny-migration")


@pytest.fixture(scope="module")
def task() -> MigrationTask:
    found = HARNESS.load(folder("instances") / "tiny_migration" / "instances.jsonl")
    (instance,) = [one for one in found if one.instance_id == "tiny-migration/ledger-minimal"]
    task = HARNESS.task(instance)
    assert isinstance(task, MigrationTask)
    return task


def graded(backend: Backend, task: MigrationTask, cache: Path, code: str) -> Result:
    batch = Batch(
        instance_id="ledger",
        task=task,
        trust=Trust.WATCHED,
        candidates=(Candidate(sample_id="0", code=code),),
    )
    with PROTOCOL.open(Opening(backend=backend, image=None, cache=cache)) as grader:
        (result,) = grader.grade(batch)
    return result


def test_what_the_task_does_not_say_is_learned(docker_backend: Backend, task: MigrationTask, tmp_path: Path) -> None:
    unsaid = replace(task, tests=None, modules=None)

    reference = graded(docker_backend, unsaid, tmp_path, task.reference or "")
    untouched = graded(docker_backend, observed_task(unsaid), tmp_path, "")

    assert (reference.outcome, reference.reason) == (Outcome.PASSED, "")
    assert isinstance(reference.detail, MigrationDetail)
    assert sorted(reference.detail.tests) == sorted(task.tests or ())
    assert reference.detail.official_passed is True
    assert untouched.outcome not in {Outcome.PASSED, Outcome.INTERNAL}
    assert isinstance(untouched.detail, MigrationDetail)
    assert untouched.detail.official_passed is False
