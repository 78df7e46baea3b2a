"""Agents that mean harm: each comes to an outcome with what it had, and nothing of it is left."""

from __future__ import annotations

import base64
import os
import threading
from typing import TYPE_CHECKING, Any

import docker
import msgspec
import pytest

from boxscore.boxes.labels import OWNER, PID
from boxscore.models.fake import FakeModel
from tests.agents.hostile.table import HONEST, MISTAKEN, REACHED, TABLE, Hostile
from tests.run.test_leftovers import children, wait_until_only
from tests.sampling.runs import right, run, tiny

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.models.contract import Question

SPANS = "tiny/merge-spans"
KEY_NAME, KEY = "OPENAI_API_KEY", "sk-canary-4f1d0a77"
EVERY = 8  # of so many samples one is honest, and after it one is mistaken


def order(agents: tuple[Hostile, ...]) -> tuple[Hostile, ...]:
    """Put honest and mistaken neighbours between hostile agents."""
    found: list[Hostile] = []
    for at, one in enumerate(agents):
        found += [HONEST, MISTAKEN] * (at % EVERY == 0) + [one]
    return (*found, HONEST)


def block(command: str) -> str:
    """An answer that gives a command."""
    return f"```bash\n{command}\n```"


class Script(FakeModel):
    """What each sample's agent is told to do."""

    def __init__(self, agents: tuple[Hostile, ...], folder: Path) -> None:
        self._agents, self._folder = agents, folder
        super().__init__(self._said)

    def _said(self, question: Question) -> str:
        one, number = self._agents[question.number], question.number
        answer = base64.b64encode(f"{right(tiny()[SPANS])}\nby {number}".encode()).decode()
        filled = [
            command.replace("{run}", str(self._folder))
            .replace("{key}", KEY)
            .replace("{number}", str(number))
            .replace("{{", "{")
            .replace("}}", "}")
            for command in one.commands
        ]
        turns = [block(f"echo {answer} | base64 -d > answer.md"), *map(block, filled), *one.answers, block("submit")]
        return turns[min(question.turn, len(turns) - 1)]


def let_loose(agents: tuple[Hostile, ...], folder: Path, backend: str, *, timeout: int = 5) -> None:
    """Have agents work side by side in one run, and look at what became of it; `timeout` is of each command."""
    threads, before = set(threading.enumerate()), children()
    placed = order(agents)
    model = Script(placed, folder)

    finished = run(
        folder,
        model,
        only=(SPANS,),
        samples_each=len(placed),
        agent="shell",
        agent_options={"timeout": str(timeout), "steps": "10"},
        grading={"backend": backend, "workers": 2},
    )

    assert finished.run is not None
    results = {int(one.sample_id): one for one in finished.run.graded.results}
    ended = {int(one["sample_id"]): one for one in map(msgspec.json.decode, _lines(folder / "attempts.jsonl"))}
    odd = {
        f"{number} {one.name}": (results[number].outcome.value, results[number].reason, ended[number]["stop_reason"])
        for number, one in enumerate(placed)
        if results[number].outcome.value not in one.outcomes or ended[number]["stop_reason"] != one.stop
    }
    assert odd == {}
    heard = [str(message["content"]) for one in model.asked for message in one.messages if message["role"] == "user"]
    assert [text for text in heard if REACHED in text or KEY in text] == []
    assert [path for path in folder.rglob("*") if path.is_file() and KEY.encode() in _without_commands(path)] == []
    wait_until_only(threads)
    assert children() <= before


def _lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines()


def _without_commands(path: Path) -> bytes:
    """A file of a run, without what the agent itself said: it looks for the key by its text."""
    return path.read_bytes().replace(f"grep -q {KEY}".encode(), b"")


@pytest.fixture(autouse=True)
def _fixture_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold a key where keys are held."""
    monkeypatch.setenv(KEY_NAME, KEY)


def containers(folder: Path) -> list[Any]:
    """The containers that are there of this process for a run's agents."""
    client = docker.APIClient()
    try:
        wanted = [f"{PID}={os.getpid()}", f"{OWNER}={folder.name}"]
        return list(client.containers(all=True, filters={"label": wanted}))
    finally:
        client.close()


@pytest.mark.bubblewrap
@pytest.mark.usefixtures("local_backend")
def test_without_containers(tmp_path: Path) -> None:
    let_loose(TABLE, tmp_path / "local-hostile", "local")


@pytest.mark.docker
@pytest.mark.usefixtures("python_image")
def test_in_containers(tmp_path: Path) -> None:
    """A few of them, and no container is left."""
    folder = tmp_path / "some-hostile"
    names = {"leaves-one-that-rewrites-its-answer", "reads-keys", "deletes-everything"}

    let_loose(tuple(one for one in TABLE if one.name in names), folder, "docker")

    assert containers(folder) == []
