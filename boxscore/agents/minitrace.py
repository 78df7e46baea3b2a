"""mini-swe-agent's trajectories as ATIF.

mini-swe-agent keeps the messages of its conversation: the model's, with the commands they ask for, and below each what
the commands printed, as messages of a tool or of the user. In ATIF a command and what it printed belong to the step
that asked for it.
"""

from __future__ import annotations

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


class _Message(Struct, frozen=True):
    role: str = ""
    content: str | list[Any] | None = None
    reasoning_content: str | None = None
    tool_call_id: str | None = None
    extra: dict[str, Any] = {}


class _File(Struct, frozen=True):
    messages: Annotated[list[_Message], Meta(max_length=MAX_MESSAGES)]
    info: dict[str, Any] = {}
    instance_id: str | None = None


def as_atif(plain: dict[str, Any]) -> dict[str, Any]:
    """Turn what such a file holds into a document of ATIF. Raises msgspec.ValidationError, which names the field."""
    read = msgspec.convert(plain, _File)
    steps: list[dict[str, Any]] = []
    waiting: dict[str, int] = {}  # calls of the agent's last step of which something is still to come back
    for message in read.messages:
        call = message.tool_call_id or next(iter(waiting), "")
        if message.role in ("tool", "user") and call in waiting and (message.tool_call_id or _returncode(message)):
            results = steps[-1].setdefault("observation", {"results": []})["results"]
            results.append({"source_call_id": call, "content": text_of(message.content), **_returncode(message)})
            waiting[call] -= 1
            if not waiting[call]:
                del waiting[call]
            continue
        waiting.clear()
        step: dict[str, Any] = {"source": _SOURCES.get(message.role, "user"), "message": text_of(message.content)}
        step |= _moment(message.extra.get("timestamp"))
        if step["source"] == "agent":
            step |= _of_agent(message, len(steps) + 1)
            for one in step.get("tool_calls", ()):
                waiting[one["tool_call_id"]] = waiting.get(one["tool_call_id"], 0) + 1
        elif message.role == "exit":
            step["extra"] = {"boxscore": {"exit_status": str(message.extra.get("exit_status", ""))[:200]}}
        steps.append(step)
    info = read.info
    about: dict[str, Any] = {"read_from": FORMAT, "exit_status": str(info.get("exit_status") or "")}
    if info.get("submission"):
        about["submission"] = cut_middle(str(info["submission"]), MAX_SUBMISSION_BYTES)
    if read.instance_id is not None:
        about["instance_id"] = read.instance_id
    stats, model = _within(info, "model_stats"), _within(_within(info, "config"), "model").get("model_name")
    cost, calls = stats.get("instance_cost"), stats.get("api_calls")
    return {
        "schema_version": ATIF_VERSION,
        "agent": {
            "name": "mini-swe-agent",
            "version": str(info.get("mini_version") or "unknown"),
            "model_name": model if isinstance(model, str) else None,
        },
        "steps": [{"step_id": number, **step} for number, step in enumerate(steps, 1)],
        "final_metrics": {
            "total_cost_usd": float(cost) if isinstance(cost, int | float) else 0.0,
            "extra": {"boxscore": {"calls": calls if isinstance(calls, int) else 0}},
        },
        "extra": {"boxscore": about},
    }


def _within(data: dict[str, Any], name: str) -> dict[str, Any]:
    found = data.get(name)
    return found if isinstance(found, dict) else {}


def _returncode(message: _Message) -> dict[str, Any]:
    """How a command ended, as what is said beside its observation."""
    names = ("returncode", "exception_info")
    ended = {name: one for name in names if isinstance(one := message.extra.get(name), int | str) and one != ""}
    return {"extra": {"boxscore": ended}} if ended else {}


def _of_agent(message: _Message, number: int) -> dict[str, Any]:
    """What a message of the model has beside its text: calls, reasoning, and what it took."""
    found: dict[str, Any] = {"llm_call_count": 1}
    actions = message.extra.get("actions")
    calls = [
        {
            "tool_call_id": str(action.get("tool_call_id") or f"call_{number}_{place}"),
            "function_name": "bash",
            "arguments": {name: value for name, value in action.items() if name != "tool_call_id"},
        }
        for place, action in enumerate(actions if isinstance(actions, list) else [], 1)
        if isinstance(action, dict)
    ]
    if calls:
        found["tool_calls"] = calls
    if message.reasoning_content:
        found["reasoning_content"] = message.reasoning_content
    usage = _within(_within(message.extra, "response"), "usage")
    given = {
        "prompt_tokens": usage.get("prompt_tokens"),
        "completion_tokens": usage.get("completion_tokens"),
        "cached_tokens": _within(usage, "prompt_tokens_details").get("cached_tokens"),
    }
    metrics: dict[str, Any] = {name: value for name, value in given.items() if type(value) is int}
    cost = message.extra.get("cost")
    if isinstance(cost, int | float) and not isinstance(cost, bool):
        metrics["cost_usd"] = float(cost)
    return found | ({"metrics": metrics} if metrics else {})


def _moment(timestamp: object) -> dict[str, str]:
    """Seconds since 1970 as ISO 8601; nothing of what is no time."""
    if not isinstance(timestamp, int | float) or isinstance(timestamp, bool):
        return {}
    try:
        return {"timestamp": datetime.fromtimestamp(timestamp, UTC).isoformat()}
    except (OverflowError, OSError, ValueError):
        return {}
