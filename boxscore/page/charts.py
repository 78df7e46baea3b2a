"""The charts of a run: what each tells, as a table that always is there, and as a drawing where there can be one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from boxscore.page.drawings import HEIGHT_IN, MARK, SECOND, drawn, horizontal_bars
from boxscore.page.records import Chart
from boxscore.page.texts import cell
from boxscore.records import Outcome
from boxscore.report.numbers import cost_text
from boxscore.score.statistics import InstanceCounts, estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from matplotlib.axes import Axes

    from boxscore.page.records import Scalar
    from boxscore.provenance import RoundScore
    from boxscore.report.records import Report, Slow
    from boxscore.score.statistics import Estimate

    Draw = Callable[[Axes], None]

MAX_K_POINTS = 24
MAX_LISTED = 20
MAX_MODELS = 8
MAX_LEGEND_CHARS = 40
BINS = 24
_MARKS = "os^Dv<>P"
_HATCHES = {Outcome.PASSED: "", Outcome.INTERNAL: "xx"}  # the others are dashed


def outcomes_chart(report: Report, *, draw: bool) -> Chart:
    """How samples ended."""
    counts = report.outcomes
    total = sum(counts.values()) or 1
    table = [(name, f"{count:,}", f"{100 * count / total:.1f} %") for name, count in counts.items()]
    names, hatches = list(counts), [_HATCHES.get(Outcome(name), "//") for name in counts]

    def bars(axes: Axes) -> None:
        horizontal_bars(axes, names, list(counts.values()), hatches)
        axes.set_xlabel("samples")

    height = max(1.2, 0.5 + 0.32 * len(names))
    return _chart(
        "outcomes",
        "Outcomes",
        ("outcome", "samples", "share"),
        table,
        draw=bars if draw and names else None,
        height_in=height,
    )


def pass_at_k_chart(counts: Mapping[str, Sequence[InstanceCounts]], *, draw: bool) -> Chart | None:
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

    def lines(axes: Axes) -> None:
        for (model, curve), mark in zip(curves.items(), _MARKS, strict=False):
            _line(axes, [(k, one.value, one.low, one.high) for k, one in curve], mark, cell(model)[:MAX_LEGEND_CHARS])
        axes.set_xlabel("k")
        axes.set_ylabel("pass@k")
        axes.set_ylim(0, 1)
        if several:
            axes.legend(frameon=False, fontsize=8)

    head = (("model",) if several else ()) + ("k", "pass@k", "from", "to", "instances")
    return _chart("pass-at-k", "pass@k with its 95 % interval", head, table, draw=lines if draw else None)


def _curve(counts: Sequence[InstanceCounts]) -> list[tuple[int, Estimate]]:
    """pass@k for such k as at least half of the instances have samples for."""
    drawn_from = sorted((one.n for one in counts if one.n), reverse=True)
    most = drawn_from[(len(drawn_from) - 1) // 2] if drawn_from else 0
    return [(k, found) for k in _some(most) if (found := estimate(counts, k)).value is not None]


def _some(most: int) -> list[int]:
    """The whole numbers up to one; of many, some at growing distances."""
    if most <= MAX_K_POINTS:
        return list(range(1, most + 1))
    ratio = math.log(most) / (MAX_K_POINTS - 1)
    return sorted({round(math.exp(ratio * place)) for place in range(MAX_K_POINTS)} | {most})


def rounds_chart(rounds: Sequence[RoundScore], *, draw: bool) -> Chart | None:
    """The score after each draft of agents; None where none made more than one."""
    known = [one for one in rounds if one.score is not None]
    if len(known) < 2:  # noqa: PLR2004 - a line needs two
        return None
    table = [
        (str(one.round), _share(one.score), f"{one.passed:,}", f"{one.samples:,}", f"{one.drafts:,}") for one in known
    ]

    def lines(axes: Axes) -> None:
        _line(axes, [(one.round, one.score, None, None) for one in known], "o", "")
        axes.set_xlabel("drafts")
        axes.set_ylabel("score")
        axes.set_ylim(0, 1)
        axes.set_xticks([one.round for one in known])

    head = ("drafts", "score", "passed", "samples", "made this many")
    return _chart("rounds", "Score after each draft", head, table, draw=lines if draw else None)


def spread_chart(  # noqa: PLR0913 - what is spread, and how it is told
    chart_id: str, title: str, unit: str, passed: Sequence[float], others: Sequence[float], *, draw: bool
) -> Chart | None:
    """How a measure is spread over samples that passed and those that did not; None of fewer than three different."""
    every = [*passed, *others]
    if len(set(every)) < 3:  # noqa: PLR2004 - of two a chart tells nothing
        return None
    table = [
        (
            name,
            f"{len(own):,}",
            *(_number(_quantile(own, share)) for share in (0.05, 0.5, 0.95, 1.0)),
            _number(sum(own)),
        )
        for name, own in (("passed", sorted(passed)), ("did not pass", sorted(others)))
        if own
    ]

    def bars(axes: Axes) -> None:
        axes.hist(
            [passed, others],
            bins=BINS,
            stacked=True,
            color=[MARK, SECOND],
            edgecolor="black",
            linewidth=0.6,
            hatch=["", "//"],
            label=["passed", "did not pass"],
        )
        axes.set_xlabel(unit)
        axes.set_ylabel("samples")
        axes.legend(frameon=False, fontsize=8)

    head = ("outcome", "samples", "5th percentile", "median", "95th percentile", "maximum", "sum")
    return _chart(chart_id, title, head, table, draw=bars if draw else None)


def slowest_chart(slowest: Sequence[Slow]) -> Chart | None:
    """The samples that took longest, as a table alone."""
    table = [
        (cell(one.instance_id), cell(one.sample_id), one.outcome.value, _seconds(one.wall_s), _seconds(one.cpu_s))
        for one in slowest[:MAX_LISTED]
    ]
    head = ("instance", "sample", "outcome", "time", "cpu time")
    return _chart("slowest", "Slowest samples", head, table) if table else None


def flaky_chart(rows: Sequence[Sequence[Scalar]]) -> Chart | None:
    """Samples whose outcome changes though their text does not, as a table alone."""
    table = [(str(row[0]), str(row[1]), str(row[2])) for row in rows]
    shown = table[:MAX_LISTED]
    if len(table) > len(shown):
        shown.append((f"and {len(table) - len(shown):,} more", "", ""))
    title = "Flaky: same text, different outcomes"
    return _chart("flaky", title, ("instance", "sample", "outcome"), shown) if shown else None


def models_chart(each: Sequence[Report], costs: Mapping[str, float]) -> Chart | None:
    """The models of a run beside each other, as a table alone."""
    table = [
        (
            cell(one.model or ""),
            f"{one.samples:,}",
            *_first(one),
            f"{one.excluded_samples:,}",
            cost_text(costs[one.model]) if one.model is not None and one.model in costs else "",
        )
        for one in each
    ]
    head = ("model", "samples", "score", "value", "from", "to", "internal", "cost")
    return _chart("models", "Models", head, table) if table else None


def _first(report: Report) -> tuple[str, str, str, str]:
    k, found = next(iter(report.pass_at_k.items()))
    return f"pass@{k}", _share(found.value), _share(found.low), _share(found.high)


def counts_chart(
    chart_id: str, title: str, head: tuple[str, ...], table: Sequence[tuple[str, ...]], counts: Sequence[int]
) -> Chart:
    """A bar for each row of a table, named by its first cell."""

    def bars(axes: Axes) -> None:
        horizontal_bars(axes, [row[0] for row in table], list(counts), [""] * len(table))

    return _chart(chart_id, title, head, table, draw=bars if table else None, height_in=0.5 + 0.32 * len(table))


def _chart(  # noqa: PLR0913 - a chart's fields
    chart_id: str,
    title: str,
    head: tuple[str, ...],
    table: Sequence[tuple[str, ...]],
    *,
    draw: Draw | None = None,
    height_in: float = HEIGHT_IN,
) -> Chart:
    svg = None if draw is None else drawn(chart_id, title, draw, height_in=height_in)
    return Chart(chart_id=chart_id, title=title, svg=svg, table=(head, *table))


def _line(
    axes: Axes, points: Sequence[tuple[int, float | None, float | None, float | None]], mark: str, label: str
) -> None:
    """A line with a mark at each point, and a bar for its interval where it has one."""
    known = [
        (x, y, y if low is None else low, y if high is None else high) for x, y, low, high in points if y is not None
    ]
    xs, ys = [one[0] for one in known], [one[1] for one in known]
    errors = [[y - low for _, y, low, _ in known], [high - y for _, y, _, high in known]]
    color = MARK if mark == _MARKS[0] else SECOND
    axes.errorbar(
        xs,
        ys,
        yerr=errors,
        fmt=f"{mark}-",
        color=color,
        ecolor="black",
        elinewidth=0.8,
        capsize=2,
        label=label,
    )
    if max(xs) <= MAX_K_POINTS:
        axes.set_xticks(xs if len(xs) <= 12 else xs[::2])  # noqa: PLR2004 - more do not fit side by side


def _quantile(values: Sequence[float], share: float) -> float:
    return values[max(0, math.ceil(share * len(values)) - 1)]


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.4f}"


def _number(value: float) -> str:
    return f"{value:,.4g}"


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:,.2f} s"


def only(charts: Iterable[Chart | None]) -> Iterator[Chart]:
    """Those charts that there are."""
    yield from (chart for chart in charts if chart is not None)
