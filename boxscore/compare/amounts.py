"""What each sample of a run took: dollars and tokens of its model, the agent's time, and the cpu time of its code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.run.lines import read_lines
from boxscore.run.store import ANSWERS, ATTEMPTS
from boxscore.sampling.records import Attempt

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping
    from pathlib import Path

    from boxscore.records import Result
    from boxscore.run.plan import Name

MOST = 1e12  # dollars or tokens of a call
AMOUNTS = {
    "cost_usd": "cost of the model",
    "tokens": "tokens of the model",
    "agent_s": "time of the agent",
    "cpu_s": "cpu time of the code",
}


class _Usage(Struct, frozen=True):
    input_tokens: int = 0
    output_tokens: int = 0


class _Answer(Struct, frozen=True):
    usage: _Usage = _Usage()
    cost_usd: float | None = None
    cached: bool = False
    saved_usd: float | None = None


class _Call(Struct, frozen=True):
    """As much of a line of `answers.jsonl` as says what it cost, whichever kind of line it is."""

    line: str
    instance_id: str
    number: int
    answer: _Answer | None = None
    input_tokens: int = 0
    output_tokens: int = 0
    cost_usd: float | None = None


def read_amounts(folder: Path, results: Mapping[Name, Result], wanted: Container[Name]) -> dict[Name, dict[str, float]]:
    """Read what samples took, by the names in AMOUNTS; what is not known of a sample is not there.

    An answer that was kept from an earlier run counts as what it cost then. A cost below 0 or above what anybody pays
    is not known, and neither are tokens of a call without any. Raises InputError for a damaged line.
    """
    found = _of_models(read_lines(folder / ANSWERS, _Call), wanted)
    for attempt in read_lines(folder / ATTEMPTS, Attempt):
        name = attempt.instance_id, attempt.sample_id
        if name in wanted:
            found.setdefault(name, {})["agent_s"] = attempt.wall_s
    for name, result in results.items():
        if name in wanted and result.cpu_s is not None:
            found.setdefault(name, {})["cpu_s"] = result.cpu_s
    return found


def _of_models(calls: Iterable[_Call], wanted: Container[Name]) -> dict[Name, dict[str, float]]:
    """Dollars and tokens of samples, all of whose calls say them."""
    found: dict[Name, dict[str, float]] = {}
    unknown: set[tuple[Name, str]] = set()
    for call in calls:
        name = call.instance_id, str(call.number)
        if name not in wanted or call.line == "asked":
            continue
        tokens, cost = _taken(call)
        own = found.setdefault(name, {"cost_usd": 0.0, "tokens": 0.0})
        for what, value in (("cost_usd", cost), ("tokens", tokens or None)):
            if value is None or not 0 <= value <= MOST:
                unknown.add((name, what))
            else:
                own[what] += value
    for name, what in unknown:
        del found[name][what]
    return found


def _taken(call: _Call) -> tuple[int, float | None]:
    """Tokens and dollars of a call that has ended."""
    if call.answer is None:
        return call.input_tokens + call.output_tokens, call.cost_usd
    usage = call.answer.usage
    return usage.input_tokens + usage.output_tokens, (
        call.answer.saved_usd if call.answer.cached else call.answer.cost_usd
    )
