"""A run that builds a project of tiny-web task by task, with a browser that judges each attempt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore import Outcome, WebDetail
from boxscore.boxes.contract import runtime_of
from boxscore.boxes.docker.container import GVISOR
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness
from boxscore.errors import SandboxUnavailable
from boxscore.images.recipes import reference
from boxscore.interrupt import Stop
from boxscore.models.fake import FakeModel
from boxscore.protocols.web.boxes import BROWSER
from boxscore.run.prepare import Request
from boxscore.run.store import read_run
from boxscore.sampling.attempts import trajectory_path
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.request import SamplingRequest
from boxscore.sampling.run import run_sampling

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Backend

pytestmark = [pytest.mark.docker, pytest.mark.slow]

PROJECT = "tiny-web/larder"
NOTHING = "```js\nnotes.js\n// %s\n```"


@pytest.fixture(autouse=True)
def fixture_images(docker_backend: Backend) -> None:
    """Skip where the images are not built."""
    if runtime_of(docker_backend) == GVISOR:
        pytest.skip("boxes under gVisor have no network")
    try:
        for recipe in ("web", BROWSER):
            docker_backend.image_digest(reference(recipe))
    except SandboxUnavailable as error:
        pytest.skip(f"an image is not here: {error}")


def answers() -> list[str]:
    """What right answers to the tasks of the project write, each as a model gives it."""
    harness = load_harness("tiny-web")
    every = load_instances(harness, resolve(harness.source).path)
    (project,) = (one.row["project"] for one in every if one.instance_id == PROJECT)
    return ["\n".join(f"```\n{path}\n{data.decode()}\n```" for path, data in files) for _, files in project.written]


def test_a_walk_is_mended_once_and_stops_where_a_task_fails_twice(tmp_path: Path) -> None:
    """The second attempt is told what failed; the result says the same as what was told on the way."""
    first, second, *_ = answers()
    model = FakeModel([first, NOTHING % "not yet", second, NOTHING % "no", NOTHING % "still not"])
    request = SamplingRequest(
        grading=Request(benchmark="tiny-web", backend="docker", only=(PROJECT,), out=tmp_path / "run", workers=1),
        model="fake",
        agent="repair",
        agent_options={"preset": "web-bench"},
    )

    plan = plan_sampling(request, model)
    finished = run_sampling(plan, stop=Stop())

    assert "at least 1 call, at most 18, for 1 of 1 sample" in list(plan.forecast.lines())
    assert dict(finished.record.stop_reasons) == {"task_failed": 1}
    assert [question.messages[-1]["content"].count("I got the following error") for question in model.asked] == [
        *(0, 0, 1, 0, 1)
    ]
    _, _, results = read_run(tmp_path / "run")
    result = results[PROJECT, "0"]
    assert isinstance(result.detail, WebDetail)
    assert [(one.task, one.number, one.outcome is Outcome.PASSED) for one in result.detail.attempts] == [
        ("init", 1, True),
        ("init", 1, False),
        ("init", 2, True),
        ("init", 1, False),
        ("init", 2, False),
    ]
    assert result.detail.stopped == "task-2"
    atif = msgspec.json.decode(trajectory_path(tmp_path / "run", PROJECT, "0").read_bytes())
    said = [step["message"] for step in atif["steps"] if step["message"].startswith("round ")]
    assert [one.partition(": ")[2] for one in said] == ["passed", "wrong", "passed", "wrong", "wrong"]
