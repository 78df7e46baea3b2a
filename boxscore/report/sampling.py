"""What a report says of how its samples were asked for: the model, what it took, and why agents ended."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.report.numbers import cost_text, counted, duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.provenance import SamplingRecord


def asked_rows(record: SamplingRecord) -> Iterator[tuple[str, str]]:
    """What was asked for."""
    yield "model", record.model + (f" at {record.base}" if record.base else "")
    options = ", ".join(f"{name}={value}" for name, value in record.agent_options.items())
    yield "agent", record.agent + (f" ({options})" if options else "")
    yield "samples of each instance", str(record.samples_each)
    yield "parameters", ", ".join(_parameters(record)) or "its provider's own"
    yield (
        "prompt",
        f"{record.variant}, template {record.template_digest[:16]}"
        + (f" of {record.template}" if record.template else ""),
    )
    limits = ", ".join(f"{name} {value}" for name, value in record.limits.items())
    yield "limits of agents", limits or "none"
    if record.input_usd is not None and record.output_usd is not None:
        yield "price", f"${record.input_usd:g} in, ${record.output_usd:g} out for a million tokens"
    if record.max_cost_usd is not None:
        yield "most that it may cost", f"${record.max_cost_usd:g}"
    if record.seal is not None:
        yield "seal", ", ".join(f"{name} {value}" for name, value in record.seal.items() if _is_short(value))


def took_rows(record: SamplingRecord) -> Iterator[tuple[str, str]]:
    """What came of it."""
    yield "samples", f"{record.sampled:,} of {record.planned:,}"
    yield (
        "calls",
        f"{record.calls:,} billed, {record.retries:,} of them retries; {record.unanswered:,} without an answer",
    )
    yield "answers", f"{record.answers:,}"
    yield "tokens", f"{record.input_tokens:,} in ({record.cached_tokens:,} cached), {record.output_tokens:,} out"
    yield "cost", cost_text(record.cost_usd)
    if record.lost:
        yield "lost calls", lost_text(record)
    ends = ", ".join(f"{reason} {count:,}" for reason, count in record.stop_reasons.items())
    yield "agents that were ended", ends or "none"
    if record.agent_median_s is not None and record.agent_p95_s is not None and record.agent_max_s is not None:
        median, p95, longest = map(duration, (record.agent_median_s, record.agent_p95_s, record.agent_max_s))
        yield "time of an agent", f"median {median}, 95 % below {p95}, longest {longest}"


def sampling_lines(record: SamplingRecord) -> Iterator[str]:
    """The same in short, for a terminal."""
    by = "" if record.agent == "sample" else f" by {record.agent}"
    parameters = ", ".join(_parameters(record))
    answers = "1 answer" if record.answers == 1 else f"{record.answers:,} answers"
    yield (
        f"asked of {record.model}{by}{f' ({parameters})' if parameters else ''}: {answers}, "
        f"{record.input_tokens:,} tokens in, {record.output_tokens:,} out, cost {cost_text(record.cost_usd)}"
    )
    if record.lost:
        yield lost_text(record)
    if record.stop_reasons:
        ends = ", ".join(f"{count:,} by {reason}" for reason, count in record.stop_reasons.items())
        yield f"agents that were ended: {ends}"


def missing_lines(record: SamplingRecord) -> Iterator[str]:
    """Why samples are not there."""
    for reason, count in record.failures.items():
        yield f"{count:,} of {record.planned:,} samples could not be made: {reason}"
    left = record.planned - record.sampled - record.failed
    if left:
        why = "the run was interrupted"
        if record.over_budget and record.max_cost_usd is not None:
            why = f"the run may cost no more than ${record.max_cost_usd:g}"
        yield f"{left:,} of {record.planned:,} samples not asked for yet: {why}"


def failed_share(record: SamplingRecord | None) -> float:
    """The share of all samples that could not be made, for no fault of the model."""
    return record.failed / record.planned if record is not None and record.planned else 0.0


def lost_text(record: SamplingRecord) -> str:
    """What may have been billed beside the cost."""
    calls = f"{counted(record.lost, 'call')} may have been billed without an answer"
    return f"{calls}, at most {cost_text(record.lost_usd)}" if record.lost_usd is not None else f"{calls}, cost unknown"


def _parameters(record: SamplingRecord) -> Iterator[str]:
    for name in ("temperature", "top_p", "max_tokens", "seed"):
        value = getattr(record, name)
        if value is not None:
            yield f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
    if record.stop:
        yield "stop " + " ".join(map(repr, record.stop))


def _is_short(value: object) -> bool:
    return isinstance(value, str | int | float) and value != ""
