"""Agents on a Ray cluster: one actor for each machine, in which its agents work. Ray is imported when asked for."""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from boxscore.run.executors.ray import address_of, joined, named_apart
from boxscore.run.executors.staffing import Slot
from boxscore.run.options import LOCAL
from boxscore.sampling.cluster.lodgings import Machine, MachineLost
from boxscore.sampling.cluster.machine import LEAVE_S, AgentHost

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.agents.contract import Agent
    from boxscore.sampling.cluster import lodgings
    from boxscore.sampling.cluster.messages import LodgingSettings, ToMachine

Value = TypeVar("Value")

_AT_ONCE = 8  # calls of one actor: one receives, the others send
_LEAVE_S = LEAVE_S + 5


@contextmanager
def cluster_of(on: str, agent: Agent) -> Iterator[lodgings.Cluster | None]:
    """Join the cluster on which an agent is to work; None where it is not to.

    One that wants no box works where the run began: it waits for the model or for verdicts, which come from the cluster
    anyhow. Raises UsageError where Ray is not installed, SandboxUnavailable where the cluster cannot be joined.
    """
    if on == LOCAL or not agent.wants_box:
        yield None
        return
    with joined(address_of(on)) as ray:
        yield RayMachines(ray)


class RayLodging:
    """The actor."""

    def __init__(self, settings: LodgingSettings) -> None:
        self._lodging = AgentHost(settings)

    def send(self, messages: Sequence[ToMachine]) -> None:
        """See `AgentHost.send`."""
        self._lodging.send(messages)

    def receive(self, wait_s: float) -> bytes:
        """See `AgentHost.receive`."""
        return self._lodging.receive(wait_s)

    def leave(self) -> None:
        """See `AgentHost.leave`."""
        self._lodging.leave()


class RayMachines:
    """See `boxscore.sampling.cluster.lodgings.Cluster`."""

    def __init__(self, ray: Any) -> None:
        self._ray = ray

    async def machines(self) -> Sequence[Machine]:
        """See `Cluster.machines`."""
        try:
            found = await asyncio.to_thread(self._ray.nodes)
        except (self._ray.exceptions.RayError, ConnectionError, RuntimeError) as error:
            raise MachineLost(f"the cluster does not answer: {error}") from error
        alive = [one for one in found if one["Alive"] and one["Resources"].get("CPU", 0) >= 1]
        slots = named_apart([Slot(one["NodeID"], one["NodeManagerHostname"], 0) for one in alive])
        cpus = {one["NodeID"]: int(one["Resources"]["CPU"]) for one in alive}
        return [Machine(key=slot.node, name=slot.name, cpus=cpus[slot.node]) for slot in slots]

    def start(self, machine: Machine, settings: LodgingSettings) -> ActorLodging:
        """See `Cluster.start`."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: PLC0415 - slow to import

        actor = self._ray.remote(RayLodging).options(
            num_cpus=0,  # its agents wait; cpus are for what grades
            max_restarts=0,
            max_task_retries=0,
            max_concurrency=_AT_ONCE,
            scheduling_strategy=NodeAffinitySchedulingStrategy(machine.key, soft=False),
        )
        return ActorLodging(self._ray, actor.remote(settings))


class ActorLodging:
    """See `boxscore.sampling.cluster.lodgings.Lodging`."""

    def __init__(self, ray: Any, actor: Any) -> None:
        self._ray, self._actor = ray, actor

    async def send(self, messages: Sequence[ToMachine]) -> None:
        """See `Lodging.send`."""
        await self._done(self._actor.send, list(messages))

    async def receive(self, wait_s: float) -> bytes:
        """See `Lodging.receive`."""
        data: bytes = await self._done(self._actor.receive, wait_s)
        return data

    async def leave(self) -> None:
        """See `Lodging.leave`."""
        with suppress(MachineLost, TimeoutError):
            async with asyncio.timeout(_LEAVE_S):
                await self._done(self._actor.leave)
        with suppress(self._ray.exceptions.RayError, ValueError):  # dead already
            self._ray.kill(self._actor, no_restart=True)

    async def _done(self, method: Any, *given: object) -> Any:
        errors = self._ray.exceptions
        try:
            return await asyncio.wrap_future(method.remote(*given).future())
        except (errors.RayError, ConnectionError) as error:
            lines = [line.strip() for line in str(error).splitlines() if line.strip()]
            raise MachineLost(lines[0] if lines else type(error).__name__) from error
