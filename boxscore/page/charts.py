"""The charts of a page: numbers as a table, and the figures that the browser draws of them."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING, Literal

from boxscore.page.records import Bars, Chart, Curve, Histogram, Lines
from boxscore.page.texts import cell
from boxscore.protocols.shows import PROMISES, Fact
from boxscore.records import Outcome, Trust
from boxscore.report.numbers import cost_text, counted, duration
from boxscore.score.statistics import InstanceCounts, estimate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.page.records import Scalar
    from boxscore.protocols.shows import Summary
    from boxscore.report.records import Report, Slow
    from boxscore.score.statistics import Estimate

MAX_K_POINTS = 24
MAX_LISTED = 20
MAX_MODELS = 8
MAX_LEVELS, MAX_STOPS = 12, 60
BINS = 24
TO_THE_END = "none: it came to its end"


def outcomes_chart(report: Report) -> Chart:
    """How samples ended, failures first."""
    last = (Outcome.INTERNAL, Outcome.PASSED)
    counts = dict(
        sorted(report.outcomes.items(), key=lambda item: (item[0] in last, item[0] == Outcome.PASSED, -item[1]))
    )
    total = sum(counts.values()) or 1
    table = [(name, f"{count:,}", f"{100 * count / total:.1f} %") for name, count in counts.items()]
    drawing = Bars(items=tuple(counts.items())) if counts else None
    return _chart("outcomes", "Outcomes", ("outcome", "samples", "share"), table, drawing)


def trust_chart(report: Report) -> Chart | None:
    """What protected the verdicts, level by level, with the samples that no level covers."""
    table = [(level, f"{count:,}", PROMISES[Trust(level)]) for level, count in report.trust_samples.items()]
    if report.withheld_samples:
        why = f"passed below {report.provenance.least_trust}, the level that was asked for: in no score"
        table.append(("refused", f"{report.withheld_samples:,}", why))
    judged = sum(report.trust_samples.values())
    untested = sum(report.outcomes.values()) - judged - report.withheld_samples
    if untested > 0:
        table.append(("no tests ran", f"{untested:,}", "no code, a patch that does not apply, or internal"))
    if not table:
        return None
    chart = _chart("trust", "How verdicts were protected", ("trust", "samples", "what a pass promises"), table)
    return Chart(chart_id=chart.chart_id, title=chart.title, table=chart.table, wide=True)


def pass_at_k_chart(counts: Mapping[str, Sequence[InstanceCounts]]) -> Chart | None:
    """pass@k over k with its interval, a line for each model; None where every instance has one sample at most."""
    curves = {model: _curve(own) for model, own in list(counts.items())[:MAX_MODELS]}
    curves = {model: curve for model, curve in curves.items() if len(curve) > 1}
    if not curves:
        return None
    several = len(counts) > 1
    table = [
        ((cell(model),) if several else ())
        + (str(k), _share(one.value), _share(one.low), _share(one.high), f"{one.n:,}")
        for model, curve in curves.items()
        for k, one in curve
    ]
    head = (("model",) if several else ()) + ("k", "pass@k", "from", "to", "instances")
    drawn = tuple(
        Curve(name=cell(model), points=tuple((k, one.value or 0.0, one.low, one.high) for k, one in curve))
        for model, curve in curves.items()
    )
    return _chart("pass-at-k", "pass@k with its 95 % interval", head, table, Lines(x="k", curves=drawn))


def _curve(counts: Sequence[InstanceCounts]) -> list[tuple[int, Estimate]]:
    """pass@k for such k as at least half of the instances have samples for."""
    drawn_from = sorted((one.n for one in counts if one.n), reverse=True)
    most = drawn_from[(len(drawn_from) - 1) // 2] if drawn_from else 0
    return [(k, found) for k in _some(most) if (found := estimate(counts, k)).value is not None]


def _some(most: int) -> list[int]:
    if most <= MAX_K_POINTS:
        return list(range(1, most + 1))
    ratio = math.log(most) / (MAX_K_POINTS - 1)
    return sorted({round(math.exp(ratio * place)) for place in range(MAX_K_POINTS)} | {most})


def spread_chart(
    chart_id: str,
    title: str,
    kind: Literal["number", "seconds", "money"],
    passed: Sequence[float],
    others: Sequence[float],
) -> Chart | None:
    """How a measure is spread over samples that passed and those that did not; None of fewer than three different."""
    every = [*passed, *others]
    if len(set(every)) < 3:  # noqa: PLR2004 - of two a chart says nothing
        return None
    texts_of = {"number": _number, "seconds": duration, "money": cost_text}[kind]
    table = [
        (
            name,
            f"{len(own):,}",
            *(texts_of(_quantile(own, share)) for share in (0.05, 0.5, 0.95, 1.0)),
            texts_of(sum(own)),
        )
        for name, own in (("passed", sorted(passed)), ("did not pass", sorted(others)))
        if own
    ]
    head = ("outcome", "samples", "5th percentile", "median", "95th percentile", "maximum", "sum")
    return _chart(chart_id, title, head, table, _histogram(kind, passed, others))


def _histogram(
    kind: Literal["number", "seconds", "money"], passed: Sequence[float], others: Sequence[float]
) -> Histogram | None:
    """Bins of equal width on a log axis; None where fewer than two values are above 0."""
    positive = [value for value in (*passed, *others) if value > 0]
    low, high = min(positive, default=0.0), max(positive, default=0.0)
    if not low < high:
        return None
    step = math.log(high / low) / BINS

    def counts(values: Sequence[float]) -> tuple[int, ...]:
        found = Counter(min(BINS - 1, int(math.log(value / low) / step)) if value > low else 0 for value in values)
        return tuple(found[place] for place in range(BINS))

    edges = tuple(float(f"{low * math.exp(step * place):.4g}") for place in range(BINS + 1))
    return Histogram(kind=kind, edges=edges, passed=counts(passed), others=counts(others))


def slowest_chart(slowest: Sequence[Slow]) -> Chart | None:
    """The samples that took longest, as a table whose rows lead to them."""
    listed = slowest[:MAX_LISTED]
    table = [
        (
            cell(one.instance_id),
            cell(one.sample_id),
            one.outcome.value,
            duration(one.wall_s),
            "" if one.cpu_s is None else duration(one.cpu_s),
        )
        for one in listed
    ]
    head = ("instance", "sample", "outcome", "time", "cpu time")
    return _linked("slowest", "Slowest samples", head, table, [(one.instance_id, one.sample_id) for one in listed])


def flaky_chart(rows: Sequence[Sequence[Scalar]]) -> Chart | None:
    """Samples whose outcome changes though their text does not, as a table whose rows lead to them."""
    listed = [(str(row[0]), str(row[1]), str(row[2])) for row in rows[:MAX_LISTED]]
    title = "Flaky: same text, different outcomes"
    if len(rows) > len(listed):
        title += f" ({len(listed)} of {len(rows):,})"
    return _linked("flaky", title, ("instance", "sample", "outcome"), listed, [row[:2] for row in listed])


def models_chart(each: Sequence[Report], costs: Mapping[str, float]) -> Chart | None:
    """The models of a run beside each other, as a table alone."""
    table = []
    for one in each:
        k, found = next(iter(one.pass_at_k.items()))
        cost = cost_text(costs[one.model]) if one.model is not None and one.model in costs else ""
        values = _share(found.value), _share(found.low), _share(found.high)
        left_out = f"{one.excluded_samples:,}"
        table.append((cell(one.model or ""), f"{one.samples:,}", f"pass@{k}", *values, left_out, cost))
    head = ("model", "samples", "score", "value", "from", "to", "internal", "cost")
    return Chart(chart_id="models", title="Models", table=(head, *table), wide=True) if table else None


def tasks_facts(projects: Sequence[Summary]) -> Iterator[Fact]:
    """How many tasks passed, of all projects that have a verdict."""
    if projects:
        states = [state for project in projects for state in project.stages]
        passed = sum(state.passed for state in states)
        note = f"of {counted(len(projects), 'project')} graded"
        yield Fact(label="tasks passed", value=f"{passed:,} of {len(states):,}", note=note)


def tasks_charts(projects: Sequence[Summary]) -> Iterator[Chart]:
    """Count tasks by level, and projects by the task at which they stopped."""
    if not projects:
        return
    passed: Counter[str] = Counter()
    every: Counter[str] = Counter()
    for state in (state for project in projects for state in project.stages):
        level = cell(state.level) or "no level"
        every[level] += 1
        passed[level] += state.passed
    table = [
        (level, f"{passed[level]:,}", f"{count:,}", f"{100 * passed[level] / count:.1f} %")
        for level, count in list(every.items())[:MAX_LEVELS]
    ]
    if table:
        yield _chart("levels", "Tasks by level", ("level", "passed", "of", "share"), table)
    stops = Counter(cell(project.stopped) for project in projects)
    names = dict.fromkeys(cell(one.name) for project in projects for one in project.stages)
    rows = [(name, f"{stops[name]:,}") for name in names if stops[name]][:MAX_STOPS]
    rows += [(TO_THE_END, f"{stops['']:,}")] if stops[""] else []
    if rows:
        yield _chart("stops", "Tasks at which projects stopped", ("task", "projects"), rows)


def _chart(
    chart_id: str,
    title: str,
    head: tuple[str, ...],
    table: Sequence[tuple[str, ...]],
    drawing: Bars | Lines | Histogram | None = None,
) -> Chart:
    return Chart(chart_id=chart_id, title=title, table=(head, *table), drawing=drawing)


def _linked(
    chart_id: str,
    title: str,
    head: tuple[str, ...],
    table: Sequence[tuple[str, ...]],
    names: Sequence[tuple[str, str]],
) -> Chart | None:
    links = tuple(f"{instance}/{sample}" for instance, sample in names)
    return Chart(chart_id=chart_id, title=title, table=(head, *table), links=links, wide=True) if table else None


def _quantile(values: Sequence[float], share: float) -> float:
    return values[max(0, math.ceil(share * len(values)) - 1)]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() else f"{value:,.4g}"
