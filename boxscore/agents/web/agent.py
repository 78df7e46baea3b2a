"""`repair` with the preset `web-bench`: it builds a web project task by task, the way Web-Bench's runner does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.agents.contract import LimitReached
from boxscore.agents.options import WEB
from boxscore.agents.texts import digest_of
from boxscore.agents.web.endpoint import TIME_S, EndpointModel
from boxscore.agents.web.loop import ChatManner, EndpointManner, WebLoop
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from boxscore.agents.contract import Assignment, Draft
    from boxscore.agents.options import AgentOptions
    from boxscore.models.contract import Model, Price
    from boxscore.protocols.web.agent_walk import Walk


def web_repair_agent(given: AgentOptions) -> WebRepairAgent:
    """Make the agent from its options. Raises UsageError."""
    endpoint, time_s = given.text("endpoint"), given.number("timeout", TIME_S)
    given.done()
    if endpoint:
        EndpointModel(endpoint, name="agent")  # which refuses what is no address
    return WebRepairAgent(endpoint, time_s)


class WebRepairAgent:
    """Builds a web project task by task. Its `stop_reason` is `passed` or `task_failed`.

    With an `endpoint`, the agent there is asked in place of the run's model, and may take `time_s` for each attempt.
    """

    name = "repair"
    wants_box = False
    wants_tests = True
    wants_walk = True

    def __init__(self, endpoint: str = "", time_s: float = TIME_S) -> None:
        self._endpoint, self._time_s = endpoint, time_s

    @property
    def digest(self) -> str:
        """A digest of the loop's prompts."""
        return digest_of("web_bench_system")

    def model(self, name: str, price: Price | None) -> Model | None:
        """The model to ask in place of the run's, under the same name; None to ask that one."""
        if not self._endpoint:
            return None
        return EndpointModel(self._endpoint, name=name, price=price, time_s=self._time_s)

    def most_calls(self, walk: Walk | None) -> int:
        """How many calls one sample takes at most."""
        return 1 if walk is None else len(walk.steps) * walk.attempts

    async def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield one draft: all attempts made by the time it ended, for whatever reason."""
        if assignment.walk is None:
            raise UsageError(f"agent 'repair' with preset={WEB} builds web projects, and this is none")
        if assignment.completion is not None:
            raise UsageError("agent 'repair' needs a chat model: base models only continue a text")
        loop = WebLoop(assignment, assignment.walk, EndpointManner() if self._endpoint else ChatManner())
        limit: LimitReached | None = None
        try:
            assignment.stop_reason = why = await loop.run()
        except LimitReached as reached:
            limit, why = reached, reached.limit
        yield loop.draft(why)
        if limit is not None:
            raise limit
