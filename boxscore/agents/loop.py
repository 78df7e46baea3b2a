"""The one loop of all agents that ask more than once: what differs is how they ask, and what they do about an answer.

question ──▶ ask ──▶ act (apply the answer, run it, keep what it showed) ──▶ question …
    │                 │ why it ends, or a limit
    └ why it ends     └──────────▶ the agent hands in what it has
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from boxscore.agents.contract import LimitReached

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from boxscore.agents.contract import Assignment
    from boxscore.models.contract import Answer

    Message = dict[str, Any]

SUBMITTED = "submitted"  # the agent has come to its end by itself, which is no stop reason


async def work_in_rounds(
    assignment: Assignment,
    question: Callable[[], Awaitable[list[Message] | str]],
    act: Callable[[Answer], Awaitable[str]],
    *,
    rounds: int,
    last: str = "rounds",
) -> str:
    """Ask, and act on each answer, until there is a reason to end; return it, as the assignment's `stop_reason` too.

    `question` gives the messages to ask with, or why to end; `act` why to end, or "". After so many `rounds` the
    reason is `last`. A limit is a reason like any other. Raises ModelError, and what the two functions do.
    """
    why = ""
    try:
        for _ in range(rounds):
            messages = await question()
            why = messages if isinstance(messages, str) else await act(await assignment.ask(messages))
            if why:
                break
    except LimitReached as reached:
        why = reached.limit
    why = why or last
    assignment.stop_reason = "" if why == SUBMITTED else why
    return why
