"""A sample as a row of a table, for CSV, Parquet and trackers of experiments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.exports.source import Exported, ExportedRun


class Row(Struct, frozen=True, kw_only=True):
    """A sample, its verdict and what it took. What is not known is None; without a result `outcome` is.

    `passed` is None where the sample counts in no score: it is `internal`, or not graded. `parts` has an outcome for
    each part that the benchmark scores apart. `answer` is what the model gave and `output` what its code printed.
    """

    run_id: str
    benchmark: str
    model: str
    instance_id: str
    sample_id: str
    cluster: str | None
    outcome: str | None
    passed: bool | None
    trust: str | None
    evidence: str
    reason: str
    error_type: str | None
    limit: str | None
    parts: dict[str, str]
    cpu_s: float | None
    wall_s: float | None
    memory_bytes: int | None
    cost_usd: float | None
    tokens: int | None
    agent_s: float | None
    attempts: int | None
    unresolvable: bool
    withheld: bool
    copied_from: str | None
    reused_from: str | None
    backend: str | None
    image: str | None
    image_digest: str | None
    boxscore: str | None
    kind: str
    answer: str
    output: str
    output_truncated: bool


COLUMNS = Row.__struct_fields__
LONG = ("answer", "output")  # columns of whole texts


def rows(run: ExportedRun, *, output: bool = True, model: str | None = None) -> Iterator[Row]:
    """Give a row for each sample, in the run's order, one at a time; of one model if it is named."""
    for one in run.each(output=output):
        if model is None or one.sample.model == model or len(run.reports) == 1:
            yield _row(run, one)


def _row(run: ExportedRun, one: Exported) -> Row:
    clean, sample, result, took = run.clean, one.sample, one.result, one.amounts
    conditions = None if result is None else result.conditions
    graded = result is not None and result.outcome is not Outcome.INTERNAL
    return Row(
        run_id=run.record.provenance.run_id,
        benchmark=run.benchmark,
        model=clean(sample.model or next(iter(run.reports))),
        instance_id=sample.instance_id,
        sample_id=sample.sample_id,
        cluster=one.cluster,
        outcome=None if result is None else result.outcome.value,
        passed=result.outcome is Outcome.PASSED if result is not None and graded else None,
        trust=None if result is None or result.level is None else result.level.value,
        evidence="" if result is None else clean(result.evidence),
        reason="" if result is None else clean(result.reason),
        error_type=None if result is None else result.error_type,
        limit=None if result is None or result.limit is None else result.limit.value,
        parts={} if result is None else {name: outcome.value for name, outcome in result.parts.items()},
        cpu_s=took.get("cpu_s"),
        wall_s=None if result is None else result.wall_s,
        memory_bytes=None if result is None else result.memory_bytes,
        cost_usd=took.get("cost_usd"),
        tokens=int(took["tokens"]) if "tokens" in took else None,
        agent_s=took.get("agent_s"),
        attempts=None if result is None else result.attempts,
        unresolvable=result is not None and result.unresolvable,
        withheld=result is not None and result.withheld,
        copied_from=None if result is None else result.copied_from,
        reused_from=None if result is None else result.reused_from,
        backend=None if conditions is None else conditions.backend,
        image=None if conditions is None else conditions.image,
        image_digest=None if conditions is None else conditions.image_digest,
        boxscore=None if result is None else result.boxscore,
        kind=sample.kind.value,
        answer=clean(sample.text),
        output=one.output,
        output_truncated=result is not None and result.output_truncated,
    )
