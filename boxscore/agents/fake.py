"""An assignment without a run: for tests, and for people who write agents.

assignment = FakeAssignment(instance, FakeModel(["first try", "second try"]), judge=[wrong, passed])
drafts = [draft async for draft in agent.drafts(assignment)]
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from boxscore.agents.contract import AgentLimits, Draft, LimitReached
from boxscore.agents.limits import Meter
from boxscore.agents.trajectory import Trajectory
from boxscore.errors import UsageError
from boxscore.models.contract import Question, Sampling
from boxscore.records import Instance, Result

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from boxscore.agents.box import AgentBox
    from boxscore.agents.contract import Agent, Assignment
    from boxscore.models.contract import Answer, Model
    from boxscore.protocols.web.task import Walk

    Judge = Sequence[Result] | Callable[[Draft], Result | Awaitable[Result]] | None


class FakeAssignment:
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
        self.instance = instance or Instance(instance_id="fake/0", prompt="Do it.", row={})
        self.number = number
        asked = ({"role": "user", "content": self.instance.prompt},) if completion is None else ()
        self.prompt = asked if prompt is None else tuple(prompt)
        self.completion, self.walk = completion, walk
        self.trajectory = Trajectory(session_id="fake", agent="fake", version="0", model=model.name)
        self.stop_reason = ""
        self.meter = Meter(limits or AgentLimits())
        self.judged: list[Draft] = []
        self._model, self._judge, self._box = model, judge, box
        self._sampling = sampling or Sampling()
        self._turn = 0

    async def ask(self, messages: Sequence[dict[str, Any]], *, completion: str | None = None) -> Answer:
        """Ask the model, within the limits."""
        self.meter.check()
        self.meter.messages(len(messages))
        question = Question(
            instance_id=self.instance.instance_id,
            number=self.number,
            turn=self._turn,
            messages=tuple(messages),
            completion=completion,
            sampling=self._sampling,
        )
        self.trajectory.add_question(messages, completion=completion)
        answer = await self.meter.ask(self._model.answer(question), turn=self._turn)
        self._turn += 1
        self.trajectory.add_answer(answer)
        return answer

    @asynccontextmanager
    async def open_box(self) -> AsyncIterator[AgentBox]:
        """Give the box; its opener closes it."""
        if self._box is None:
            raise UsageError("this assignment has no box")
        yield self._box

    async def judge(self, draft: Draft) -> Result | None:
        """Give what the script says."""
        if self._judge is None:
            return None
        self.meter.check()
        self.judged.append(draft)
        if callable(self._judge):
            found = self._judge(draft)
            result = found if isinstance(found, Result) else await self.meter.bounded(found)
        else:
            result = self._judge[min(len(self.judged), len(self._judge)) - 1]
        self.trajectory.add_round(result)
        return result

    def check_limits(self) -> None:
        """Raise LimitReached if there is one."""
        self.meter.check()


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
