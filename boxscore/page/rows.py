"""The index of a run's page: a row for each sample, in the order of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.page.records import Column
from boxscore.page.texts import cell
from boxscore.protocols.registry import summary_of
from boxscore.protocols.shows import Summary, passed_of, strip_of
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from boxscore.page.records import Scalar
    from boxscore.provenance import StoredSample
    from boxscore.records import Result
    from boxscore.run.plan import Name

FLAKY = "flaky"
UNGRADED = "ungraded"  # in place of an outcome
COLUMNS = (
    Column(key="instance", label="Instance", kind="text"),
    Column(key="sample", label="Sample", kind="text"),
    Column(key="outcome", label="Outcome", kind="outcome"),
    Column(key="reason", label="Reason", kind="text"),
    Column(key="model", label="Model", kind="text"),
    Column(key="tasks", label="Tasks", kind="strip"),
    Column(key="stopped", label="Stopped at", kind="text"),
    Column(key="wall_s", label="Time", kind="seconds"),
    Column(key="cpu_s", label="CPU time", kind="seconds", shown=False),
    Column(key="memory", label="Memory", kind="bytes", shown=False),
    Column(key="rounds", label="Drafts", kind="number"),
    Column(key="agent_s", label="Agent's time", kind="seconds"),
    Column(key="tokens", label="Tokens", kind="number"),
    Column(key="cost", label="Cost", kind="money"),
    Column(key="flags", label="Flags", kind="flag"),
    Column(key="trust", label="Trust", kind="text", shown=False),
)
_IF_DIFFERENT = {"model", "trust"}  # shown where samples differ in them
_IF_THERE = {"tasks", "stopped", "wall_s", "rounds", "agent_s", "tokens", "cost", "flags"}


class SampleFacts(Struct, frozen=True, kw_only=True):
    """What is known of samples beside their results, by name."""

    amounts: Mapping[Name, Mapping[str, float]]
    drafts: Mapping[Name, int]
    flags: Mapping[Name, Collection[str]]


def rows_of(
    samples: Sequence[StoredSample], results: Mapping[Name, Result], known: SampleFacts
) -> tuple[tuple[Scalar, ...], ...]:
    """Make a row for each sample, in their order."""
    return tuple(
        _row(one, results.get((one.instance_id, one.sample_id)), known, (one.instance_id, one.sample_id))
        for one in samples
    )


def _row(sample: StoredSample, result: Result | None, known: SampleFacts, name: Name) -> tuple[Scalar, ...]:
    amounts = known.amounts.get(name, {})
    tokens = amounts.get("tokens")
    of_patch = () if result is None else result.flags
    flags = sorted({*known.flags.get(name, ()), *(f"patch: {flag.rule}" for flag in of_patch)})
    return (
        sample.instance_id,
        sample.sample_id,
        UNGRADED if result is None else result.outcome.value,
        "" if result is None else cell(result.reason),
        cell(sample.model),
        *_project(result),
        _rounded(None if result is None else result.wall_s),
        _rounded(None if result is None else result.cpu_s),
        None if result is None else result.memory_bytes,
        known.drafts.get(name),
        _rounded(amounts.get("agent_s")),
        None if tokens is None else int(tokens),
        amounts.get("cost_usd"),
        ", ".join(flags),
        "" if result is None or result.level is None else result.level.value,
    )


def _project(result: Result | None) -> tuple[str | None, str | None]:
    """How far a project that grows got, with its strip, and the stage at which it stopped."""
    summary = Summary() if result is None else summary_of(result)
    if not summary.stages:
        return None, None
    return f"{passed_of(summary.stages)} {strip_of(summary.stages)}", cell(summary.stopped)


def _rounded(seconds: float | None) -> float | None:
    """As many digits as are shown of it at most."""
    return None if seconds is None else round(seconds, 4)


def columns_of(rows: Sequence[Sequence[Scalar]]) -> tuple[Column, ...]:
    """The columns of rows: shown at first are those that tell something of them."""
    return tuple(replace(column, shown=_is_informative(place, column, rows)) for place, column in enumerate(COLUMNS))


def _is_informative(place: int, column: Column, rows: Sequence[Sequence[Scalar]]) -> bool:
    if column.key in _IF_DIFFERENT:
        return len({row[place] for row in rows} - {""}) > 1
    if column.key in _IF_THERE:
        return any(row[place] not in {None, ""} for row in rows)
    return column.shown


def values_of(rows: Sequence[Sequence[Scalar]], *keys: str) -> list[tuple[Scalar, ...]]:
    """Some columns of all rows."""
    positions = [next(place for place, column in enumerate(COLUMNS) if column.key == key) for key in keys]
    return [tuple(row[place] for place in positions) for row in rows]


def flaky(samples: Sequence[StoredSample], results: Mapping[Name, Result]) -> set[Name]:
    """Samples whose outcome is not that of another sample of the same instance with the same text."""
    alike: dict[tuple[str, str], dict[Outcome, list[Name]]] = {}
    for sample in samples:
        name = sample.instance_id, sample.sample_id
        result = results.get(name)
        if result is not None and result.outcome is not Outcome.INTERNAL:
            by_outcome = alike.setdefault((sample.instance_id, sample.text), {})
            by_outcome.setdefault(result.outcome, []).append(name)
    several = (by_outcome for by_outcome in alike.values() if len(by_outcome) > 1)
    return {name for by_outcome in several for names in by_outcome.values() for name in names}
