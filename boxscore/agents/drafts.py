"""Take the drafts of an agent, which may be anybody's code: checked, and from a generator that can be closed early."""

from __future__ import annotations

from inspect import iscoroutine
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.agents.contract import Draft
from boxscore.errors import UsageError
from boxscore.models.contract import whole_text

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from boxscore.agents.contract import Agent, Assignment


async def drafts_of(agent: Agent, assignment: Assignment) -> AsyncGenerator[Draft, None]:
    """Yield an agent's drafts as they come.

    Raises UsageError where its method `drafts` gives none to be waited for, TypeError for what is no draft, and what
    the agent does.
    """
    drafts: object = agent.drafts(assignment)
    if not hasattr(drafts, "__aiter__"):
        if iscoroutine(drafts):
            drafts.close()
        raise UsageError(
            f"the method 'drafts' of the agent {agent.name} must be an async generator: it lacks `yield` or `async`"
        )
    try:
        async for draft in drafts:
            yield _checked(draft, agent.name)
    finally:
        close = getattr(drafts, "aclose", None)
        if close is not None:
            await close()


def _checked(draft: object, agent: str) -> Draft:
    if not isinstance(draft, Draft):
        raise TypeError(f"the agent {agent} yields {type(draft).__name__}, not boxscore.Draft")
    # Half a surrogate pair cannot be stored; refused, the agent would have its sample left out.
    return replace(draft, text=whole_text(draft.text))
