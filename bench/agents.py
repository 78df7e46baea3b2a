"""What an agent's turn and its instance take beyond the model: boxscore and mini-swe-agent, in one run.

    bench/agents.py [--conversations 6] [--think 0.5] [--instance purse] [--out FILE]

Both hold the same scripted conversation, the same commands in containers of the same image (of an instance of
tiny-patches), by turns. boxscore's is its agent `shell` in a sealed box, whose proof is run; mini-swe-agent's its own
`DefaultAgent` with its own `DockerEnvironment`. The model answers after `--think` seconds. Figures, p50 and p95:

    turn       from an answer to the next question, which includes the command's own few milliseconds
    instance   all from the beginning to the end, less what the model took: the box's start, its seal, the patch

and the ratios of mini-swe-agent's to boxscore's. Times are of a shared machine: compare them within a run, never across
runs. A first conversation of each, which loads what is loaded once, is not counted. Writes FILE (JSON).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # also when run as a script beside an installed boxscore

from bench.official import cache, environment
from bench.service import percentile
from boxscore.agents.fake import FakeAssignment, run_agent
from boxscore.agents.instances import instance_place
from boxscore.agents.registry import open_agent
from boxscore.agents.seal import sealed_box
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances, make_task
from boxscore.data.plugins import load_harness
from boxscore.models.contract import Answer
from boxscore.protocols.patch.tree import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.harness import Harness
    from boxscore.models.contract import Question
    from boxscore.records import Instance

BENCHMARK = "tiny-patches"
GIT = "git -c safe.directory='*'"
COMMANDS = (
    "ls",
    f"{GIT} log --oneline | head -3",
    "cat README.md",
    "grep -rn def . | head -20",
    "find . -name '*.py' | wc -l",
    "python3 --version",
    "echo '# a line' >> README.md",
    f"{GIT} diff",
    "sed -n 1,20p README.md",
    f"{GIT} status --short",
)
TURN_S = 120  # the most that a turn of a peer may take

# mini-swe-agent holds a conversation for each line that it reads.
PEER = """
import json, os, sys, time
os.environ["MSWEA_SILENT_STARTUP"] = "1"
from minisweagent.agents.default import DefaultAgent
from minisweagent.environments.docker import DockerEnvironment
from minisweagent.models.test_models import DeterministicModel, make_output

class Model(DeterministicModel):
    def query(self, messages, **kwargs):
        asked.append(time.perf_counter())
        time.sleep(think)
        found = super().query(messages, **kwargs)
        answered.append(time.perf_counter())
        return found

for line in sys.stdin:
    request = json.loads(line)
    asked, answered, think = [], [], request["think"]
    began = time.perf_counter()
    commands = [*request["commands"], "echo COMPLETE_TASK_AND_SUBMIT_FINAL_OUTPUT; " + request["last"]]
    outputs = [make_output("I do this.", [{"command": one}], 0.0) for one in commands]
    environment = DockerEnvironment(image=request["image"], cwd=request["cwd"], timeout=60)
    agent = DefaultAgent(Model(outputs=outputs), environment, system_template="You work.", instance_template="{{task}}",
                         cost_limit=0.0)
    info = agent.run("Do it.")
    environment.cleanup()
    whole = time.perf_counter() - began - sum(b - a for a, b in zip(asked, answered))
    assert info["exit_status"] == "Submitted" and "a line" in info["submission"], info
    print("RESULT" + json.dumps({"turns": [b - a for a, b in zip(answered, asked[1:])], "instance": whole}), flush=True)
"""


class Scripted:
    """A model that gives the commands one by one, each after some seconds, and looks at the clock."""

    name, base = "scripted", ""

    def __init__(self, commands: Sequence[str], think_s: float) -> None:
        self._texts = [f"I do this.\n\n```bash\n{one}\n```" for one in (*commands, "submit")]
        self._think_s = think_s
        self.asked: list[float] = []
        self.answered: list[float] = []

    async def answer(self, question: Question) -> Answer:
        """Wait, and give the turn's command."""
        self.asked.append(time.perf_counter())
        await asyncio.sleep(self._think_s)
        self.answered.append(time.perf_counter())
        return Answer(text=self._texts[question.turn], finish_reason="stop")

    async def close(self) -> None:
        """Nothing is open."""


async def converse(harness: Harness, instance: Instance, think_s: float) -> dict[str, Any]:
    """Hold one conversation by boxscore."""
    model = Scripted(COMMANDS, think_s)
    began = time.perf_counter()
    async with sealed_box(instance.instance_id, make_task(harness, instance), "docker", recipe=harness.image) as box:
        assignment = FakeAssignment(instance, model, box=box)
        drafts = await run_agent(open_agent("shell", {}), assignment)
    whole = time.perf_counter() - began - sum(map(_less, model.answered, model.asked))
    if [one.why for one in drafts] != ["submitted"] or "a line" not in drafts[0].text:
        sys.exit(f"the conversation did not come to its end: {drafts}")
    return {"turns": list(map(_less, model.asked[1:], model.answered)), "instance": whole}


def _less(one: float, other: float) -> float:
    return one - other


class Peer:
    """mini-swe-agent in its own environment, as a program that holds conversations."""

    def __init__(self, python: Path) -> None:
        self._process = subprocess.Popen(
            [python, "-c", PEER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def converse(self, image: str, cwd: str, think_s: float) -> dict[str, Any]:
        """Hold one conversation."""
        process = self._process
        if process.stdin is None or process.stdout is None:
            raise TypeError(process)
        request = {"image": image, "cwd": cwd, "think": think_s, "commands": COMMANDS, "last": f"{GIT} diff"}
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            if line.startswith("RESULT"):
                found: dict[str, Any] = json.loads(line.removeprefix("RESULT"))
                return found
        sys.exit(f"mini-swe-agent ended with {process.wait(TURN_S)}")

    def close(self) -> None:
        """End it."""
        self._process.kill()
        self._process.wait(TURN_S)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


def figures(found: Sequence[dict[str, Any]]) -> dict[str, float]:
    """p50 and p95 of all turns and of all instances, in milliseconds."""
    turns = [one for conversation in found for one in conversation["turns"]]
    wholes = [conversation["instance"] for conversation in found]
    return {
        f"{name}_p{share}_ms": round(percentile(values, share / 100) * 1e3, 1)
        for name, values in (("turn", turns), ("instance", wholes))
        for share in (50, 95)
    }


def ratios(ours: dict[str, float], theirs: dict[str, float]) -> dict[str, float]:
    """How many times as long the other takes."""
    return {name.removesuffix("_ms"): round(theirs[name] / ours[name], 2) for name in ours}


def main() -> None:
    """Hold the conversations by turns and print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conversations", type=int, default=6)
    parser.add_argument("--think", type=float, default=0.5)
    parser.add_argument("--instance", default="purse")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    harness, name = load_harness(BENCHMARK), f"{BENCHMARK}/{asked.instance}"
    instance = next(one for one in load_instances(harness, resolve(harness.source).path) if one.instance_id == name)
    place = instance_place(BENCHMARK, name)
    peer = Peer(environment(cache(), "mini-swe-agent"))
    ours, theirs = [], []
    try:
        for _ in range(1 + asked.conversations):
            ours.append(asyncio.run(converse(harness, instance, asked.think)))
            theirs.append(peer.converse(place.image, ORIGINAL, asked.think))
    finally:
        peer.close()
    found = {"boxscore": figures(ours[1:]), "mini-swe-agent": figures(theirs[1:])}
    found["ratio"] = ratios(found["boxscore"], found["mini-swe-agent"])
    text = json.dumps({"think_s": asked.think, "conversations": asked.conversations, **found}, indent=2)
    print(text)
    if asked.out is not None:
        asked.out.write_text(f"{text}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
