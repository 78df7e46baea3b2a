"""An agent that works on a machine of a cluster, as the run sees it: an agent like any other.

What it asks for is answered here, by the assignment that it would have had here: so the model's key, the journal, the
limits and the trajectory stay in the process that started the run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import ProtocolError, UsageError
from boxscore.sampling.assignment import RunAssignment
from boxscore.sampling.cluster.faults import error_of, fault_of
from boxscore.sampling.cluster.messages import (
    Asks,
    Begin,
    Boxed,
    Drafted,
    Ended,
    Given,
    Judges,
    Noted,
    WantsBox,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from boxscore.agents.contract import Agent, Assignment, Draft
    from boxscore.records import Instance
    from boxscore.sampling.cluster.lodgings import Lodgings, Stay
    from boxscore.sampling.cluster.messages import BoxOrder, OfAgent


class ClusterAgent:
    """See `boxscore.agents.contract.Agent`. `order_of` says of what an instance's box is made."""

    def __init__(self, agent: Agent, lodgings: Lodgings, order_of: Callable[[Instance], BoxOrder]) -> None:
        self.name, self.wants_box = agent.name, agent.wants_box
        self._lodgings, self._order_of = lodgings, order_of

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield the drafts that the agent makes there. Raises BoxLost where its machine goes, and what it raises."""
        if not isinstance(assignment, RunAssignment):
            raise UsageError(f"the agent {self.name} works on a cluster for a run alone")
        with assignment.waiting():
            opening = self._lodgings.stay()
            stay = await opening.__aenter__()
        try:
            await stay.send(_begin(stay, assignment))
            work = _Work(assignment, stay, self._order_of)
            while not isinstance(message := await stay.heard(), Ended):
                if isinstance(message, Drafted):
                    yield message.draft
                else:
                    await work.does(message)
            work.end(message)
        finally:
            await opening.__aexit__(None, None, None)


class _Work:
    """Does what one agent asks for; errors are kept, to be raised again if it ends by them."""

    def __init__(self, assignment: RunAssignment, stay: Stay, order_of: Callable[[Instance], BoxOrder]) -> None:
        self._assignment, self._stay, self._order_of = assignment, stay, order_of
        self._raised: dict[int, Exception] = {}

    async def does(self, message: OfAgent) -> None:
        """Do what a message asks for. Raises BoxLost, ProtocolError."""
        assignment = self._assignment
        if isinstance(message, Noted):
            self._note(message)
        elif isinstance(message, Boxed):
            assignment.seal, assignment.evidence = message.seal, message.evidence
        elif isinstance(message, Asks | Judges | WantsBox):
            given = Given(agent=message.agent, request=message.request, standing=assignment.standing())
            try:
                given = await self._answered(message, given)
            except Exception as error:  # noqa: BLE001 - raised there, and here again if the agent ends by it
                self._raised[message.request] = error
                given = replace(given, fault=fault_of(error))
            await self._stay.send(replace(given, standing=assignment.standing()))
        else:
            raise ProtocolError(f"an agent says {type(message).__name__}")

    async def _answered(self, message: Asks | Judges | WantsBox, given: Given) -> Given:
        assignment = self._assignment
        if isinstance(message, Asks):
            answer = await assignment.ask(message.messages, completion=message.completion)
            return replace(given, answer=answer)
        if isinstance(message, Judges):
            return replace(given, result=await assignment.judge(message.draft))
        return replace(given, box=self._order_of(assignment.instance))

    def _note(self, message: Noted) -> None:
        trajectory = self._assignment.trajectory
        if message.tool:
            trajectory.add_action(message.tool, message.arguments, message.said, extra=message.extra)
        else:
            trajectory.add_message(message.role, message.said, extra=message.extra)

    def end(self, message: Ended) -> None:
        """Take an agent's end. Raises what it ended by."""
        self._assignment.stop_reason = message.stop_reason
        self._assignment.trajectory.about |= message.about
        if message.fault is not None:
            raise self._raised.get(-1 if message.fault.request is None else message.fault.request) or error_of(
                message.fault
            )


def _begin(stay: Stay, assignment: RunAssignment) -> Begin:
    return Begin(
        agent=stay.number,
        instance=assignment.instance,
        number=assignment.number,
        prompt=assignment.prompt,
        completion=assignment.completion,
        standing=assignment.standing(),
    )
