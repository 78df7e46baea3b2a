"""Read trajectories: those in ATIF, of any version 1, and mini-swe-agent's, which become ATIF.

They are data of others: a file has a bounded size, each field its type, and what refers to something must find it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from boxscore.agents.minitrace import FORMAT as MINI
from boxscore.agents.minitrace import as_atif
from boxscore.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

MAX_FILE_BYTES = 64 << 20
MAX_STEPS = 100_000
_VERSION = re.compile(r"ATIF-v1\.\d{1,3}")
_OF_AGENTS = ("model_name", "reasoning_effort", "reasoning_content", "tool_calls", "metrics")


class Source(Struct, frozen=True):
    """Where an image or a sound is."""

    media_type: str
    path: str


class Part(Struct, frozen=True):
    """A part of a message: text, or something to see or hear."""

    type: str
    text: str | None = None
    source: Source | None = None


class ToolCall(Struct, frozen=True):
    """Something that an agent wants done."""

    tool_call_id: str
    function_name: str
    arguments: dict[str, Any]
    extra: dict[str, Any] | None = None


class Seen(Struct, frozen=True):
    """What came back, of a call if it names one."""

    source_call_id: str | None = None
    content: str | list[Part] | None = None
    extra: dict[str, Any] | None = None


class Observation(Struct, frozen=True):
    """All that came back in a step."""

    results: list[Seen]


class Metrics(Struct, frozen=True):
    """What a step took."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None
    extra: dict[str, Any] | None = None


class Step(Struct, frozen=True):
    """A turn: `step_id` counts from 1."""

    step_id: int
    source: Literal["system", "user", "agent"]
    message: str | list[Part]
    timestamp: str | None = None
    model_name: str | None = None
    reasoning_effort: str | float | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    observation: Observation | None = None
    metrics: Metrics | None = None
    is_copied_context: bool | None = None
    llm_call_count: int | None = None
    extra: dict[str, Any] | None = None


class Doer(Struct, frozen=True):
    """Which agent it was."""

    name: str
    version: str
    model_name: str | None = None
    extra: dict[str, Any] | None = None


class Totals(Struct, frozen=True):
    """What all steps took."""

    total_prompt_tokens: int | None = None
    total_completion_tokens: int | None = None
    total_cached_tokens: int | None = None
    total_cost_usd: float | None = None
    total_steps: int | None = None
    extra: dict[str, Any] | None = None


class Document(Struct, frozen=True):
    """A trajectory. Fields that later versions of ATIF have added are left out."""

    schema_version: str
    agent: Doer
    steps: list[Step]
    session_id: str | None = None
    trajectory_id: str | None = None
    notes: str | None = None
    final_metrics: Totals | None = None
    continued_trajectory_ref: str | None = None
    extra: dict[str, Any] | None = None
    subagent_trajectories: list[Document] | None = None


class Trace(Struct, frozen=True):
    """A trajectory that was read: `document` for whoever looks at it, `atif` for whoever passes it on."""

    document: Document
    atif: dict[str, Any]


def read_trajectory(path: Path) -> Trace:
    """Read a file in ATIF, or one that mini-swe-agent wrote (`….traj.json`).

    Raises InputError that says what is wrong with it.
    """
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise InputError("not a file", path=path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"it has more bytes than a trajectory may have ({MAX_FILE_BYTES:,})", path=path)
    return decode_trajectory(data, path)


def decode_trajectory(data: bytes, path: Path | str) -> Trace:
    """Take the bytes of such a file; `path` is for messages. Raises InputError."""
    try:
        plain = msgspec.json.decode(data)
        if isinstance(plain, dict) and "trajectory_format" in plain:
            if plain["trajectory_format"] != MINI:
                raise InputError(
                    f"{str(plain['trajectory_format'])[:80]!r} is not a known format of trajectories", path=path
                )
            plain = as_atif(plain)
        document = msgspec.convert(plain, Document)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise InputError(f"not a trajectory: {error}", path=path) from error
    except RecursionError as error:
        raise InputError("not a trajectory: it is nested too deeply", path=path) from error
    problem = _problem(document)
    if problem:
        raise InputError(f"not a trajectory: {problem}", path=path)
    return Trace(document=document, atif=plain)


def _problem(document: Document) -> str:
    if not _VERSION.fullmatch(document.schema_version):
        return f"schema_version {document.schema_version[:80]!r} is not one of ATIF-v1.x"
    if not 0 < len(document.steps) <= MAX_STEPS:
        return f"it has {len(document.steps):,} steps; 1 to {MAX_STEPS:,} are read"
    for number, step in enumerate(document.steps, 1):
        calls = {call.tool_call_id for call in step.tool_calls or ()}
        results = step.observation.results if step.observation else ()
        strange = [name for name in _OF_AGENTS if step.source != "agent" and getattr(step, name) is not None]
        if step.step_id != number:
            return f"steps[{number - 1}]: step_id is {step.step_id}, not {number}"
        if strange:
            return f"steps[{number - 1}]: {strange[0]} is of agents, and its source is {step.source!r}"
        if any(one.source_call_id not in calls for one in results if one.source_call_id is not None):
            return f"steps[{number - 1}]: an observation is of no call of its step"
    return next(filter(None, map(_problem, document.subagent_trajectories or ())), "")
