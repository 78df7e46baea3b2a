"""What an agent did, step by step, in ATIF: the Agent Trajectory Interchange Format of Harbor, written and read.

What ATIF has no field for is under `extra.boxscore`. Everything is bounded: long text is cut in the middle with a note.
What this process's environment holds of keys is left out. What is read, of a run of anybody's, is bounded and typed.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

import msgspec
from msgspec import Struct

from boxscore.agents.texts import cut_middle
from boxscore.checks import MAX_NAME
from boxscore.errors import InputError
from boxscore.models.contract import text_of
from boxscore.models.secrets import own_keys_remover

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from boxscore.models.contract import Answer
    from boxscore.records import Result

ATIF_VERSION = "ATIF-v1.8"
MAX_OBSERVATION_BYTES = 32 << 10
MAX_MESSAGE_BYTES = 512 << 10
MAX_ARGUMENT_BYTES = 64 << 10
MAX_BYTES = 32 << 20  # of all text; after that, each text is cut to very little
MAX_STEPS = 10_000  # and as many actions; those after them are counted
_LITTLE = 256
MAX_FILE_BYTES = 64 << 20
MAX_STEPS_READ = 100_000
_VERSION = re.compile(r"ATIF-v1\.\d{1,3}")
_SOURCES = {"system": "system", "developer": "system", "assistant": "agent"}


def _now() -> datetime:
    return datetime.now(UTC)


class Trajectory:
    """The steps of one sample as they come: what was asked, answered, done in a box and seen there, and judged.

    `about` is for whoever runs the agent: plain data of JSON that is written beside the steps, as `extra.boxscore`.
    """

    def __init__(
        self, *, session_id: str, agent: str, version: str, model: str, clock: Callable[[], datetime] = _now
    ) -> None:
        """Begin with no step. `clock` gives the time of each, in UTC."""
        self._head = {"session_id": session_id, "agent": {"name": agent, "version": version, "model_name": model}}
        self._clock = clock
        self._without_keys = own_keys_remover()
        self._steps: list[dict[str, Any]] = []
        self._said: list[tuple[str, str]] = []
        self._bytes, self._left_out, self._actions, self._rounds = 0, 0, 0, 0
        self._answers: list[Answer] = []
        self.about: dict[str, Any] = {}

    def add_message(self, role: str, content: object) -> None:
        """Add a message of the system, of the user, or of a stand-in for the model."""
        message = self._kept(text_of(content), MAX_MESSAGE_BYTES)
        self._add({"source": _SOURCES.get(role, "user"), "message": message})

    def add_question(self, messages: Sequence[Mapping[str, Any]], *, completion: str | None = None) -> None:
        """Add what is new in the messages the model is asked with; what it was asked with before is not repeated."""
        said = [(str(one.get("role", "user")), text_of(one.get("content"))) for one in messages]
        if completion is not None:
            said.append(("user", completion))
        pairs = zip(said, self._said, strict=False)
        same = next((place for place, (new, old) in enumerate(pairs) if new != old), min(len(said), len(self._said)))
        for role, text in said[same:]:
            self.add_message(role, text)
        self._said = said

    def add_answer(self, answer: Answer) -> None:
        """Add the model's answer, with its tokens and cost."""
        self._said.append(("assistant", answer.text))
        self._answers.append(answer)
        metrics: dict[str, Any] = {
            "prompt_tokens": answer.usage.input_tokens,
            "completion_tokens": answer.usage.output_tokens,
            "cached_tokens": answer.usage.cached_tokens,
        }
        if answer.cost_usd is not None:
            metrics["cost_usd"] = answer.cost_usd
        said = self._kept(answer.text, MAX_MESSAGE_BYTES)
        step: dict[str, Any] = {"source": "agent", "message": said, "metrics": metrics}
        if answer.reasoning:
            step["reasoning_content"] = self._kept(answer.reasoning, MAX_MESSAGE_BYTES)
        if answer.calls > 0:
            step["llm_call_count"] = answer.calls
        if answer.finish_reason:
            step["extra"] = {"boxscore": {"finish_reason": answer.finish_reason[:MAX_NAME]}}
        self._add(step)

    def add_action(
        self, tool: str, arguments: Mapping[str, Any], observation: str, *, extra: Mapping[str, Any] | None = None
    ) -> None:
        """Add a tool call and its observation to the model's last answer; `extra` is about the observation.

        A call that does not follow an answer of the model is a step of its own.
        """
        if not self._steps or self._steps[-1]["source"] != "agent":
            self._add({"source": "agent", "message": "", "llm_call_count": 0})
        step = self._steps[-1]
        if self._actions >= MAX_STEPS or step["source"] != "agent":
            self._left_out += 1
            return
        self._actions += 1
        call_id = f"call_{self._actions}"
        call = {"tool_call_id": call_id, "function_name": tool[:MAX_NAME], "arguments": self._plain(arguments)}
        result: dict[str, Any] = {
            "source_call_id": call_id,
            "content": self._kept(observation, MAX_OBSERVATION_BYTES),
        }
        if extra:
            result["extra"] = {"boxscore": self._plain(extra)}
        step.setdefault("tool_calls", []).append(call)
        step.setdefault("observation", {"results": []})["results"].append(result)

    def add_round(self, result: Result) -> None:
        """Add what the visible tests came to on a draft."""
        self._rounds += 1
        self._add(
            {
                "source": "system",
                "message": f"round {self._rounds}: {result.outcome}",
                "observation": {"results": [{"content": self._kept(result.reason, MAX_OBSERVATION_BYTES)}]},
                "extra": {"boxscore": {"round": self._rounds, "outcome": str(result.outcome)}},
            }
        )

    def as_atif(self) -> dict[str, Any]:
        """Give the document: plain data of JSON."""
        steps = [{"step_id": number, **step} for number, step in enumerate(self._steps, 1)]
        if not steps:
            steps = [{"step_id": 1, "source": "system", "message": "nothing was asked"}]
        document: dict[str, Any] = {"schema_version": ATIF_VERSION, **self._head, "steps": steps}
        if self._left_out:
            document["notes"] = f"{self._left_out:,} further steps and actions were left out"
        return document | {"final_metrics": self._totals(len(steps)), "extra": {"boxscore": dict(self.about)}}

    def _totals(self, steps: int) -> dict[str, Any]:
        costs = [one.cost_usd for one in self._answers if one.cost_usd is not None]
        totals: dict[str, Any] = {
            "total_prompt_tokens": sum(one.usage.input_tokens for one in self._answers),
            "total_completion_tokens": sum(one.usage.output_tokens for one in self._answers),
            "total_cached_tokens": sum(one.usage.cached_tokens for one in self._answers),
            "total_steps": steps,
        }
        if len(costs) == len(self._answers):  # a sum of those alone that are known would be taken for the whole
            totals["total_cost_usd"] = sum(costs)
        totals["extra"] = {
            "boxscore": {"answers": len(self._answers), "calls": sum(one.calls for one in self._answers)}
        }
        return totals

    def _add(self, step: dict[str, Any]) -> None:
        if len(self._steps) >= MAX_STEPS:
            self._left_out += 1
            return
        self._steps.append({"timestamp": self._clock().isoformat(), **step})

    def _kept(self, text: str, most: int) -> str:
        kept = cut_middle(self._without_keys(text), max(_LITTLE, min(most, MAX_BYTES - self._bytes)))
        self._bytes += len(kept.encode())
        return kept

    def _plain(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Arguments or remarks as plain data: what is neither text nor a number is shown as text."""
        return {
            str(name): one if isinstance(one, int | float | None) else self._kept(text_of(one), MAX_ARGUMENT_BYTES)
            for name, one in values.items()
        }


class ToolCall(Struct, frozen=True):
    """Something that an agent wants done."""

    function_name: str
    arguments: dict[str, Any]


class Seen(Struct, frozen=True):
    """What came back of a call."""

    content: str | None = None


class Observation(Struct, frozen=True):
    """All that came back in a step."""

    results: list[Seen]


class Metrics(Struct, frozen=True):
    """What a step took."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cached_tokens: int | None = None
    cost_usd: float | None = None


class Step(Struct, frozen=True):
    """A turn: `step_id` counts from 1."""

    step_id: int
    source: Literal["system", "user", "agent"]
    message: str
    timestamp: str | None = None
    reasoning_content: str | None = None
    tool_calls: list[ToolCall] | None = None
    observation: Observation | None = None
    metrics: Metrics | None = None
    extra: dict[str, Any] | None = None


class Doer(Struct, frozen=True):
    """Which agent it was."""

    name: str


class Totals(Struct, frozen=True):
    """What all steps took."""

    total_prompt_tokens: int | None = None
    total_completion_tokens: int | None = None
    total_cached_tokens: int | None = None


class Document(Struct, frozen=True):
    """A trajectory that a run has written, as far as the page shows it."""

    schema_version: str
    agent: Doer
    steps: list[Step]
    final_metrics: Totals | None = None


def read_trajectory(path: Path) -> Document:
    """Read a file in ATIF, from a run directory of anybody's. Raises InputError that says what is wrong with it."""
    if path.exists() and not path.is_file():  # a pipe would be waited for
        raise InputError("not a file", path=path)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
    if len(data) > MAX_FILE_BYTES:
        raise InputError(f"it has more bytes than a trajectory may have ({MAX_FILE_BYTES:,})", path=path)
    try:
        document = msgspec.json.decode(data, type=Document)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise InputError(f"not a trajectory: {error}", path=path) from error
    except RecursionError as error:
        raise InputError("not a trajectory: it is nested too deeply", path=path) from error
    problem = _problem(document)
    if problem:
        raise InputError(f"not a trajectory: {problem}", path=path)
    return document


def _problem(document: Document) -> str:
    if not _VERSION.fullmatch(document.schema_version):
        return f"schema_version {document.schema_version[:80]!r} is not one of ATIF-v1.x"
    if not 0 < len(document.steps) <= MAX_STEPS_READ:
        return f"it has {len(document.steps):,} steps; 1 to {MAX_STEPS_READ:,} are read"
    for number, step in enumerate(document.steps, 1):
        if step.step_id != number:
            return f"steps[{number - 1}]: step_id is {step.step_id}, not {number}"
    return ""
