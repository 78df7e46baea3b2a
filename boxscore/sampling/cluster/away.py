"""What an agent is given that works on a machine of a cluster: see `boxscore.agents.contract.Assignment`."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from boxscore.agents.seal import sealed_box
from boxscore.agents.trajectory import ATIF_VERSION, Trajectory
from boxscore.models.messages import text_of
from boxscore.sampling.cluster.faults import error_of
from boxscore.sampling.cluster.messages import Asks, Boxed, Judges, Noted, WantsBox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Mapping, Sequence

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import Draft
    from boxscore.agents.web.walk import Walk
    from boxscore.boxes.contract import Backend
    from boxscore.models.contract import Answer
    from boxscore.records import Result
    from boxscore.sampling.cluster.messages import Begin, FromMachine, Given

    Say = Callable[[FromMachine], None]


class AwayAssignment:
    """One sample of an instance to be made; whatever else than its box it takes is asked for where the run began."""

    def __init__(self, begin: Begin, say: Say, backend: Backend, *, owner: str) -> None:
        self.instance, self.number = begin.instance, begin.number
        self.prompt, self.completion = begin.prompt, begin.completion
        self.walk: Walk | None = None  # agents that build web projects want no box, and so are never away
        self.stop_reason = ""
        self.trajectory: Trajectory = _ToldTrajectory(begin.agent, say)
        self._agent, self._say, self._backend, self._owner = begin.agent, say, backend, owner
        self._standing, self._heard_at = begin.standing, time.monotonic()
        self._waiting: dict[int, asyncio.Future[Given]] = {}
        self._requests = 0

    async def ask(self, messages: Sequence[dict[str, Any]], *, completion: str | None = None) -> Answer:
        """Ask the model; see `Assignment.ask`."""
        given = await self._given(
            lambda number: Asks(agent=self._agent, request=number, messages=tuple(messages), completion=completion)
        )
        if given.answer is None:
            raise TypeError("an answer was asked for, and none was given")
        return given.answer

    @asynccontextmanager
    async def open_box(self) -> AsyncIterator[AgentBox]:
        """Open the instance's sealed box on this machine; see `Assignment.open_box`."""
        order = (await self._given(lambda number: WantsBox(agent=self._agent, request=number))).box
        if order is None:
            raise TypeError("a box was asked for, and none was given")
        opening = sealed_box(
            self.instance.instance_id, order.task, self._backend, recipe=order.recipe, owner=self._owner
        )
        async with opening as box:
            try:
                yield box
            finally:
                self._say(Boxed(agent=self._agent, seal=msgspec.to_builtins(box.seal), evidence=box.evidence))

    async def judge(self, draft: Draft) -> Result | None:
        """Grade a draft by the tests that may be seen; see `Assignment.judge`."""
        return (await self._given(lambda number: Judges(agent=self._agent, request=number, draft=draft))).result

    def check_limits(self) -> None:
        """Raise LimitReached if the agent has used up what it may, as far as was last heard and the clock says."""
        self._standing.check(time.monotonic() - self._heard_at)

    def about(self) -> dict[str, Any]:
        """What the agent wants to be written beside its steps, as far as it is plain data."""
        return {name: value for name, value in self.trajectory.about.items() if _is_plain(value)}

    def take(self, given: Given) -> None:
        """Take what was asked for."""
        self._standing, self._heard_at = given.standing, time.monotonic()
        future = self._waiting.pop(given.request, None)
        if future is not None and not future.done():
            future.set_result(given)

    async def _given(self, wish: Callable[[int], FromMachine]) -> Given:
        """Ask for something, and wait for it. Raises what it raised where it was asked for."""
        number, self._requests = self._requests, self._requests + 1
        future: asyncio.Future[Given] = asyncio.get_running_loop().create_future()
        self._waiting[number] = future
        try:
            self._say(wish(number))
            given = await future
        finally:
            self._waiting.pop(number, None)
        if given.fault is not None:
            raise error_of(given.fault, request=number)
        return given


class _ToldTrajectory(Trajectory):
    """A trajectory that is kept where the run began: what is added to it is told there."""

    def __init__(self, agent: int, say: Say) -> None:
        super().__init__(session_id="", agent="", version=ATIF_VERSION, model="")
        self._number, self._say = agent, say

    def add_message(self, role: str, content: object, *, extra: Mapping[str, Any] | None = None) -> None:
        """See `Trajectory.add_message`."""
        told = Noted(
            agent=self._number, role=role, said=text_of(content), extra=None if extra is None else _plain(extra)
        )
        self._say(told)

    def add_action(
        self, tool: str, arguments: Mapping[str, Any], observation: str, *, extra: Mapping[str, Any] | None = None
    ) -> None:
        """See `Trajectory.add_action`."""
        told = Noted(
            agent=self._number,
            tool=tool,
            arguments=_plain(arguments),
            said=observation,
            extra=None if extra is None else _plain(extra),
        )
        self._say(told)


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    return {
        str(name): one if isinstance(one, int | float | None) else text_of(one).encode(errors="replace").decode()
        for name, one in values.items()
    }


def _is_plain(value: object) -> bool:
    try:
        msgspec.msgpack.encode(value)
    except (TypeError, ValueError, OverflowError):
        return False
    return True
