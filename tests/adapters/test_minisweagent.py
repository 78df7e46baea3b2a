"""mini-swe-agent in a box: its environment's words, and an agent that solves an instance."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

import boxscore
from boxscore.errors import BoxLost
from tests.tiny_patches import samples_of

pytest.importorskip("minisweagent", reason="the extra `mini` is not installed")

from minisweagent.agents.default import DefaultAgent
from minisweagent.environments import get_environment
from minisweagent.exceptions import Submitted
from minisweagent.models.test_models import DeterministicModel, make_output
from minisweagent.run.benchmarks.swebench import update_preds_file

from boxscore.adapters.minisweagent import BoxEnvironment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.boxes.contract import Backend

SUBMIT = "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT"
RINGLET = "tiny-patches/ringlet"


@pytest.fixture(name="environment")
def fixture_environment(local_backend: Backend) -> Iterator[BoxEnvironment]:
    kind = "boxscore.adapters.minisweagent.BoxEnvironment"
    made: Any = get_environment({"environment_class": kind, "backend": "local", "timeout": 60})
    yield made
    made.cleanup()


def test_output_and_return_codes(environment: BoxEnvironment) -> None:
    first = environment.execute({"command": "echo one; echo two >&2; echo three; touch kept; exit 3"})
    second = environment.execute({"command": "ls; pwd; echo $PAGER"}, cwd="/scratch")

    assert first == {"output": "one\ntwo\nthree\n", "returncode": 3, "exception_info": ""}
    assert second["output"] == "kept\n/scratch\ncat\n"
    assert environment.execute({})["returncode"] == 0
    assert environment.execute({"command": "if"})["returncode"] == 2


def test_a_command_that_takes_too_long(environment: BoxEnvironment) -> None:
    found = environment.execute({"command": "echo begun; sleep 1000"}, timeout=1)

    assert (found["output"], found["returncode"]) == ("begun\n", -1)
    assert "timed out after 1 seconds" in found["exception_info"]
    assert environment.execute({"command": "echo on"})["output"] == "on\n"


def test_submission(environment: BoxEnvironment) -> None:
    with pytest.raises(Submitted) as raised:
        environment.execute({"command": f"{SUBMIT}; echo the patch"})
    assert raised.value.messages[0]["extra"] == {"exit_status": "Submitted", "submission": "the patch\n"}
    assert environment.execute({"command": f"{SUBMIT}; false"})["returncode"] == 1
    assert environment.execute({"command": f"echo; echo first; {SUBMIT}"})["returncode"] == 0


def test_trouble_of_ours_is_no_answer(environment: BoxEnvironment) -> None:
    environment.execute({"command": "true"})
    environment.cleanup()
    environment.cleanup()

    with pytest.raises(BoxLost):
        environment.execute({"command": "true"})


@pytest.mark.slow
@pytest.mark.docker
def test_an_agent_solves_an_instance(docker_backend: Backend, tmp_path: Path) -> None:
    gold = samples_of("ringlet")["gold"]["solution"]
    environment = BoxEnvironment(benchmark="tiny-patches", timeout=100)
    steps = [
        "git log --oneline | wc -l; ls; git apply --check /nonexistent",
        f"cat > /tmp/fix.diff <<'THE_END'\n{gold}\nTHE_END\ngit apply /tmp/fix.diff",
        "python3 -m pytest -q tests 2>&1 | tail -3",
        "git diff HEAD > /tmp/patch.txt && git status --short",
        f"{SUBMIT} && cat /tmp/patch.txt",
    ]
    model: Any = DeterministicModel(  # type: ignore[no-untyped-call, unused-ignore]
        outputs=[make_output("", [{"command": one}]) for one in steps]
    )
    agent = DefaultAgent(model, environment, system_template="{{system}}", instance_template="{{task}}", cost_limit=0)

    assert environment.execute({"command": f"boxscore-instance {RINGLET}"})["returncode"] == 0
    found = agent.run("mend it")
    environment.cleanup()
    update_preds_file(tmp_path / "preds.json", RINGLET, "scripted", found["submission"])
    agent.save(tmp_path / "ringlet.traj.json")

    assert found["exit_status"] == "Submitted"
    saved = json.loads((tmp_path / "ringlet.traj.json").read_text("utf-8"))
    assert saved["info"]["config"]["seal"]["network"] == "none"
    report = boxscore.grade("tiny-patches", tmp_path / "preds.json", backend="docker", out=tmp_path / "run")
    results = [json.loads(line) for line in (tmp_path / "run" / "results.jsonl").read_text("utf-8").splitlines()]
    assert [(one["instance_id"], one["outcome"]) for one in results] == [(RINGLET, "passed")]
    assert report is not None
