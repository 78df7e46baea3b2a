"""One sample to be made, as its agent sees it: limits are kept, and what happens is in the trajectory."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from msgspec import Struct, structs, to_builtins

from boxscore.agents.seal import SealedBox

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import Draft
    from boxscore.agents.limits import Meter
    from boxscore.agents.trajectory import Trajectory
    from boxscore.models.contract import Answer, Question
    from boxscore.protocols.web.task import Walk
    from boxscore.records import Instance, Result


class Resources(Struct, frozen=True, kw_only=True):
    """What agents work with.

    `ask` answers a question, `open_box` opens the box of an instance, `judge` grades a draft by the tests that may be
    seen, and `walk` gives the tasks of an instance that is a web project.
    """

    ask: Callable[[Question], Awaitable[Answer]]
    open_box: Callable[[Instance], AbstractAsyncContextManager[AgentBox]]
    judge: Callable[[Instance, Draft], Awaitable[Result | None]]
    walk: Callable[[Instance], Walk | None] = lambda _: None


class WorkingAssignment:
    """See `boxscore.agents.contract.Assignment`. `first` is the question that asks with the instance's prompt.

    For one event loop. `turns` counts answers, `seal` is what was proved of the agent's box.
    """

    def __init__(
        self, instance: Instance, first: Question, resources: Resources, *, meter: Meter, trajectory: Trajectory
    ) -> None:
        self.instance, self.number, self.trajectory, self.meter = instance, first.number, trajectory, meter
        self.prompt, self.completion = first.messages, first.completion
        self.stop_reason, self.turns = "", 0
        self.seal: dict[str, Any] | None = None
        self._first, self._resources = first, resources

    @property
    def walk(self) -> Walk | None:
        """The tasks of a project that grows task by task."""
        return self._resources.walk(self.instance)

    async def ask(self, messages: Sequence[dict[str, Any]], *, completion: str | None = None) -> Answer:
        """Ask the model; see `Assignment.ask`."""
        self.meter.check()
        self.meter.messages(len(messages))
        question = structs.replace(
            self._first,
            turn=self.turns,
            messages=() if completion is not None else tuple(messages),
            completion=completion,
        )
        self.trajectory.add_question(messages, completion=completion)
        answer = await self.meter.ask(self._resources.ask(question), turn=self.turns)
        self.turns += 1
        self.trajectory.add_answer(answer)
        return answer

    @asynccontextmanager
    async def open_box(self) -> AsyncIterator[AgentBox]:
        """Open the instance's box, and keep what was proved of it; see `Assignment.open_box`."""
        async with self._resources.open_box(self.instance) as box:
            try:
                yield box
            finally:
                if isinstance(box, SealedBox):
                    self.seal = to_builtins(box.seal)

    async def judge(self, draft: Draft) -> Result | None:
        """Grade a draft by the tests that may be seen; see `Assignment.judge`."""
        self.meter.check()
        result = await self.meter.bounded(self._resources.judge(self.instance, draft))
        if result is not None:
            self.trajectory.add_round(result)
        return result

    def check_limits(self) -> None:
        """Raise LimitReached if the agent has used up what it may."""
        self.meter.check()
