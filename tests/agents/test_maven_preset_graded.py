"""The loop in a real box, over real errors of Maven: a scripted model migrates a project that JAXB breaks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import open_agent
from boxscore.agents.seal import sealed_box
from boxscore.data.plugin_calls import load_instances, make_task
from boxscore.data.plugins import load_harness
from boxscore.models.fake import FakeModel
from boxscore.resources import folder
from tests.agents.test_maven_preset import edit, tools

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow]

LEDGER = "tiny-migration/ledger-minimal"
WAIT_S = 550.0
DEPENDENCIES = """
    <dependency>
      <groupId>jakarta.xml.bind</groupId>
      <artifactId>jakarta.xml.bind-api</artifactId>
      <version>2.3.3</version>
    </dependency>
    <dependency>
      <groupId>org.glassfish.jaxb</groupId>
      <artifactId>jaxb-runtime</artifactId>
      <version>2.3.9</version>
      <scope>runtime</scope>
    </dependency>
"""
ANSWERS = (
    "I would rather not.",
    edit("/testbed/src/main/java/org/example/ledger/Entry.java", "import java.math.BigDecimal;", "import java.math.*;"),
    edit("/testbed/pom.xml", "<dependencies>", f"<dependencies>{DEPENDENCIES}"),
)


def test_a_scripted_model_migrates_a_project_in_three_answers(docker_backend: Backend) -> None:
    """The first answer changes nothing, the second does not help and is undone, the third is the migration."""
    harness = load_harness("tiny-migration")
    instances = load_instances(harness, folder("instances") / "tiny_migration" / "instances.jsonl")
    instance = next(one for one in instances if one.instance_id == LEDGER)
    model = FakeModel(ANSWERS)

    async def work() -> tuple[list[str], FakeAssignment]:
        async with sealed_box(LEDGER, make_task(harness, instance), docker_backend, recipe=harness.image) as box:
            assignment = FakeAssignment(instance, model, box=box)
            drafts = await run_agent(open_agent("repair", {"preset": "sd-feedback-maven"}), assignment)
            return [draft.text for draft in drafts], assignment

    (patch,), assignment = asyncio.run(asyncio.wait_for(work(), WAIT_S))

    assert assignment.stop_reason == "passed"
    steps = assignment.trajectory.as_atif()["steps"]
    assert tools(steps) == ["seed", "build", "edit", "edit", "build", "revert", "edit", "build"]
    first, second, third = (question.messages[-1]["content"] for question in model.asked)
    assert "package javax.xml.bind" in first
    assert "//  Compilation error is at this line." in first
    assert "Unable to get any file to change" in second
    assert "The build errors are all the same as before" in third
    assert [line for line in patch.splitlines() if line.startswith("+++ ")] == ["+++ b/pom.xml"]
    assert "jaxb-runtime" in patch
    assert "target/" not in patch
    sample = boxscore.Sample(instance_id=LEDGER, sample_id="0", text=patch, kind=boxscore.SampleKind.PATCH)
    with boxscore.SyncGrader("tiny-migration", backend="docker", workers=1, gate=0) as grader:
        result = grader.grade(sample)
    assert result.outcome is boxscore.Outcome.PASSED, result.reason
