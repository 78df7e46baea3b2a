"""What an agent is: it is given an instance, a model and, if it wants one, a box, and makes samples.

    Assignment ──▶ Agent.drafts ──Draft, Draft, …──▶ the last one is the sample that is graded
      │ ask(messages)  a model's answer, counted, limited, in the trajectory
      │ open_box()     a sealed box, for as long as the agent wants it
      └ judge(draft)   what the tests say that an agent may see, and no other

Agents know nothing of providers, backends, run directories or hidden tests: `Assignment` is all they have. One that
ends early, by a limit or by itself, has made the last draft it yielded.
"""

from __future__ import annotations

import math
import re
import typing
from typing import Annotated, Any

from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.option import AGENT, option
from boxscore.records import SampleKind

if typing.TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from contextlib import AbstractAsyncContextManager

    from boxscore.agents.box import AgentBox
    from boxscore.agents.trajectory import Trajectory
    from boxscore.models.contract import Answer
    from boxscore.protocols.web.task import Walk
    from boxscore.records import Instance, Result

    Message = dict[str, Any]


_TOKENS = re.compile(r"(0{0,9}[1-9]\d{0,14})([km]?)", re.IGNORECASE | re.ASCII)
_UNITS = {"": 1, "k": 1_000, "m": 1_000_000}


class Draft(Struct, frozen=True, kw_only=True):
    """One state of an agent's answer. `why` says, in a word, what made it: `first`, `repaired`, `submitted`."""

    text: str
    kind: SampleKind = SampleKind.ANSWER
    why: str = ""


def parsed_token_limit(given: str | int) -> int:
    """Read `500000`, `500k` or `2m`; suffixes are decimal. Raises UsageError."""
    match = _TOKENS.fullmatch(str(given).strip())
    if match is None:
        raise UsageError(f"token_limit must be a whole number of tokens such as 500000, 500k or 2m, not {given!r}")
    return int(match[1]) * _UNITS[match[2].lower()]


class AgentLimits(Struct, frozen=True, kw_only=True):
    """When an agent is ended, under Inspect's names; None for never. What it has by then is graded.

    `time_limit` is in seconds since it began, `message_limit` counts messages of the conversation, `token_limit` tokens
    in and out, `cost_limit` US dollars.
    """

    time_limit: Annotated[
        float | None, option("--time-limit", "End an agent after so many seconds.", AGENT, metavar="SECONDS")
    ] = None
    message_limit: Annotated[
        int | None, option("--message-limit", "End an agent after so many messages.", AGENT, metavar="N")
    ] = None
    token_limit: Annotated[
        int | None,
        option(
            "--token-limit",
            "End an agent after so many tokens, such as 500k.",
            AGENT,
            metavar="N",
            read=parsed_token_limit,
        ),
    ] = None
    cost_limit: Annotated[
        float | None, option("--cost-limit", "End an agent that has cost so much.", AGENT, metavar="USD")
    ] = None

    def check(self) -> None:
        """Raise UsageError for what no limit can be."""
        for name in ("time_limit", "cost_limit"):
            value = getattr(self, name)
            if value is not None and not (value > 0 and math.isfinite(value)):
                raise UsageError(f"{name} must be a number above 0, not {value!r}")
        if self.message_limit is not None and self.message_limit < 1:
            raise UsageError(f"message_limit must be a whole number from 1 on, not {self.message_limit!r}")


class LimitReached(Exception):  # noqa: N818 - an end, not an error
    """An agent has used up what it may: raised by its assignment, and let through, or met with a last draft.

    `limit` is the limit's name, or `context` where the conversation has become longer than the model takes.
    """

    def __init__(self, limit: str) -> None:
        super().__init__(limit)
        self.limit = limit


class Assignment(typing.Protocol):
    """What an agent is given for one sample of an instance.

    `prompt` are the messages that ask for an answer, or, for base models, `completion` is what they go on with.
    `number` is the sample's, from 0. `stop_reason` is what the agent sets where it ends for a reason of its own.
    """

    instance: Instance
    number: int
    prompt: tuple[dict[str, Any], ...]
    completion: str | None
    trajectory: Trajectory
    stop_reason: str

    @property
    def walk(self) -> Walk | None:
        """The tasks of an instance that is a project which grows task by task; None for any other."""

    async def ask(self, messages: Sequence[dict[str, Any]], *, completion: str | None = None) -> Answer:
        """Ask the model. Raises LimitReached, ModelError."""

    def open_box(self) -> AbstractAsyncContextManager[AgentBox]:
        """Open the instance's sealed box. Raises UsageError where instances have none, SandboxUnavailable, BoxError."""

    async def judge(self, draft: Draft) -> Result | None:
        """Grade a draft by the tests that may be seen; None where the benchmark has none. Raises LimitReached."""

    def check_limits(self) -> None:
        """Raise LimitReached if the agent has used up what it may: between two commands in its box, say."""


class Agent(typing.Protocol):
    """A way to come to a sample. `name` is what `--agent` calls it, `wants_box` whether it works in a box.

    One that has `wants_tests`, and it is true, is `sample` where there are no tests that may be seen, and is refused
    for a benchmark that shows none at all. One that has prompts of its own says so by a `digest` of them, a text, and
    one that does nothing but build web projects has `wants_walk`.
    """

    name: str
    wants_box: bool

    def drafts(self, assignment: Assignment) -> AsyncIterator[Draft]:
        """Yield each state of the answer as it comes about, the one to be graded last.

        LimitReached may be let through at any time; what was yielded before counts. ModelError, and errors of boxes,
        are let through as well: the sample is then neither graded nor charged.
        """


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
