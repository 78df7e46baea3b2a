"""Agents that work on the machines of a cluster: here machines are threads of this process, which can die."""

from __future__ import annotations

import asyncio
import os
import shutil
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore.agents.contract import AgentLimits, LimitReached
from boxscore.agents.registry import digest_of, open_agent, own_file
from boxscore.boxes.registry import open_backend
from boxscore.errors import (
    BoxLost,
    InputError,
    LossCause,
    ModelError,
    ProtocolError,
    SandboxUnavailable,
    StoreError,
    UsageError,
)
from boxscore.interrupt import Stop
from boxscore.models.fake import FakeModel
from boxscore.run.executors.settings import GraderSettings
from boxscore.run.lines import read_lines
from boxscore.run.store import ATTEMPTS
from boxscore.sampling.attempts import trajectory_path
from boxscore.sampling.cluster.faults import AgentFailed, error_of, fault_of
from boxscore.sampling.cluster.lodgings import Lodging, Machine, MachineLost
from boxscore.sampling.cluster.machine import AgentHost, opened_agent
from boxscore.sampling.cluster.messages import LodgingSettings, Ready, decoded, encoded
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.records import Attempt
from boxscore.sampling.run import run_sampling
from tests.sampling.runs import FEW, model, request, right, tiny

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from boxscore.agents.contract import Agent
    from boxscore.boxes.contract import Backend
    from boxscore.models.contract import Answer, Model, Question
    from boxscore.sampling.cluster.messages import ToMachine
    from boxscore.sampling.run import FinishedSampling

INSTANT = pytest.mark.usefixtures("instant_boxes")

TWICE = """
import os
from boxscore import Draft

class Twice:
    name, wants_box = "twice", True

    def __init__(self, options):
        self.options = dict(options)

    async def drafts(self, assignment):
        first = await assignment.ask(assignment.prompt)
        assignment.trajectory.add_action("look", {"at": "it", "times": 2}, "seen")
        yield Draft(text=first.text, why="first")
        assignment.check_limits()
        again = [*assignment.prompt, {"role": "user", "content": "again"}]
        second = await assignment.ask(again)
        assignment.stop_reason = "twice"
        assignment.trajectory.about["seen"] = "much"
        yield Draft(text=second.text, why="second")

AGENT = Twice
"""


class Here:
    """See `boxscore.sampling.cluster.lodgings.Lodging`: a machine that is a thread."""

    def __init__(self, settings: LodgingSettings, backend_of: Callable[[GraderSettings], Backend]) -> None:
        self._lodging = AgentHost(settings, backend_of=backend_of)
        self.dead = asyncio.Event()
        self.sent = 0

    async def send(self, messages: Sequence[ToMachine]) -> None:
        """Send messages, unless the machine is dead."""
        self._must_live()
        self.sent += 1
        self._lodging.send(messages)

    async def receive(self, wait_s: float) -> bytes:
        """Wait for messages, or the machine's death."""
        receiving = asyncio.ensure_future(asyncio.to_thread(self._lodging.receive, 0.05))
        data = await receiving
        self._must_live()
        return data

    async def leave(self) -> None:
        """End all there."""
        await asyncio.to_thread(self._lodging.leave)

    def _must_live(self) -> None:
        if self.dead.is_set():
            raise MachineLost("it was switched off")


class Machines:
    """See `boxscore.sampling.cluster.lodgings.Cluster`."""

    def __init__(self, *names: str, backend_of: Callable[[GraderSettings], Backend] | None = None) -> None:
        self.names = list(names)
        self.lodgings: dict[str, Here] = {}
        self._backend_of = backend_of or (lambda _: open_backend("local"))

    async def machines(self) -> Sequence[Machine]:
        """Those that were not switched off."""
        return [Machine(key=name, name=name, cpus=1) for name in self.names]

    def start(self, machine: Machine, settings: LodgingSettings) -> Lodging:
        """Start a thread."""
        self.lodgings[machine.key] = Here(settings, self._backend_of)
        return self.lodgings[machine.key]

    def switch_off(self, name: str) -> None:
        """Let a machine die, for good."""
        self.names.remove(name)
        self.lodgings[name].dead.set()

    def given(self, _on: str, _agent: Agent) -> AbstractContextManager[Machines]:
        """What `run_sampling` asks for."""
        return nullcontext(self)


def twice(folder: Path) -> str:
    """The path of an agent that asks twice and wants a box."""
    path = folder / "twice.py"
    path.write_text(TWICE)
    return str(path)


def run_on(cluster: Machines, folder: Path, asked: Model, **options: object) -> FinishedSampling:
    """Have agents on a cluster make samples."""
    plan = plan_sampling(request(folder / "run", **options), asked)  # type: ignore[arg-type]
    return run_sampling(plan, stop=Stop(), cluster_of=cluster.given)


def ends(folder: Path) -> list[Attempt]:
    """The agents that have ended."""
    return list(read_lines(folder / "run" / ATTEMPTS, Attempt))


@INSTANT
def test_agents_work_elsewhere_and_ask_here(tmp_path: Path) -> None:
    """Drafts, stop reasons, trajectories and costs are those of agents that work here; each machine has some."""
    cluster, asked = Machines("one", "two"), model(usd_per_token=1e-5)

    finished = run_on(cluster, tmp_path, asked, agent=twice(tmp_path), samples_each=2, agents=4)

    assert (finished.record.sampled, finished.record.calls, len(asked.asked)) == (6, 12, 12)
    assert finished.record.cost_usd == pytest.approx(
        1e-5 * (finished.record.input_tokens + finished.record.output_tokens)
    )
    assert {tuple(one.why for one in each.drafts) for each in ends(tmp_path)} == {("first", "second")}
    assert {(each.stop_reason, each.turns) for each in ends(tmp_path)} == {("twice", 2)}
    atif = msgspec.json.decode(trajectory_path(tmp_path / "run", FEW[0], "1").read_bytes())
    assert [one["function_name"] for step in atif["steps"] for one in step.get("tool_calls", [])] == ["look"]
    assert atif["extra"]["boxscore"]["seen"] == "much"
    assert all(one.sent for one in cluster.lodgings.values())


@INSTANT
def test_a_machine_that_dies_costs_its_agents_a_new_beginning_and_no_answer(tmp_path: Path) -> None:
    """They begin anew on another one, and get from the journal what they had been answered."""
    cluster = Machines("one", "two")
    switched: list[str] = []

    class Deadly(FakeModel):
        async def answer(self, question: Question) -> Answer:
            if question.turn == 1 and not switched:
                busy = next(name for name, one in cluster.lodgings.items() if one.sent)
                switched.append(busy)
                cluster.switch_off(busy)
            return await super().answer(question)

    known = tiny()
    asked = Deadly(lambda question: f"{right(known[question.instance_id])}\n{question.number}.{question.turn}")

    finished = run_on(cluster, tmp_path, asked, agent=twice(tmp_path), samples_each=2, agents=6)

    named = [(one.instance_id, one.number, one.turn) for one in asked.asked]
    assert (finished.record.sampled, finished.record.failed) == (6, 0)
    assert sorted(named) == sorted(set(named))
    assert len(named) == 12
    assert switched


@INSTANT
def test_a_limit_ends_an_agent_elsewhere(tmp_path: Path) -> None:
    """It is raised where the agent works, which may let it through: what it had is graded, with the stop reason."""
    run_on(Machines("one"), tmp_path, model(), agent=twice(tmp_path), limits=AgentLimits(message_limit=2))

    assert {(len(one.drafts), one.stop_reason) for one in ends(tmp_path)} == {(1, "message_limit")}


@INSTANT
def test_errors_of_the_model_are_raised_as_they_are_here(tmp_path: Path) -> None:
    """An agent lets them through: the sample is missing, with the model's words."""

    class Silent(FakeModel):
        async def answer(self, question: Question) -> Answer:
            raise ModelError("it says nothing", calls=1, cost_usd=0.5)

    finished = run_on(Machines("one"), tmp_path, Silent([]), agent=twice(tmp_path))

    assert finished.record.failures == {"it says nothing": 3}
    assert (finished.record.calls, finished.record.cost_usd) == (3, 1.5)


@INSTANT
def test_an_agent_that_breaks_elsewhere_leaves_its_sample_out(tmp_path: Path) -> None:
    """Its error is told by its kind and words; the others go on."""
    path = tmp_path / "broken.py"
    path.write_text(TWICE.replace("assignment.check_limits()", "raise KeyError('what')"))

    finished = run_on(Machines("one"), tmp_path, model(), agent=str(path))

    assert finished.record.failures == {"AgentFailed: KeyError: 'what'": 3}


@INSTANT
def test_machines_that_are_not_the_same_take_no_agents(tmp_path: Path) -> None:
    """Where none can, the run is refused, and says why, before anything is asked."""

    def broken(_: GraderSettings) -> Backend:
        raise SandboxUnavailable("no sandbox works there")

    asked = model()

    with pytest.raises(SandboxUnavailable, match="on no machine of the cluster: one: no sandbox works there"):
        run_on(Machines("one", backend_of=broken), tmp_path, asked, agent=twice(tmp_path))

    assert not asked.asked


def test_agents_open_their_boxes_where_they_work(tmp_path: Path, local_backend: Backend) -> None:
    """The seal is proved there and recorded here."""
    said = ["```bash\necho hello > answer.md\n```", "```bash\nsubmit\n```"]
    asked = FakeModel(lambda question: said[min(question.turn, 1)])

    finished = run_on(Machines("one"), tmp_path, asked, agent="shell", only=FEW[:1])

    assert finished.record.seal is not None
    assert finished.record.seal["backend"] == "local"
    assert [(one.drafts[0].text, one.drafts[0].why) for one in ends(tmp_path)] == [("hello\n", "submitted")]


def test_errors_cross_as_what_they_are() -> None:
    """Those that are known by name; a kind of one as that one, and any other by its name and words."""
    lost = error_of(fault_of(BoxLost("gone", cause=LossCause.INSIDE)), request=3)

    assert (type(lost), str(lost), getattr(lost, "cause", None)) == (BoxLost, "gone", LossCause.INSIDE)
    assert fault_of(lost).request == 3
    assert type(error_of(fault_of(InputError("bad", path="x")))) is UsageError
    assert type(error_of(fault_of(LimitReached("time_limit")))) is LimitReached
    assert str(error_of(fault_of(OSError("disk")))) == "OSError: disk"
    assert isinstance(error_of(fault_of(RuntimeError("\ud800"))), AgentFailed)
    assert type(error_of(fault_of(StoreError("full")))).__name__ == "BoxscoreError"


def test_what_a_machine_says_is_decoded_strictly() -> None:
    """What is no message is refused, and never unpickled."""
    assert decoded(encoded([Ready(host="one")])) == (Ready(host="one"),)
    for data in (b"", b"\x80\x04N.", msgspec.msgpack.encode([{"type": "Begin"}]), os.urandom(64)):
        with pytest.raises(ProtocolError):
            decoded(data)


def lodging(agent: str, options: dict[str, str]) -> LodgingSettings:
    """What a machine is told of an agent."""
    known = digest_of(agent, open_agent(agent, options))
    grader, file = GraderSettings(backend="local"), own_file(agent, options)
    return LodgingSettings(grader=grader, agent=agent, options=options, digest=known, file=file)


def test_an_agent_in_a_file_is_sent_along(tmp_path: Path) -> None:
    """So is a program that runs in the box; the machine needs neither."""
    here, there = tmp_path / "here", tmp_path / "there"
    here.mkdir()
    there.mkdir()
    program = here / "program.sh"
    program.write_text("#!/bin/sh\nexit 0\n")
    sent = [lodging(twice(here), {"question": "?"}), lodging(f"command:{program}", {"where": "box"})]
    shutil.rmtree(here)

    names = [opened_agent(settings, there).name for settings in sent]

    assert names == ["twice", "command"]


def test_a_program_on_the_host_must_be_there_and_the_same(tmp_path: Path) -> None:
    """It is more than one file, perhaps, and so is not sent."""
    program = tmp_path / "program.sh"
    program.write_text("#!/bin/sh\nexit 0\n")
    settings = lodging(f"command:{program}", {})

    assert settings.file is None
    assert opened_agent(settings, tmp_path).name == "command"
    program.write_text("#!/bin/sh\nexit 1\n")
    with pytest.raises(SandboxUnavailable, match="is another one here than where the run began"):
        opened_agent(settings, tmp_path)


@INSTANT
def test_an_interrupt_ends_agents_elsewhere_and_the_same_run_goes_on(tmp_path: Path) -> None:
    """What was answered is not asked again."""
    stop = Stop()
    cluster = Machines("one")

    class Interrupted(FakeModel):
        async def answer(self, question: Question) -> Answer:
            stop.drain()
            return await super().answer(question)

    known = tiny()
    first = Interrupted(lambda question: f"{right(known[question.instance_id])}\n{question.turn}")
    again = FakeModel(lambda question: f"{right(known[question.instance_id])}\n{question.turn}")
    options: dict[str, Any] = {"agent": twice(tmp_path), "agents": 1}
    plan = plan_sampling(request(tmp_path / "run", **options), first)
    run_sampling(plan, stop=stop, cluster_of=cluster.given)

    finished = run_on(Machines("one"), tmp_path, again, **options)

    named = [(one.instance_id, one.turn) for one in (*first.asked, *again.asked)]
    assert finished.record.sampled == 3
    assert sorted(named) == sorted((name, turn) for name in FEW for turn in (0, 1))
