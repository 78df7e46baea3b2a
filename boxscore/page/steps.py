"""A trajectory for people: its steps in order, bounded, with the seconds since the first of them."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from boxscore.page.records import Step, Trajectory
from boxscore.page.texts import cell

if TYPE_CHECKING:
    from boxscore.agents.trajectory import Document
    from boxscore.agents.trajectory import Step as Taken
    from boxscore.page.texts import Room

MAX_STEPS = 400
MAX_TEXT_BYTES = 8 << 10  # of one message, one set of calls or one observation
MAX_PROMPT_MESSAGES = 20


def prompt_of(document: Document) -> list[tuple[str, str]]:
    """The messages before the model's first answer: who said it, and what."""
    messages: list[tuple[str, str]] = []
    for step in document.steps[:MAX_PROMPT_MESSAGES]:
        if step.source == "agent":
            break
        messages.append((step.source, step.message))
    return messages


def trajectory_section(document: Document, room: Room) -> Trajectory:
    """Make the section of a trajectory: the first and the last of its steps, where it has very many."""
    every = document.steps
    listed = every if len(every) <= MAX_STEPS else [*every[: MAX_STEPS // 2], *every[-MAX_STEPS // 2 :]]
    times = [_time(step) for step in every]
    began = next((one for one in times if one is not None), None)
    steps = []
    for step in listed:
        at = times[step.step_id - 1]
        after = times[step.step_id] if step.step_id < len(times) else None
        steps.append(
            Step(
                number=step.step_id,
                source=step.source,
                title=_title(step),
                text=room.take(_said(step), MAX_TEXT_BYTES)[0],
                observation=room.take(_seen(step), MAX_TEXT_BYTES)[0],
                at_s=_between(began, at),
                took_s=_between(at, after),
                tokens=_tokens(step),
                cost=None if step.metrics is None else step.metrics.cost_usd,
                flags=_flags(step),
            )
        )
    title = f"Trajectory of {cell(document.agent.name)}"
    return Trajectory(title=title, steps=tuple(steps), left_out=len(every) - len(listed))


def _title(step: Taken) -> str:
    """A step in a line: the tools it called, else the beginning of what was said."""
    if step.tool_calls:
        return cell(", ".join(call.function_name for call in step.tool_calls))
    return cell(step.message[:400])[:80]


def _said(step: Taken) -> str:
    parts = [f"(reasoning)\n{step.reasoning_content}"] if step.reasoning_content else []
    parts.append(step.message)
    for call in step.tool_calls or ():
        only = next(iter(call.arguments.values())) if len(call.arguments) == 1 else None
        arguments = (
            only if isinstance(only, str) else ", ".join(f"{name}={one!r}" for name, one in call.arguments.items())
        )
        parts.append(f"> {call.function_name}: {arguments}")
    return "\n\n".join(part for part in parts if part)


def _seen(step: Taken) -> str:
    results = step.observation.results if step.observation is not None else ()
    return "\n\n".join(one.content for one in results if one.content)


def _tokens(step: Taken) -> int | None:
    if step.metrics is None or (step.metrics.prompt_tokens is None and step.metrics.completion_tokens is None):
        return None
    return (step.metrics.prompt_tokens or 0) + (step.metrics.completion_tokens or 0)


def _flags(step: Taken) -> tuple[str, ...]:
    flags = []
    ours = (step.extra or {}).get("boxscore")
    if isinstance(ours, dict):
        reason = ours.get("finish_reason")
        if isinstance(reason, str) and reason not in {"", "stop"}:  # a trajectory may hold anything there
            flags.append(cell(reason))
    return tuple(flags)


def _time(step: Taken) -> datetime | None:
    """When a step was, None where it does not say so in a way that can be read."""
    try:
        found = datetime.fromisoformat(step.timestamp or "")
    except ValueError:
        return None
    return found if found.tzinfo is not None else None


def _between(first: datetime | None, second: datetime | None) -> float | None:
    if first is None or second is None:
        return None
    return max(0.0, round((second - first).total_seconds(), 3))
