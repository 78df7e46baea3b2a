"""What an agent is given in a run: see `boxscore.agents.contract.Assignment`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from msgspec import Struct

from boxscore.agents.contract import LimitReached
from boxscore.errors import ContextOverflow
from boxscore.models.contract import Question, Sampling

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import Draft
    from boxscore.agents.trajectory import Trajectory
    from boxscore.models.contract import Answer
    from boxscore.records import Instance, Result
    from boxscore.sampling.asking import Asking


class Meter(Protocol):
    """Counts what an agent has used, and says where it may use no more; see `boxscore.agents.limits`."""

    def check(self) -> None:
        """Raise LimitReached where a limit is reached."""

    def add(self, answer: Answer) -> None:
        """Count the tokens and the cost of an answer."""

    def messages(self, count: int) -> None:
        """Say how many messages the conversation has. Raises LimitReached."""

    def waiting(self) -> AbstractContextManager[None]:
        """Leave out of the time of work what passes within the block."""


class Prompt(Struct, frozen=True, kw_only=True):
    """How an instance is put to a model; `completion` is for base models, and then there are no messages."""

    messages: tuple[dict[str, Any], ...] = ()
    completion: str | None = None
    stop: tuple[str, ...] = ()
    template_digest: str = ""


class Means(Struct, frozen=True, kw_only=True):
    """What all assignments of a run share.

    `open_box` opens the sealed box of an instance, and `judge` grades a draft by the tests that may be seen.
    """

    asking: Asking
    sampling: Sampling
    open_box: Callable[[Instance], AbstractAsyncContextManager[AgentBox]]
    judge: Callable[[Instance, Draft], Awaitable[Result | None]]


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
        self._means, self._meter = means, meter
        self._template_digest = prompt.template_digest
        self._told: tuple[dict[str, Any], ...] = ()  # the messages that were asked last

    async def ask(self, messages: Sequence[dict[str, Any]], *, completion: str | None = None) -> Answer:
        """Ask the model; see `Assignment.ask`."""
        self._meter.messages(len(messages) if completion is None else 1)
        self._meter.check()
        question = Question(
            instance_id=self.instance.instance_id,
            number=self.number,
            turn=self.turns,
            messages=() if completion is not None else tuple(messages),
            completion=completion,
            sampling=self._means.sampling,
            template_digest=self._template_digest,
        )
        self._write(messages, completion)
        try:
            answer = await self._means.asking.ask(question, self._meter.waiting)
        except ContextOverflow as error:
            raise LimitReached("context") from error
        self.turns += 1
        self._meter.add(answer)
        self.trajectory.add_answer(answer)
        return answer

    def open_box(self) -> AbstractAsyncContextManager[AgentBox]:
        """Open the instance's sealed box; see `Assignment.open_box`."""
        return self._means.open_box(self.instance)

    async def judge(self, draft: Draft) -> Result | None:
        """Grade a draft by the tests that may be seen; see `Assignment.judge`."""
        self._meter.check()
        return await self._means.judge(self.instance, draft)

    def check_limits(self) -> None:
        """Raise LimitReached if the agent has used up what it may."""
        self._meter.check()

    def _write(self, messages: Sequence[dict[str, Any]], completion: str | None) -> None:
        """Add to the trajectory what of the conversation is not there yet."""
        if completion is not None:
            self.trajectory.add_message("user", completion)
            return
        same = 0
        while same < min(len(self._told), len(messages)) and self._told[same] == messages[same]:
            same += 1
        for message in messages[same:]:
            if message.get("role") != "assistant":  # the model's own words are there as answers
                self.trajectory.add_message(str(message.get("role")), str(message.get("content")))
        self._told = tuple(messages)
