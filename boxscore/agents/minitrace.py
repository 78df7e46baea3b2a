"""mini-swe-agent's trajectories as ATIF.

Theory of operation. mini-swe-agent keeps the messages of its conversation: the model's, with the commands they ask for,
and below each what the commands printed, as messages of a tool or of the user. In ATIF a command and what it printed
belong to the step that asked for it. Messages come in the shape of either API of OpenAI's: chat or responses.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from boxscore.agents.texts import cut_middle
from boxscore.agents.trajectory import ATIF_VERSION
from boxscore.models.contract import text_of

FORMAT = "mini-swe-agent-1.1"
MAX_SUBMISSION_BYTES = 1 << 20
MAX_MESSAGES = 100_000
_SOURCES = {"system": "system", "developer": "system", "assistant": "agent", "exit": "system"}


class _Item(Struct, frozen=True):
    """What a model said, in the API of responses."""

    type: str = ""
    content: str | list[Any] | None = None
    summary: list[Any] | None = None


class _Said(Struct, frozen=True):
    """A message. In the API of responses a model's has `object` and `output`, what a command printed has `output`."""

    role: str = ""
    content: str | list[Any] | None = None
    reasoning_content: str | None = None
    tool_call_id: str | None = None
    type: str = ""
    object: str = ""
    call_id: str | None = None
    output: str | list[Any] | None = None
    usage: dict[str, Any] | None = None
    extra: dict[str, Any] = {}


class _Stats(Struct, frozen=True):
    instance_cost: float = 0.0
    api_calls: int = 0


class _Model(Struct, frozen=True):
    model_name: str | None = None


class _Config(Struct, frozen=True):
    model: _Model | None = None


class _Info(Struct, frozen=True):
    model_stats: _Stats = _Stats()
    config: _Config = _Config()
    mini_version: str = ""
    exit_status: str | None = ""
    submission: str | None = ""


class _File(Struct, frozen=True):
    messages: Annotated[list[_Said], Meta(max_length=MAX_MESSAGES)]
    info: _Info = _Info()
    instance_id: str | None = None


def as_atif(plain: dict[str, Any]) -> dict[str, Any]:
    """Turn what such a file holds into a document of ATIF. Raises msgspec.ValidationError, which names the field."""
    read = msgspec.convert(plain, _File)
    steps = _Steps()
    for said in read.messages:
        steps.add(said)
    info = read.info
    about: dict[str, Any] = {"read_from": FORMAT, "exit_status": info.exit_status or ""}
    if info.submission:
        about["submission"] = cut_middle(info.submission, MAX_SUBMISSION_BYTES)
    if read.instance_id is not None:
        about["instance_id"] = read.instance_id
    return {
        "schema_version": ATIF_VERSION,
        "agent": {
            "name": "mini-swe-agent",
            "version": info.mini_version or "unknown",
            "model_name": info.config.model.model_name if info.config.model is not None else None,
        },
        "steps": steps.numbered(),
        "final_metrics": {
            "total_cost_usd": info.model_stats.instance_cost,
            "extra": {"boxscore": {"calls": info.model_stats.api_calls}},
        },
        "extra": {"boxscore": about},
    }


class _Steps:
    """The steps of a conversation, as its messages come."""

    def __init__(self) -> None:
        self._steps: list[dict[str, Any]] = []
        self._waiting: OrderedDict[str, int] = (
            OrderedDict()
        )  # calls, by id with their number, of the last step of the agent, of which nothing has come back

    def numbered(self) -> list[dict[str, Any]]:
        """The steps, from 1."""
        return [{"step_id": number, **step} for number, step in enumerate(self._steps, 1)]

    def add(self, said: _Said) -> None:
        """Add a message."""
        if self._is_seen(said):
            self._see(said)
            return
        source = "agent" if said.object == "response" else _SOURCES.get(said.role, "user")
        step: dict[str, Any] = {"source": source, "message": _text(said)}
        moment = _moment(said.extra.get("timestamp"))
        if moment:
            step["timestamp"] = moment
        self._waiting.clear()
        if source == "agent":
            step |= self._of_agent(said)
        elif said.role == "exit":
            step["extra"] = {"boxscore": {"exit_status": str(said.extra.get("exit_status", ""))[:200]}}
        self._steps.append(step)

    def _is_seen(self, said: _Said) -> bool:
        """Whether a message is what a command printed: it names its call, or says how the command ended."""
        if not self._waiting or said.role in ("assistant", "system", "exit") or said.object == "response":
            return False
        return (said.tool_call_id or said.call_id) in self._waiting or "returncode" in said.extra

    def _see(self, said: _Said) -> None:
        call = said.tool_call_id or said.call_id or ""
        call = call if call in self._waiting else next(iter(self._waiting))
        self._waiting[call] -= 1
        if not self._waiting[call]:
            del self._waiting[call]
        seen: dict[str, Any] = {"source_call_id": call, "content": _text(said)}
        ended = {
            name: said.extra[name]
            for name in ("returncode", "exception_info")
            if isinstance(said.extra.get(name), int | str) and said.extra[name] != ""
        }
        if ended:
            seen["extra"] = {"boxscore": ended}
        self._steps[-1].setdefault("observation", {"results": []})["results"].append(seen)

    def _of_agent(self, said: _Said) -> dict[str, Any]:
        found: dict[str, Any] = {"llm_call_count": 1}
        actions = said.extra.get("actions")
        calls: list[dict[str, Any]] = []
        for action in actions if isinstance(actions, list) else []:
            if isinstance(action, dict):
                call = str(action.get("tool_call_id") or f"call_{len(self._steps) + 1}_{len(calls) + 1}")
                arguments = {name: value for name, value in action.items() if name != "tool_call_id"}
                calls.append({"tool_call_id": call, "function_name": "bash", "arguments": arguments})
                self._waiting[call] = self._waiting.get(call, 0) + 1
        if calls:
            found["tool_calls"] = calls
        reasoning = said.reasoning_content or _summary(said)
        if reasoning:
            found["reasoning_content"] = reasoning
        metrics = _metrics(said)
        if metrics:
            found["metrics"] = metrics
        return found


def _text(said: _Said) -> str:
    if said.object == "response":
        items = [msgspec.convert(one, _Item) for one in said.output or () if isinstance(one, dict)]
        return "\n".join(text_of(one.content) for one in items if one.type == "message")
    return text_of(said.output if said.type == "function_call_output" else said.content)


def _summary(said: _Said) -> str:
    """What the API of responses gives of a model's reasoning."""
    if said.object != "response":
        return ""
    items = [msgspec.convert(one, _Item) for one in said.output or () if isinstance(one, dict)]
    return "\n".join(text_of(one.summary) for one in items if one.type == "reasoning" and one.summary)


def _metrics(said: _Said) -> dict[str, Any]:
    """Tokens and cost as a message has them, by the names of either API."""
    response = said.extra.get("response")
    usage = said.usage or (response.get("usage") if isinstance(response, dict) else None)
    found: dict[str, Any] = {}
    if isinstance(usage, dict):
        details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details")
        given = {
            "prompt_tokens": usage.get("prompt_tokens", usage.get("input_tokens")),
            "completion_tokens": usage.get("completion_tokens", usage.get("output_tokens")),
            "cached_tokens": details.get("cached_tokens") if isinstance(details, dict) else None,
        }
        found = {name: value for name, value in given.items() if type(value) is int}
    cost = said.extra.get("cost")
    if isinstance(cost, int | float) and not isinstance(cost, bool):
        found["cost_usd"] = float(cost)
    return found


def _moment(timestamp: object) -> str:
    """Seconds since 1970 as ISO 8601; empty for what is no time."""
    if not isinstance(timestamp, int | float) or isinstance(timestamp, bool):
        return ""
    try:
        return datetime.fromtimestamp(timestamp, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return ""
