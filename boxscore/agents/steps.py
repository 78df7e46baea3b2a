"""The loop of agents that work in steps: an answer, what is done about it, and what the model is told of that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypedDict

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from boxscore.agents.contract import Assignment
    from boxscore.agents.options import AgentOptions

FORMAT_ERRORS, STEPS = "format_errors", "steps"  # why an agent ends that does not come to an end by itself
MAX_OUTPUT_BYTES = 1 << 20


class StepSettings(Struct, frozen=True, kw_only=True):
    """How an agent works in steps.

    `steps` is how many answers are asked for at most; `timeout` bounds what each has done, in seconds, and
    `output_bytes` what of its output is shown. It ends after `format_errors` answers in a row that have nothing done.
    """

    steps: int
    timeout: float = 60.0
    output_bytes: int = 10_000
    format_errors: int = 3


class StepOptions(TypedDict):
    """The fields of `StepSettings`."""

    steps: int
    timeout: float
    output_bytes: int
    format_errors: int


class Step(Struct, frozen=True, kw_only=True):
    """What came of an answer: what the model is told, or why the agent ends. `wrong`: there was nothing to be done."""

    said: str = ""
    wrong: bool = False
    ended: str = ""


def step_options(options: AgentOptions, usual: StepSettings) -> StepOptions:
    """Read the options of agents that work in steps. Raises UsageError."""
    return {
        "steps": options.count("steps", usual.steps, most=10_000),
        "timeout": options.number("timeout", usual.timeout, most=3600.0),
        "output_bytes": options.count("output_bytes", usual.output_bytes, least=64, most=MAX_OUTPUT_BYTES),
        "format_errors": options.count("format_errors", usual.format_errors, most=100),
    }


async def work_in_steps(
    assignment: Assignment,
    messages: list[dict[str, Any]],
    settings: StepSettings,
    act: Callable[[str], Awaitable[Step]],
) -> str:
    """Ask, and act on each answer, until there is a reason to end; return it. `messages` grow as they come.

    Raises LimitReached, ModelError, and what `act` does.
    """
    wrong = 0
    for _ in range(settings.steps):
        answer = await assignment.ask(messages)
        messages.append({"role": "assistant", "content": answer.text})
        step = await act(answer.text)
        if step.ended:
            return step.ended
        wrong = wrong + 1 if step.wrong else 0
        if wrong >= settings.format_errors:
            assignment.stop_reason = FORMAT_ERRORS
            return FORMAT_ERRORS
        messages.append({"role": "user", "content": step.said})
    assignment.stop_reason = STEPS
    return STEPS
