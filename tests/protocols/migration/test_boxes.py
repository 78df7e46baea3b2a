"""Migrations graded in boxes of a Docker engine, with Maven over the relay, on a project that ships with boxscore."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.data.plugins import load_harness
from boxscore.protocols.contract import Batch, Candidate, Opening
from boxscore.protocols.migration.protocol import PROTOCOL, observed_task
from boxscore.protocols.migration.task import MigrationDetail, MigrationTask
from boxscore.records import Outcome, Trust
from boxscore.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend, Result

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(3600)]
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
