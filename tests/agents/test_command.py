"""Agents that are programs: what they get, reach and leave."""

from __future__ import annotations

import asyncio
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import Instance, Limits
from boxscore.agents.blocking import SyncAgentBox
from boxscore.agents.box import AgentBox
from boxscore.agents.contract import AgentLimits, Draft
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.registry import open_agent
from boxscore.errors import UsageError
from boxscore.models.fake import FakeModel

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from boxscore.boxes.contract import Backend

WAIT_S = 110.0
LIMITS = Limits(cpu_s=60.0, wall_s=100.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20)
LINE = """
import base64, json, os, socket, sys
line = socket.socket(socket.AF_UNIX); line.connect(os.environ["BOXSCORE_AGENT_SOCKET"])
file = line.makefile("rw")
def call(do, **request):
    file.write(json.dumps({"id": do, "do": do, **request}) + "\\n"); file.flush()
    return json.loads(file.readline())
"""


def within(backend: Backend, work: Callable[[AgentBox], Awaitable[Any]]) -> Any:
    """What a coroutine function makes of an open box, bounded."""

    async def bounded() -> Any:
        async with AgentBox(SyncAgentBox(backend=backend, limits=LIMITS)) as box:
            return await work(box)

    async def in_time() -> Any:
        return await asyncio.wait_for(bounded(), WAIT_S)

    return asyncio.run(in_time())


def worked(
    backend: Backend,
    program: str,
    options: Mapping[str, str] | None = None,
    *,
    script: Sequence[str] = ("an answer",),
    limits: AgentLimits | None = None,
) -> tuple[list[Draft], FakeAssignment]:
    """What a program makes as an agent."""

    async def work(box: AgentBox) -> tuple[list[Draft], FakeAssignment]:
        instance = Instance(instance_id="x/1", prompt="What is 6 * 7?", row={})
        assignment = FakeAssignment(instance, FakeModel(script), box=box, limits=limits)
        return await run_agent(open_agent(f"command:{program}", options or {}), assignment), assignment

    found: tuple[list[Draft], FakeAssignment] = within(backend, work)
    return found


def on_host(folder: Path, code: str) -> str:
    path = folder / "agent.py"
    path.write_text(LINE + textwrap.dedent(code))
    return f"{sys.executable} -I {path}"


def actions(assignment: FakeAssignment) -> str:
    """All steps of a trajectory, as text."""
    return str(assignment.trajectory.as_atif()["steps"])


def test_a_program_on_the_host_works_in_its_box(local_backend: Backend, tmp_path: Path) -> None:
    """By its socket it learns its task, runs commands, moves files, asks the model, and gives drafts."""
    program = on_host(
        tmp_path,
        """
        task = call("task")["ok"]
        assert (task["problem"], task["cwd"], task["repository"]) == ("What is 6 * 7?", "/scratch", False), task
        call("put", path="in.txt", base64=base64.b64encode(b"42").decode())
        done = call("exec", command="cat in.txt; echo bad >&2; cp in.txt out.txt; exit 3")["ok"]
        assert (done["stdout"], done["stderr"], done["exit_code"]) == ("42", "bad\\n", 3), done
        assert call("get", path="out.txt")["ok"]["base64"] == base64.b64encode(b"42").decode()
        assert call("get", path="none")["kind"] == "os"
        for wrong in ({"do": "none"}, {"do": "ask", "messages": 1}, {"do": "put", "path": "x", "base64": "?"}):
            assert call(**wrong)["kind"] == "usage", wrong
        text = call("ask", messages=[{"role": "user", "content": "?"}])["ok"]["text"]
        call("draft", text="first")
        call("submit", text=text)
        """,
    )

    drafts, assignment = worked(local_backend, program)

    assert [(one.text, one.kind) for one in drafts] == [("first", "answer"), ("an answer", "answer")], actions(
        assignment
    )
    assert assignment.stop_reason == ""


def test_a_program_has_no_variable_of_ours(
    local_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Keys stay outside, but for those that are passed on by name."""
    monkeypatch.setenv("OPENAI_API_KEY", "canary-one")
    monkeypatch.setenv("MY_KEY", "canary-two")
    program = on_host(tmp_path, 'call("submit", text=json.dumps(dict(os.environ)))')

    (draft,), _ = worked(local_backend, program, {"pass": "MY_KEY"})

    assert "canary-one" not in draft.text
    assert "canary-two" in draft.text


def test_a_program_is_ended_with_all_it_started(local_backend: Backend, tmp_path: Path) -> None:
    """By a limit: what it had counts, and nothing of it goes on."""
    program = on_host(
        tmp_path,
        """
        import subprocess
        child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
        call("draft", text=str(child.pid))
        while True:
            call("ask", messages=[{"role": "user", "content": "?"}] * 3)
        """,
    )

    (draft,), assignment = worked(local_backend, program, limits=AgentLimits(message_limit=3))
    until = time.monotonic() + WAIT_S
    while runs(int(draft.text)) and time.monotonic() < until:
        time.sleep(0.05)

    assert assignment.stop_reason == "message_limit"
    assert not runs(int(draft.text))


def test_a_program_is_ended_when_its_time_is_over(local_backend: Backend, tmp_path: Path) -> None:
    """What it had counts."""
    program = on_host(tmp_path, 'call("draft", text="x")\nimport time; time.sleep(1000)')

    for timeout_s in (2, 20, 80):  # a busy machine may take seconds to start it
        drafts, late = worked(local_backend, program, {"timeout": str(timeout_s)})
        if drafts:
            break

    assert ([draft.text for draft in drafts], late.stop_reason) == (["x"], "timeout")


def runs(pid: int) -> bool:
    """Whether there is a process of this number."""
    return Path(f"/proc/{pid}").exists()


def test_a_program_is_named_from_the_current_folder(
    local_backend: Backend, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs in an empty folder, but `./agent` is where the caller is, as it is for models."""
    program = tmp_path / "agent"
    program.write_text("#!/bin/sh\nexit 7\n")
    program.chmod(0o755)
    monkeypatch.chdir(tmp_path)

    assert worked(local_backend, "./agent")[1].stop_reason == "exit_code:7"


def test_a_program_that_fails(local_backend: Backend, tmp_path: Path) -> None:
    """Its exit code is the reason, what it printed is in the trajectory; one that is not there is a usage error."""
    drafts, assignment = worked(local_backend, on_host(tmp_path, 'print("oh no"); sys.exit(3)'))

    assert (drafts, assignment.stop_reason) == ([], "exit_code:3")
    assert "oh no" in actions(assignment)
    with pytest.raises(UsageError, match="cannot be run"):
        worked(local_backend, str(tmp_path / "none"))
