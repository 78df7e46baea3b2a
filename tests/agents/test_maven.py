"""An agent with a shell migrates a project that JAXB breaks: Maven in its box gets what the image lacks."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

import boxscore
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.maven import own_folders
from boxscore.agents.registry import open_agent
from boxscore.agents.seal import sealed_box
from boxscore.data.plugin_calls import load_instances, make_task
from boxscore.data.plugins import load_harness
from boxscore.models.fake import FakeModel
from boxscore.resources import folder

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

LEDGER = "tiny-migration/ledger-minimal"
WAIT_S = 550.0
DEPENDENCY = "<dependency><groupId>{}</groupId><artifactId>{}</artifactId><version>{}</version></dependency>"
ADDED = DEPENDENCY.format("jakarta.xml.bind", "jakarta.xml.bind-api", "2.3.3") + DEPENDENCY.format(
    "org.glassfish.jaxb", "jaxb-runtime", "2.3.9"
)
MIGRATE = f"sed -i -E 's#>1[.]8<#>17<#; s#<dependencies>#<dependencies>{ADDED}#' pom.xml"
ANSWERS = [
    "cat pom.xml",
    "mvn -q clean verify 2>&1 | tail -c 3000; echo it ended with ${PIPESTATUS[0]}",
    MIGRATE,
    "mvn -q clean verify 2>&1 | tail -c 3000; echo it ended with ${PIPESTATUS[0]}",
    "submit",
]


def pom(own: str) -> bytes:
    return (
        f"<project>{own}<dependencies><dependency><groupId>a</groupId></dependency></dependencies></project>".encode()
    )


def test_a_projects_own_artefacts_are_those_of_its_poms() -> None:
    root = pom("<groupId>org.example</groupId><artifactId>root</artifactId>")
    child = pom(
        "<parent><groupId>org.example</groupId><artifactId>root</artifactId></parent><artifactId>core</artifactId>"
    )
    assert own_folders([root, child, b"", b"<html/>"]) == ("org/example/core/", "org/example/root/")


@pytest.mark.docker
@pytest.mark.slow
def test_a_shell_agent_builds_and_migrates_a_project(docker_backend: Backend) -> None:
    harness = load_harness("tiny-migration")
    instances = load_instances(harness, folder("instances") / "tiny_migration" / "instances.jsonl")
    instance = next(one for one in instances if one.instance_id == LEDGER)
    model = FakeModel([f"```bash\n{one}\n```" for one in ANSWERS])

    async def work() -> tuple[list[str], str, str]:
        async with sealed_box(LEDGER, make_task(harness, instance), docker_backend, recipe=harness.image) as box:
            assignment = FakeAssignment(instance, model, box=box)
            drafts = await run_agent(open_agent("shell", {"timeout": "300"}), assignment)
            return [draft.text for draft in drafts], assignment.stop_reason, box.seal.network

    (patch,), why, network = asyncio.run(asyncio.wait_for(work(), WAIT_S))

    shown = [question.messages[-1]["content"] for question in model.asked]
    assert (why, network) == ("", "proxy")
    assert "it ended with 0" not in shown[2]
    assert "it ended with 0" in shown[4], shown
    assert [line for line in patch.splitlines() if line.startswith("+++ ")] == ["+++ b/pom.xml"]
    sample = boxscore.Sample(instance_id=LEDGER, sample_id="0", text=patch, kind=boxscore.SampleKind.PATCH)
    with boxscore.SyncGrader("tiny-migration", backend="docker", workers=1, gate=0) as grader:
        result = grader.grade(sample)
    assert result.outcome is boxscore.Outcome.PASSED, result.reason
