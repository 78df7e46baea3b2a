"""The machines of a cluster on which agents work, as the process that started the run sees them.

Machines are looked for all the time: one that comes late takes agents, one that cannot is tried again after a while.
An agent whose machine goes raises BoxLost, as one does whose box goes: it begins anew elsewhere, and its questions are
answered from the journal. For one event loop.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.errors import BoxLost, LossCause, ProtocolError, SandboxUnavailable
from boxscore.log import event
from boxscore.sampling.cluster.messages import Drop, Ended, Ready, Unavailable, decoded

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from boxscore.sampling.cluster.messages import FromMachine, LodgingSettings, OfAgent, ToMachine

AGENTS_PER_CPU = 4  # most of them wait for the model
LOOK_S, REST_S = 5.0, 30.0
PATIENCE_S = 600.0  # for a cluster that had a machine and now has none
_RECEIVE_S = 5.0
_END_S = 45.0  # more than a machine takes to end its agents


class MachineLost(Exception):  # noqa: N818 - what happened says it best
    """A machine, or what stands for it, has gone."""


class Machine(Struct, frozen=True, kw_only=True):
    """A machine of the cluster: `key` tells it from all others, `name` is for people."""

    key: str
    name: str
    cpus: int


class Lodging(Protocol):
    """What there is of us on a machine; see `boxscore.sampling.cluster.machine.AgentHost`. Raises MachineLost."""

    async def send(self, messages: Sequence[ToMachine]) -> None:
        """Send messages; return when they have arrived."""

    async def receive(self, wait_s: float) -> bytes:
        """Wait so long for messages."""

    async def leave(self) -> None:
        """End all there, in bounded time. Raises nothing."""


class Cluster(Protocol):
    """Machines that agents can work on."""

    async def machines(self) -> Sequence[Machine]:
        """Those that are there now."""

    def start(self, machine: Machine, settings: LodgingSettings) -> Lodging:
        """Begin to get ready there; what comes of it is received."""


class Stay:
    """One agent on a machine."""

    def __init__(self, number: int, place: _Place) -> None:
        self.number = number
        self.over = False
        self._place = place
        self._heard: asyncio.Queue[OfAgent | str] = asyncio.Queue()

    async def send(self, message: ToMachine) -> None:
        """Send the agent something. Raises BoxLost."""
        if self._place.lost:
            raise self._lost(self._place.lost)
        try:
            await self._place.lodging.send([message])
        except MachineLost as error:
            self._place.end(str(error))  # before it is heard of, or the agent would begin anew there
            raise self._lost(str(error)) from error

    async def heard(self) -> OfAgent:
        """What the agent says next. Raises BoxLost."""
        message = await self._heard.get()
        if isinstance(message, str):
            raise self._lost(message)
        return message

    def hear(self, message: OfAgent | str) -> None:
        """Take what the agent says, or why it will say no more."""
        self.over = self.over or isinstance(message, Ended | str)
        self._heard.put_nowait(message)

    async def end(self) -> None:
        """End the agent if it is at work, and wait for that, in bounded time."""
        if self.over:
            return
        try:
            await self.send(Drop(agent=self.number))
            async with asyncio.timeout(_END_S):
                while not isinstance(await self.heard(), Ended):
                    pass
        except (BoxLost, TimeoutError):
            return

    def _lost(self, why: str) -> BoxLost:
        self.over = True
        return BoxLost(f"the machine {self._place.machine.name} of the cluster: {why}", cause=LossCause.OUTSIDE)


class _Place:
    """A machine that takes agents, or gets ready to."""

    def __init__(self, machine: Machine, lodging: Lodging) -> None:
        self.machine, self.lodging = machine, lodging
        self.ready, self.lost = False, ""
        self.stays: dict[int, Stay] = {}

    @property
    def room(self) -> int:
        return AGENTS_PER_CPU * max(1, self.machine.cpus) - len(self.stays) if self.ready else 0

    def end(self, why: str) -> None:
        """Take no more agents, and tell those that are there."""
        self.ready, self.lost = False, self.lost or why
        for stay in self.stays.values():
            stay.hear(why)


class Lodgings:
    """Finds each agent a machine. `say` is told what users should know of machines."""

    def __init__(
        self,
        cluster: Cluster,
        settings: LodgingSettings,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        look_s: float = LOOK_S,
    ) -> None:
        self._cluster, self._settings, self._say = cluster, settings, say
        self._clock, self._look_s = clock, look_s
        self._places: dict[str, _Place] = {}
        self._listening: set[asyncio.Task[None]] = set()
        self._problems: dict[str, str] = {}
        self._rests: dict[str, float] = {}
        self._changed = asyncio.Condition()
        self._numbers = itertools.count()
        self._staffing: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Look for machines until one is ready. Raises SandboxUnavailable where none can be."""
        self._staffing = asyncio.ensure_future(self._staff())
        async with self._changed:
            await self._changed.wait_for(lambda: any(one.ready for one in self._places.values()) or self._hopeless())
        if self._hopeless():
            await self.close()
            raise SandboxUnavailable(f"agents can work on no machine of the cluster: {self._reasons()}")

    async def close(self) -> None:
        """End all agents on all machines, in bounded time."""
        tasks = [*self._listening, *([] if self._staffing is None else [self._staffing])]
        self._staffing = None
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        places, self._places = list(self._places.values()), {}
        await asyncio.gather(*(one.lodging.leave() for one in places))

    @asynccontextmanager
    async def stay(self) -> AsyncIterator[Stay]:
        """Wait for room on a machine, and have it; on exit the agent there is ended. Raises SandboxUnavailable."""
        async with self._changed:
            until = self._clock() + PATIENCE_S
            while not (place := self._roomiest()):
                if not self._places and self._clock() > until:
                    raise SandboxUnavailable(f"the cluster has no machine for agents any more: {self._reasons()}")
                try:
                    async with asyncio.timeout(self._look_s):
                        await self._changed.wait()
                except TimeoutError:
                    continue
            stay = Stay(next(self._numbers), place)
            place.stays[stay.number] = stay
        try:
            yield stay
        finally:
            await stay.end()
            place.stays.pop(stay.number, None)
            await self._tell()

    def _roomiest(self) -> _Place | None:
        return max((one for one in self._places.values() if one.room > 0), key=lambda one: one.room, default=None)

    def _hopeless(self) -> bool:
        """Whether machines were looked for, and there is none that is, or may become, ready."""
        return bool(self._problems) and not self._places

    def _reasons(self) -> str:
        return "; ".join(f"{name}: {why}" for name, why in self._problems.items())

    async def _tell(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def _staff(self) -> None:
        """Get machines ready as they come."""
        while True:
            try:
                found = await self._cluster.machines()
            except MachineLost as error:
                found, self._problems["the cluster"] = (), str(error)
            if not found and not self._places:
                self._problems.setdefault("the cluster", "it has no machine")
            for machine in found:
                if machine.key not in self._places and self._clock() >= self._rests.get(machine.key, 0.0):
                    place = _Place(machine, self._cluster.start(machine, self._settings))
                    self._places[machine.key] = place
                    task = asyncio.ensure_future(self._listen(place))
                    self._listening.add(task)
                    task.add_done_callback(self._listening.discard)
            await self._tell()
            await asyncio.sleep(self._look_s)

    async def _listen(self, place: _Place) -> None:
        """Hear what a machine says until it is lost, and then do without it for a while."""
        try:
            while True:
                for message in decoded(await place.lodging.receive(_RECEIVE_S)):
                    await self._hear(place, message)
                if place.lost:
                    raise MachineLost(place.lost)  # noqa: TRY301 - as if it had been heard here
        except (MachineLost, ProtocolError) as error:
            why = str(error)
        name, had = place.machine.name, place.ready or bool(place.lost)
        if self._problems.get(name) != why:
            self._say(f"{name} {'is gone; its agents begin anew elsewhere' if had else 'takes no agents'}: {why}")
        event("agents_left_machine", logging.WARNING, shown=True, node=name, reason=why)
        self._problems[name] = why
        self._rests[place.machine.key] = self._clock() + REST_S
        self._places.pop(place.machine.key, None)
        place.end(why)
        await place.lodging.leave()
        await self._tell()

    async def _hear(self, place: _Place, message: FromMachine) -> None:
        if isinstance(message, Unavailable):
            raise MachineLost(message.reason)
        if isinstance(message, Ready):
            place.ready = True
            event("agents_on_machine", node=place.machine.name)
            self._problems.pop(place.machine.name, None)
            await self._tell()
            return
        stay = place.stays.get(message.agent)
        if stay is not None:
            stay.hear(message)
