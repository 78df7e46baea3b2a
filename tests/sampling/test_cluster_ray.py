"""Agents on a real Ray cluster of two nodes on this machine, one of which dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.interrupt import Stop
from boxscore.models.fake import FakeModel
from boxscore.run.executors.ray import joined
from boxscore.run.lines import read_lines
from boxscore.run.store import ATTEMPTS
from boxscore.sampling.cluster.ray import RayMachines
from boxscore.sampling.plan import plan_sampling
from boxscore.sampling.records import Attempt
from boxscore.sampling.run import run_sampling
from tests.run.executors.test_ray import cluster, quiet_ray  # noqa: F401 - fixtures
from tests.sampling.runs import request, right, run, tiny

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from boxscore.models.contract import Answer, Question
    from boxscore.sampling.cluster.lodgings import Machine
    from boxscore.sampling.cluster.messages import LodgingSettings, ToMachine
    from boxscore.sampling.cluster.ray import ActorLodging

pytestmark = pytest.mark.slow

CELL = "```python\nprint(6 * 7)\n```"


class CountingMachines(RayMachines):
    """Machines that know how often each was sent something."""

    def __init__(self, ray: Any) -> None:
        super().__init__(ray)
        self.sent: Counter[str] = Counter()

    def start(self, machine: Machine, settings: LodgingSettings) -> ActorLodging:
        """Count what is sent there."""
        lodging = super().start(machine, settings)
        send = lodging.send

        async def counted(messages: Sequence[ToMachine]) -> None:
            await send(messages)
            self.sent[machine.key] += 1

        lodging.send = counted  # type: ignore[method-assign]
        return lodging


def test_agents_and_their_boxes_are_on_the_cluster(
    cluster: Any,  # noqa: F811 - the fixture
    local_backend: object,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """With `--on ray` an agent works in a box there, and asks here; samples are graded there too."""
    monkeypatch.setenv("RAY_ADDRESS", cluster.address)
    known = tiny()

    def answer(question: Question) -> str:
        final = f"FINAL ANSWER\n{right(known[question.instance_id])}"
        return final if question.turn and "42" in str(question.messages[-1]) else CELL

    finished = run(tmp_path / "run", FakeModel(answer), agent="interpreter", grading={"on": "ray", "workers": None})

    assert finished.run is not None
    assert [one.value for one in finished.run.report.pass_at_k.values()] == [1.0]
    assert finished.record.seal is not None
    assert finished.record.calls == 6


def test_a_node_that_dies_costs_its_agents_a_new_beginning_and_no_answer(
    cluster: Any,  # noqa: F811 - the fixture
    local_backend: object,
    tmp_path: Path,
) -> None:
    """What they were answered is in the journal; every sample is made, and no question is asked twice."""
    dying = next(one for one in cluster.worker_nodes)
    known = tiny()
    killed: list[bool] = []
    machines: list[CountingMachines] = []

    class Deadly(FakeModel):
        async def answer(self, question: Question) -> Answer:
            for _ in range(600 if question.turn else 0):
                if machines[0].sent[dying.node_id] and not killed:
                    killed.append(True)
                    dying.kill_raylet(check_alive=False)
                if killed:
                    break
                await asyncio.sleep(0.1)
            return await super().answer(question)

    @contextmanager
    def on_cluster(_on: str, _agent: object) -> Iterator[CountingMachines]:
        with joined(cluster.address) as ray:
            machines.append(CountingMachines(ray))
            yield machines[0]

    def answer(question: Question) -> str:
        return f"FINAL ANSWER\n{right(known[question.instance_id])}" if question.turn else CELL

    asked = Deadly(answer)
    plan = plan_sampling(request(tmp_path / "run", agent="interpreter", samples_each=4, agents=8), asked)
    finished = run_sampling(plan, stop=Stop(), cluster_of=on_cluster)

    named = [(one.instance_id, one.number, one.turn) for one in asked.asked]
    assert killed
    assert (finished.record.sampled, finished.record.failed) == (12, 0)
    assert sorted(named) == sorted(set(named))
    assert len(named) == 24
    assert len(list(read_lines(tmp_path / "run" / ATTEMPTS, Attempt))) == 12
