"""A row for each sample: as CSV that is safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import json
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.exports.run import Written
from boxscore.invisible import INVISIBLE
from boxscore.records import Outcome
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from boxscore.exports.run import Destination, Exported, ExportedRun


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
        backend=None if conditions is None else conditions.backend,
        image=None if conditions is None else conditions.image,
        image_digest=None if conditions is None else conditions.image_digest,
        boxscore=None if result is None else result.boxscore,
        kind=sample.kind.value,
        answer=clean(sample.text),
        output=one.output,
        output_truncated=result is not None and result.output_truncated,
    )


_FORMULA = re.compile(r"[=+\-@\t\r\n＝＋－＠]")  # noqa: RUF001 - wide forms, which spreadsheets read as the narrow ones
_UNSAFE = re.compile(f"[\x00-\x08\x0b\x0c\x0e-\x1f{INVISIBLE}\ud800-\udfff]")


def write_csv(run: ExportedRun, place: Destination) -> Written:
    """Write a header and a row for each sample, in UTF-8, one after the other."""
    with place.file(".csv") as part:
        count = write_rows(part, run)
    return Written(what=f"{place.path('.csv')}: {counted(count, 'row')}", left_out=run.unfinished())


def write_rows(path: Path, run: ExportedRun, *, long: bool = True, model: str | None = None) -> int:
    """Write a header and a row for each sample, of one model if it is named, and say how many; without `long` texts."""
    columns = [name for name in COLUMNS if long or name not in LONG]
    count = 0
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for row in rows(run, output=long, model=model):
            writer.writerow([_cell(getattr(row, name)) for name in columns])
            count += 1
    return count


def cell_text(text: str) -> str:
    """Text for a cell: never a formula, and without what a reader may choke on."""
    shown = _UNSAFE.sub(_escaped, text)
    return f"'{shown}" if _FORMULA.match(shown) else shown


def _cell(value: object) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return value
    if isinstance(value, str):
        return cell_text(value)
    return cell_text(json.dumps(value, ensure_ascii=False)) if value else ""


def _escaped(found: re.Match[str]) -> str:
    return found[0].encode("unicode_escape").decode()
