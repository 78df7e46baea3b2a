"""What an agent did is written in ATIF, within bounds, and read again; mini-swe-agent's becomes ATIF."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from boxscore.agents import trajectory as module
from boxscore.agents.trajectory import Trajectory, read_trajectory
from boxscore.errors import InputError
from boxscore.models.contract import Answer, Usage
from boxscore.records import Outcome, Result, Trust

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

SYSTEM, USER = {"role": "system", "content": "Be brief."}, {"role": "user", "content": "Hello?"}


def begun() -> Trajectory:
    """A trajectory without steps, at a known time."""
    return Trajectory(
        session_id="r", agent="shell", version="1", model="m", clock=lambda: datetime(2026, 1, 2, tzinfo=UTC)
    )


def answer(text: str, **more: Any) -> Answer:
    """An answer that took something."""
    usage = Usage(input_tokens=30, output_tokens=4, cached_tokens=10)
    return replace(Answer(text=text, usage=usage, cost_usd=0.25), **more)


def steps(trajectory: Trajectory) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = trajectory.as_atif()["steps"]
    return found


def said(trajectory: Trajectory) -> list[tuple[str, object]]:
    return [(step["source"], step["message"]) for step in steps(trajectory)]


def whole() -> Trajectory:
    """A trajectory with one of each kind of step."""
    trajectory = begun()
    trajectory.add_question([SYSTEM, USER])
    trajectory.add_answer(answer("Hi.", reasoning="They greet.", finish_reason="stop"))
    trajectory.add_action("bash", {"command": "ls", "timeout": 5}, "a\nb", extra={"returncode": 0})
    trajectory.add_action("bash", {"command": "pwd"}, "/")
    trajectory.add_round(
        Result(instance_id="i", sample_id="0", outcome=Outcome.WRONG, trust=Trust.ORACLE, reason="case 3")
    )
    trajectory.add_action("submit", {}, "done")
    trajectory.about["stop_reason"] = "rounds"
    return trajectory


def test_each_kind_of_step() -> None:
    """Questions, answers with what they took, actions with what came back, rounds, and actions of nobody's word."""
    document = whole().as_atif()

    assert document["schema_version"] == "ATIF-v1.8"
    assert document["agent"] == {"name": "shell", "version": "1", "model_name": "m"}
    system, user, agent, judged, alone = document["steps"]
    assert (system["source"], user["message"], user["step_id"]) == ("system", "Hello?", 2)
    assert agent["reasoning_content"] == "They greet."
    assert agent["metrics"] == {"prompt_tokens": 30, "completion_tokens": 4, "cached_tokens": 10, "cost_usd": 0.25}
    assert [call["tool_call_id"] for call in agent["tool_calls"]] == ["call_1", "call_2"]
    assert agent["tool_calls"][0]["arguments"] == {"command": "ls", "timeout": 5}
    assert agent["observation"]["results"][1] == {"source_call_id": "call_2", "content": "/"}
    assert judged["extra"]["boxscore"] == {"round": 1, "outcome": "wrong"}
    assert judged["observation"]["results"][0]["content"] == "case 3"
    assert (alone["source"], alone["llm_call_count"], "metrics" in alone) == ("agent", 0, False)
    assert document["extra"]["boxscore"] == {"stop_reason": "rounds"}
    assert agent["timestamp"] == "2026-01-02T00:00:00+00:00"


def test_totals() -> None:
    """Sums of all answers; no sum of dollars where one is not known."""
    trajectory = begun()
    trajectory.add_answer(answer("one"))
    trajectory.add_answer(answer("two", calls=3))
    known = trajectory.as_atif()["final_metrics"]
    trajectory.add_answer(answer("three", cost_usd=None))

    assert (known["total_prompt_tokens"], known["total_cost_usd"], known["total_steps"]) == (60, 0.5, 2)
    assert known["extra"]["boxscore"] == {"answers": 2, "calls": 4}
    assert "total_cost_usd" not in trajectory.as_atif()["final_metrics"]


def test_a_conversation_is_written_once() -> None:
    """Of each question only what is new."""
    trajectory, reply = begun(), {"role": "assistant", "content": "Hi."}
    trajectory.add_question([SYSTEM, USER])
    trajectory.add_answer(answer("Hi."))
    trajectory.add_question([SYSTEM, USER, reply, {"role": "user", "content": "Again."}])

    assert said(trajectory) == [("system", "Be brief."), ("user", "Hello?"), ("agent", "Hi."), ("user", "Again.")]


def test_long_text_is_cut_and_says_so() -> None:
    """An observation keeps its beginning and its end."""
    trajectory = begun()
    trajectory.add_action("bash", {"command": "yes"}, "A" + "x" * 10**6 + "Z")

    content = steps(trajectory)[0]["observation"]["results"][0]["content"]
    assert len(content) <= module.MAX_OBSERVATION_BYTES
    assert (content[0], content[-1]) == ("A", "Z")
    assert "bytes left out" in content


def test_all_of_it_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond a number of steps and actions they are counted, beyond a size texts are cut to little; it stays valid."""
    monkeypatch.setattr(module, "MAX_STEPS", 5)
    monkeypatch.setattr(module, "MAX_BYTES", 2000)
    trajectory = begun()
    for number in range(20):
        trajectory.add_question([{"role": "user", "content": f"{number} " + "x" * 900}])
        trajectory.add_action("bash", {}, "x" * 900)

    document = trajectory.as_atif()
    assert len(document["steps"]) == 5
    assert "left out" in document["notes"]
    assert len(json.dumps(document)) < 2000 + 20 * 400


def test_keys_of_ours_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever printed them: a program of the user's on this machine, say."""
    monkeypatch.setenv("SOME_API_KEY", "canary-0123456789")
    trajectory = begun()
    trajectory.add_question([{"role": "user", "content": "it is canary-0123456789"}])
    trajectory.add_answer(answer("canary-0123456789"))
    trajectory.add_action("env", {"name": "canary-0123456789"}, "SOME_API_KEY=canary-0123456789")

    assert "canary-0123456789" not in json.dumps(trajectory.as_atif())
    assert "[redacted]" in json.dumps(trajectory.as_atif())


def test_what_is_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "t.json"
    path.write_text(json.dumps(whole().as_atif()))

    found = read_trajectory(path)

    assert [step.source for step in found.steps] == ["system", "user", "agent", "system", "agent"]


BROKEN: Mapping[str, Any] = {
    "no JSON": b"{",
    "a list": b"[]",
    "no steps": {"schema_version": "ATIF-v1.8", "agent": {"name": "a", "version": "1"}, "steps": []},
    "another format": {"trajectory_format": "mini-swe-agent-1.1", "messages": []},
    "deep": b'{"schema_version": "ATIF-v1.8", "extra": {"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}}",
}


def changed(**changes: Any) -> dict[str, Any]:
    """A sound document but for some fields of its first step, or of itself."""
    document = json.loads(json.dumps(whole().as_atif()))
    for name, value in changes.items():
        (document if name in document else document["steps"][0])[name] = value
    return dict(document)


@pytest.mark.parametrize(
    "data",
    [
        *BROKEN.values(),
        changed(schema_version="ATIF-v2.0"),
        changed(schema_version="ATIF-v1." + "9" * 10),
        changed(step_id=2),
        changed(step_id="1"),
        changed(source="tool"),
        changed(message=None),
        changed(steps=[]),
    ],
)
def test_what_is_no_trajectory(tmp_path: Path, data: Any) -> None:
    """Each is refused in one line that names the file."""
    path = tmp_path / "evil.json"
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())

    with pytest.raises(InputError, match=r"evil\.json: ") as caught:
        read_trajectory(path)

    assert len(str(caught.value)) < 500


def test_what_is_no_file(tmp_path: Path) -> None:
    """Neither a folder nor a pipe nor nothing is waited for."""
    os.mkfifo(tmp_path / "pipe")

    for path, problem in ((tmp_path, "not a file"), (tmp_path / "pipe", "not a file"), (tmp_path / "no", "read")):
        with pytest.raises(InputError, match=problem):
            read_trajectory(path)
