"""What an agent is given in a run: see `boxscore.agents.contract.Assignment`."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from boxscore.models.contract import Question, Sampling

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import Draft
    from boxscore.agents.evidence import Evidence
    from boxscore.agents.limits import Meter
    from boxscore.agents.seal import SealedBox
    from boxscore.agents.trajectory import Trajectory
    from boxscore.agents.web.walk import Walk
    from boxscore.data.prompts import Prompt
    from boxscore.models.contract import Answer
    from boxscore.records import Instance, Result
    from boxscore.sampling.asking import Asking


class Means(Struct, frozen=True, kw_only=True):
    """What all assignments of a run share.

    `open_box` opens the sealed box of an instance, `judge` grades a draft by the tests that may be seen, and `walk`
    gives the tasks of an instance that is a web project.
    """

    asking: Asking
    sampling: Sampling
    open_box: Callable[[Instance], AbstractAsyncContextManager[SealedBox]]
    judge: Callable[[Instance, Draft], Awaitable[Result | None]]
    walk: Callable[[Instance], Walk | None] = lambda _: None


class RunAssignment:
    """One sample of an instance to be made. For one agent, of one event loop."""

    def __init__(  # noqa: PLR0913 - what an agent is given
        self,
        instance: Instance,
        number: int,
        *,
        prompt: Prompt,
        means: Means,
        meter: Meter,
        trajectory: Trajectory,
    ) -> None:
        self.instance, self.number, self.trajectory = instance, number, trajectory
        self.prompt, self.completion = prompt.messages, prompt.completion
        self.stop_reason = ""
        self.turns = 0
        self.seal: dict[str, Any] | None = None
        self.evidence: Evidence | None = None
        self._means, self._meter = means, meter
        self._template_digest = prompt.digest
        sampling = means.sampling
        self._sampling = sampling if sampling.stop else replace(sampling, stop=prompt.stop)

    @property
    def walk(self) -> Walk | None:
        """The tasks of a project that grows task by task."""
        return self._means.walk(self.instance)

    async def ask(self, messages: Sequence[dict[str, Any]], *, completion: str | None = None) -> Answer:
        """Ask the model; see `Assignment.ask`."""
        self._meter.check()
        self._meter.messages(len(messages))
        question = Question(
            instance_id=self.instance.instance_id,
            number=self.number,
            turn=self.turns,
            messages=() if completion is not None else tuple(messages),
            completion=completion,
            sampling=self._sampling,
            template_digest=self._template_digest,
        )
        self.trajectory.add_question(messages, completion=completion)
        answer = await self._meter.ask(self._means.asking.ask(question, self._meter.waiting), turn=self.turns)
        self.turns += 1
        self.trajectory.add_answer(answer)
        return answer

    @asynccontextmanager
    async def open_box(self) -> AsyncIterator[AgentBox]:
        """Open the instance's sealed box, and keep what was proved of it and in it; see `Assignment.open_box`."""
        async with self._means.open_box(self.instance) as box:
            try:
                yield box
            finally:
                self.seal, self.evidence = msgspec.to_builtins(box.seal), box.evidence

    async def judge(self, draft: Draft) -> Result | None:
        """Grade a draft by the tests that may be seen; see `Assignment.judge`."""
        self._meter.check()
        result = await self._meter.bounded(self._means.judge(self.instance, draft))
        if result is not None:
            self.trajectory.add_round(result)
        return result

    def check_limits(self) -> None:
        """Raise LimitReached if the agent has used up what it may."""
        self._meter.check()
