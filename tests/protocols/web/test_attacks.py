"""The attack suite of web projects, graded in real boxes: honest ones pass, and no cheat does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import WebTask
from boxscore.attack.report import Judgement, judge
from boxscore.data.plugins import load_harness
from boxscore.images import environments
from boxscore.images.instances import ensure_instance_images
from boxscore.images.recipes import reference
from boxscore.protocols.attacks import attacks_for
from boxscore.protocols.contract import Batch, Candidate, Opening
from boxscore.protocols.web.protocol import PROTOCOL
from boxscore.records import Result, Trust
from boxscore.resources import folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore import Backend
    from boxscore.protocols.attacks import Attack

    Grade = Callable[[Attack], Result]

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]
SUITE = attacks_for("web")


@pytest.fixture(scope="module", params=["larder", "tally", "guestbook"])
def grade(
    request: pytest.FixtureRequest, docker_backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Grade]:
    if missing := [one.name for one in environments.check(["web", "browser"]) if not one.present]:
        pytest.skip(f"images are not here: boxscore images build {' '.join(missing)}")
    harness = load_harness("tiny-web")
    instances = harness.load(folder("instances") / "tiny_web" / "instances.jsonl")
    (instance,) = [one for one in instances if one.instance_id.endswith(request.param)]
    task = harness.task(instance)
    assert isinstance(task, WebTask)
    for info in ensure_instance_images([task.image] if task.image else []):
        if info.error is not None:
            pytest.skip(f"no image of {request.param} here: {info.error[-300:]}")
    task = PROTOCOL.under_attack(task)
    codes = {
        (trial.attack.attack_class, trial.attack.name): trial.code for trial in PROTOCOL.attacks(instance, task, None)
    }
    opening = Opening(backend=docker_backend, image=reference("web"), cache=tmp_path_factory.mktemp("cache"))
    with PROTOCOL.open(opening) as grader:

        def run(attack: Attack) -> Result:
            key = attack.attack_class, attack.name
            if key not in codes:
                pytest.skip("it does not suit this project")
            candidates = (Candidate(sample_id="-".join(key), code=codes[key]),)
            batch = Batch(instance_id=instance.instance_id, task=task, trust=Trust.OBSERVER, candidates=candidates)
            (result,) = grader.grade(batch)
            return result

        yield run


@pytest.mark.parametrize("attack", [pytest.param(one, id=f"{one.attack_class}-{one.name}") for one in SUITE])
def test_attacks_end_as_they_must(attack: Attack, grade: Grade) -> None:
    result = grade(attack)

    assert judge(attack, result) is Judgement.HELD, f"{result.outcome}: {result.reason}"
