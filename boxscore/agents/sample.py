"""The simplest agent: it asks once, and the answer is the sample."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.agents.contract import Draft
from boxscore.agents.options import AgentOptions
from boxscore.records import SampleKind

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from boxscore.agents.contract import Assignment
    from boxscore.models.contract import Answer


class SampleAgent:
    """Asks once."""

    name = "sample"
    wants_box = False

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield the model's answer."""
        answer = await assignment.ask(assignment.prompt, completion=assignment.completion)
        yield draft_of(answer, assignment, why="first")


def sample_agent(options: Mapping[str, str]) -> SampleAgent:
    """Make the agent, which has no options. Raises UsageError."""
    AgentOptions(SampleAgent.name, options).done()
    return SampleAgent()


def draft_of(answer: Answer, assignment: Assignment, *, why: str) -> Draft:
    """An answer as a draft: what its model says that it is, else what a base model went on with, or a chat's answer."""
    said = SampleKind.COMPLETION if assignment.completion is not None else SampleKind.ANSWER
    return Draft(text=answer.text, kind=answer.kind or said, why=why)
