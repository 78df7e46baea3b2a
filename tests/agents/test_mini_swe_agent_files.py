"""Files that mini-swe-agent itself writes are read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boxscore.agents.atif import read_trajectory

pytest.importorskip("minisweagent", reason="the extra `mini` is not installed")

from minisweagent.agents.default import DefaultAgent
from minisweagent.models import test_models as models

if TYPE_CHECKING:
    from pathlib import Path

SUBMIT = {"command": "submit", "tool_call_id": "c2"}
LOOK = {"command": "look", "tool_call_id": "c1"}


class Place:
    """An environment in which the first command prints, and the second submits."""

    def execute(self, action: dict[str, Any], cwd: str = "") -> dict[str, Any]:
        """Do what is asked."""
        if action["command"] == "look":
            return {"output": "seen", "returncode": 3, "exception_info": ""}
        from minisweagent.exceptions import Submitted  # noqa: PLC0415 - for this only

        extra = {"exit_status": "Submitted", "submission": "the patch"}
        raise Submitted({"role": "exit", "content": "the patch", "extra": extra})

    def get_template_vars(self, **_: Any) -> dict[str, Any]:
        """Nothing."""
        return {}

    def serialize(self) -> dict[str, Any]:
        """Nothing."""
        return {}


def of_text() -> Any:
    """A model that writes its commands."""
    outputs = [models.make_output("I look.", [{"command": "look"}]), models.make_output("Done.", [SUBMIT])]
    return models.DeterministicModel(outputs=outputs)


def of_tools() -> Any:
    """A model that calls a tool."""
    outputs = [models.make_toolcall_output("I look.", [], [LOOK]), models.make_toolcall_output("Done.", [], [SUBMIT])]
    return models.DeterministicToolcallModel(outputs=outputs)


@pytest.mark.parametrize("model", [of_text, of_tools])
def test_a_file_that_it_wrote(tmp_path: Path, model: Any) -> None:
    """Each command is beside what it printed, and the end says what was submitted."""
    path = tmp_path / "x.traj.json"
    agent = DefaultAgent(
        model(), Place(), system_template="Be brief.", instance_template="{{ task }}", cost_limit=10.0, output_path=path
    )
    agent.run("Fix it.")

    trace = read_trajectory(path)

    system, user, looked, done, ended = trace.document.steps
    assert (system.message, user.message) == ("Be brief.", "Fix it.")
    assert looked.message == "I look."
    assert looked.tool_calls is not None
    assert looked.observation is not None
    assert looked.tool_calls[0].arguments["command"] == "look"
    assert "seen" in str(looked.observation.results[0].content)
    assert looked.observation.results[0].extra == {"boxscore": {"returncode": 3}}
    assert (done.message, ended.source, ended.message) == ("Done.", "system", "the patch")
    assert trace.atif["extra"]["boxscore"]["submission"] == "the patch"
    assert trace.atif["final_metrics"]["total_cost_usd"] == 2.0
