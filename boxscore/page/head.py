"""The head of a run's page: its score, what else is to be known of it at a glance, provenance, how to run it again."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Literal

from msgspec import Struct

from boxscore.page.charts import (
    flaky_chart,
    models_chart,
    outcomes_chart,
    pass_at_k_chart,
    slowest_chart,
    spread_chart,
    tasks_charts,
    tasks_facts,
    trust_chart,
)
from boxscore.page.records import Head
from boxscore.page.rerun import rerun_commands
from boxscore.page.rows import FLAKY, values_of
from boxscore.page.texts import cell
from boxscore.protocols.shows import PROMISES, Fact, Summary
from boxscore.provenance import RunRecord  # noqa: TC001 - msgspec resolves the annotations
from boxscore.records import Outcome
from boxscore.report.numbers import counted, duration, moment, percent
from boxscore.report.records import Report  # noqa: TC001 - msgspec resolves the annotations
from boxscore.report.sampling import asked_rows, missing_lines, took_rows
from boxscore.score.statistics import InstanceCounts  # noqa: TC001 - msgspec resolves the annotations

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from boxscore.page.records import Chart, Column, Scalar
    from boxscore.provenance import Provenance
    from boxscore.score.statistics import Estimate

MOST_SCORES = 2000  # that a browser is given: a record may ask for any number of k, and each sample be of a model
MOST_NAMED = 50  # files, machines and versions


class ReadRun(Struct, frozen=True, kw_only=True):
    """A run and its reports: of all of it, and of each model where there are several; `counts` are by model.

    `projects` are the summaries of projects that grow and have a verdict.
    """

    record: RunRecord
    report: Report
    each: tuple[Report, ...] = ()
    counts: dict[str, list[InstanceCounts]] = {}
    projects: tuple[Summary, ...] = ()
    going_on: bool = False


def head_of(folder: Path, run: ReadRun, columns: Sequence[Column], rows: Sequence[Sequence[Scalar]]) -> Head:
    """Make the head of a page with these rows, whose details are not in chunks yet."""
    report, provenance = run.report, run.record.provenance
    scores = tuple(_scores(run))
    models = [one.model for one in report.models] or sorted({str(row[4]) for row in rows if row[4]})
    return Head(
        kind="run",
        title=heading(provenance, models),
        subtitle=tuple(subtitle(provenance)),
        boxscore=provenance.versions.get("boxscore", ""),
        score=scores[:MOST_SCORES],
        facts=tuple(_facts(run)),
        warnings=(*_left_out(len(scores)), *_warnings(run)),
        charts=tuple(chart for chart in _charts(run, rows) if chart is not None),
        columns=tuple(columns),
        rows=len(rows),
        chunks=(),
        provenance=tuple(provenance_facts(provenance)),
        commands=rerun_commands(folder, provenance, run.record.instances),
        going_on=run.going_on,
    )


def heading(provenance: Provenance, models: Sequence[str]) -> str:
    """The benchmark, and whose samples they are: a model's, or those of a file."""
    named = [one for one in models if one]
    if len(named) > 1:
        whose = f"{len(named)} models"
    else:
        whose = named[0] if named else next((PurePath(path).name for path in provenance.inputs), "")
    return f"{cell(provenance.benchmark)}{f', {cell(whose)}' if whose else ''}"


def subtitle(provenance: Provenance) -> Iterator[str]:
    """The run's name, and when it began."""
    yield cell(provenance.run_id)
    if provenance.started:
        yield cell(moment(provenance.started))


def _left_out(scores: int) -> Iterator[str]:
    if scores > MOST_SCORES:
        yield f"{scores - MOST_SCORES:,} more scores are not shown here: report.json has all of them"


def _scores(run: ReadRun) -> Iterator[Fact]:
    for one in run.each or (run.report,):
        before = f"{cell(one.model)}: " if one.model else ""
        yield from _estimates(f"{before}pass@", one.pass_at_k)
        yield from _estimates(f"{before}of submitted instances, pass@", one.pass_at_k_submitted)
        for part, scores in one.parts.items():
            yield from _estimates(f"{before}{cell(part)}, pass@", scores)


def _estimates(label: str, scores: dict[str, Estimate]) -> Iterator[Fact]:
    for k, found in scores.items():
        yield Fact(label=f"{label}{k}", value=percent(found.value, unknown="not known"), note=interval(found))


def interval(found: Estimate) -> str:
    """The interval of a score with what it is of, or why there is none."""
    if found.low is None or found.high is None:
        return found.reason or ""
    of = f"{counted(found.n, 'instance')}, {counted(found.samples, 'sample')}"
    return f"95 % interval {percent(found.low)} to {percent(found.high)}; {of}"


def _facts(run: ReadRun) -> Iterator[Fact]:
    report = run.report
    yield Fact(label="instances", value=f"{report.instances:,}")
    yield Fact(label="samples", value=f"{report.samples:,}", note="graded")
    if report.ungraded_samples:
        yield Fact(label="without a result", value=f"{report.ungraded_samples:,}", note="not graded yet")
    if report.excluded_samples:
        bracket = report.bracket
        note = f"pass@1 {percent(bracket.if_failed)} if all had failed, {percent(bracket.if_passed)} if all had passed"
        yield Fact(label="internal", value=f"{report.excluded_samples:,}", note=bracket.reason or note)
    if report.withheld_samples:
        note = f"passed below {report.provenance.least_trust}, and counted in no score"
        yield Fact(label="withheld", value=f"{report.withheld_samples:,}", note=note)
    if report.unresolvable:
        yield Fact(
            label="unresolvable instances", value=f"{len(report.unresolvable):,}", note="not even their references pass"
        )
    resolved = report.resolved
    if resolved.of_all is not None and min(resolved.resolvable, resolved.submitted) < report.instances:
        note = f"{percent(resolved.of_all)} of all, {percent(resolved.of_submitted)} of those that have a sample"
        yield Fact(label="resolved instances", value=f"{resolved.solved:g} of {report.instances:,}", note=note)
    yield from tasks_facts(run.projects)
    one_level = len(report.trust_samples) <= 1
    promise = f"of a pass: {PROMISES[report.trust]}" if one_level else "explained below"
    levels = ", ".join(f"{name} {count:,}" for name, count in report.trust_samples.items())
    yield Fact(label="trust", value=levels or report.trust.value, note=promise)
    if report.wall_s is not None:
        yield Fact(label="time", value=duration(report.wall_s))
    sampling = run.record.provenance.sampling
    if sampling is not None:
        rows = [*asked_rows(sampling), *took_rows(sampling)]
        yield from (Fact(label=label, value=cell(value)) for label, value in rows if label != "samples")
        if sampling.sampled < sampling.planned:
            yield from (Fact(label="not sampled", value=cell(line)) for line in missing_lines(sampling))


def _charts(run: ReadRun, rows: Sequence[Sequence[Scalar]]) -> Iterator[Chart | None]:
    yield outcomes_chart(run.report)
    yield pass_at_k_chart(run.counts)
    spreads: tuple[tuple[str, str, Literal["number", "seconds", "money"]], ...] = (
        ("wall_s", "Time of a sample", "seconds"),
        ("cost", "Cost of a sample", "money"),
        ("tokens", "Tokens of a sample", "number"),
    )
    for key, title, kind in spreads:
        known = [(one, outcome) for one, outcome in values_of(rows, key, "outcome") if isinstance(one, int | float)]
        passed = [float(one) for one, outcome in known if outcome == Outcome.PASSED]
        others = [float(one) for one, outcome in known if outcome != Outcome.PASSED]
        yield spread_chart(key.replace("_", "-"), title, kind, passed, others)
    yield from tasks_charts(run.projects)
    yield models_chart(run.each, _costs(rows))
    yield trust_chart(run.report)
    yield slowest_chart(run.report.slowest)
    found = values_of(rows, "instance", "sample", "outcome", "flags")
    yield flaky_chart([row for row in found if FLAKY in str(row[-1]).split(", ")])


def _costs(rows: Sequence[Sequence[Scalar]]) -> dict[str, float]:
    """What the samples of each model cost, where that is known of all of them."""
    costs: dict[str, list[Scalar]] = {}
    for model, cost in values_of(rows, "model", "cost"):
        costs.setdefault(str(model), []).append(cost)
    known = {model: [one for one in own if isinstance(one, float)] for model, own in costs.items()}
    return {model: sum(own) for model, own in known.items() if len(own) == len(costs[model])}


def _warnings(run: ReadRun) -> Iterator[str]:
    if run.report.invalid_reason is not None:
        yield f"not a valid run: {cell(run.report.invalid_reason)}"
    if run.record.provenance.alarm is not None:
        yield f"stopped: {cell(run.record.provenance.alarm)}"
    yield from map(cell, run.report.warnings)


def provenance_facts(provenance: Provenance) -> Iterator[Fact]:
    """What a run was made with."""
    published = {True: "the published file", False: "another file than the published one", None: ""}
    rows = [
        ("run", provenance.run_id, ""),
        ("benchmark", provenance.title, ""),
        ("samples", f"{provenance.samples:,}", provenance.samples_digest),
        *(
            (f"file of samples {path}", digest, "sha256")
            for path, digest in list(provenance.inputs.items())[:MOST_NAMED]
        ),
        ("data", provenance.data_sha256 or "", published[provenance.data_published]),
        ("image", provenance.image or "", provenance.image_digest),
        ("boxes", provenance.backend + (f", {provenance.runtime}" if provenance.runtime else ""), ""),
        ("engine", provenance.engine or "", ""),
        ("over", provenance.on if provenance.on != "local" else "", ""),
        *(
            (f"machine {node.host}", f"{node.workers} workers", node.image_digest)
            for node in provenance.nodes[:MOST_NAMED]
        ),
        ("grading version", provenance.grading_version, ""),
        ("defences", ", ".join(provenance.layers), ""),
        ("workers", str(provenance.workers), ""),
        ("host", provenance.host, ""),
        *((name, version, "") for name, version in list(provenance.versions.items())[:MOST_NAMED]),
        ("began", moment(provenance.started), ""),
        ("ended", moment(provenance.finished or ""), ""),
    ]
    for label, value, note in rows:
        if value:
            yield Fact(label=cell(label), value=cell(value), note=cell(note))
