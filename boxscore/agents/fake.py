"""An assignment without a run: for tests, and for people who write agents.

assignment = FakeAssignment(instance, FakeModel(["first try", "second try"]), judge=[wrong, passed])
drafts = [draft async for draft in agent.drafts(assignment)]
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from boxscore.agents.assignment import Resources, WorkingAssignment
from boxscore.agents.contract import AgentLimits, LimitReached
from boxscore.agents.limits import Meter
from boxscore.agents.trajectory import Trajectory
from boxscore.errors import UsageError
from boxscore.models.contract import Question, Sampling
from boxscore.records import Instance, Result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import Agent, Assignment, Draft
    from boxscore.models.contract import Model
    from boxscore.protocols.web.task import Walk

    Judge = Sequence[Result] | Callable[[Draft], Result | Awaitable[Result]] | None


class FakeAssignment(WorkingAssignment):
    """Answers by a model of yours, judges by a script or a function, and opens the box it was given.

    `judge` gives a result for each draft in turn (the last again and again), or is called with each; with None the
    benchmark has no tests that may be seen. `judged` holds the drafts. `meter` counts against `limits`.
    """

    def __init__(  # noqa: PLR0913 - an assignment has that many sides
        self,
        instance: Instance | None,
        model: Model,
        *,
        judge: Judge = None,
        box: AgentBox | None = None,
        limits: AgentLimits | None = None,
        number: int = 0,
        prompt: Sequence[dict[str, Any]] | None = None,
        completion: str | None = None,
        sampling: Sampling | None = None,
        walk: Walk | None = None,
    ) -> None:
        """Without an instance, one of no benchmark is made; without a prompt, its own text is asked."""
        instance = instance or Instance(instance_id="fake/0", prompt="Do it.", row={})
        usual = ({"role": "user", "content": instance.prompt},) if completion is None else ()
        first = Question(
            instance_id=instance.instance_id,
            number=number,
            messages=usual if prompt is None else tuple(prompt),
            completion=completion,
            sampling=sampling or Sampling(),
        )
        resources = Resources(ask=model.answer, open_box=lambda _: _given(box), judge=self._judged, walk=lambda _: walk)
        trajectory = Trajectory(session_id="fake", agent="fake", version="0", model=model.name)
        super().__init__(instance, first, resources, meter=Meter(limits or AgentLimits()), trajectory=trajectory)
        self.judged: list[Draft] = []
        self._judge = judge

    async def _judged(self, _instance: Instance, draft: Draft) -> Result | None:
        if self._judge is None:
            return None
        self.judged.append(draft)
        if not callable(self._judge):
            return self._judge[min(len(self.judged), len(self._judge)) - 1]
        found = self._judge(draft)
        return found if isinstance(found, Result) else await found


@asynccontextmanager
async def _given(box: AgentBox | None) -> AsyncIterator[AgentBox]:
    """Give a box, which its opener closes."""
    if box is None:
        raise UsageError("this assignment has no box")
    yield box


async def run_agent(agent: Agent, assignment: Assignment) -> list[Draft]:
    """Let an agent work to its end, by itself or by a limit; return its drafts, the last of which would be graded.

    A limit is the assignment's `stop_reason`. Raises what else the agent lets through.
    """
    drafts: list[Draft] = []
    try:
        async for draft in agent.drafts(assignment):
            drafts.append(draft)  # noqa: PERF401 - those before a limit count
    except LimitReached as reached:
        assignment.stop_reason = reached.limit
    return drafts
