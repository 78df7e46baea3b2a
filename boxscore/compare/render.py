"""A comparison, a gate's verdict and a plan: for the terminal and in Markdown.

Ids and labels come from files that nobody trusts: markup and control characters in them are text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.checks import first_of
from boxscore.compare.pairs import NOT_FOUND
from boxscore.compare.read import AMOUNTS
from boxscore.report.markdown import bullets, escape, markdown_table
from boxscore.report.numbers import counted, percent, points
from boxscore.report.printable import printable
from boxscore.report.tables import NamedRows
from boxscore.score.noninferiority import Verdict
from boxscore.score.paired import smallest_p
from boxscore.score.planning import POWER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from boxscore.compare.plan import Plan
    from boxscore.compare.read import Difference
    from boxscore.compare.records import (
        Bounds,
        Changed,
        GatedPair,
        GateReport,
        Grouped,
        PairComparison,
        Ranked,
        RunComparison,
        Side,
    )
    from boxscore.score.paired import Ratio
    from boxscore.score.planning import Planned

_REASON_CHARS = 80


SHOWN = 20  # of instances that were fixed, and of those that were broken
_CHANGED_HEAD = ("instance", "before", "after", "why", "log")
NO_PROOF_OF_EQUAL = "no difference found does not mean that there is none: see the interval and the smallest difference"
_WORDS = {
    Verdict.PASS: "PASS",
    Verdict.FAIL: "FAIL",
    Verdict.INCONCLUSIVE: "INCONCLUSIVE",
    Verdict.INVALID: "INVALID",
}


class Block(Struct, frozen=True, kw_only=True):
    """A part of a page: a heading, a table, and lines below it; each may be empty."""

    title: str = ""
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    lines: tuple[str, ...] = ()


def render_terminal(blocks: Iterable[Block]) -> RenderableType:
    """Blocks for the terminal."""
    from rich.console import Group  # noqa: PLC0415 - slow to import
    from rich.text import Text  # noqa: PLC0415 - slow to import

    shown: list[RenderableType] = []
    for block in blocks:
        if block.title:
            shown.append(Text(printable(block.title, 1000), style="bold"))
        if block.rows:
            shown.append(NamedRows(block.head, (tuple(map(printable, row)) for row in block.rows)))
        shown.extend(Text(f"• {printable(line, 1000)}") for line in block.lines)
        shown.append(Text(""))
    return Group(*shown[:-1])


def render_markdown(blocks: Sequence[Block]) -> str:
    """Blocks in Markdown; the first title is that of the page."""
    parts: list[str] = []
    for number, block in enumerate(blocks):
        if block.title:
            parts.append(f"{'##' if number else '#'} {escape(block.title)}")
        parts += [markdown_table(block.head, block.rows), bullets(block.lines)]
    return "\n\n".join(part for part in parts if part) + "\n"


def comparison_blocks(comparison: RunComparison) -> list[Block]:
    """What people read of a comparison."""
    several = len(comparison.pairs) > 1
    each = (_sentence(pair, several=True) for pair in comparison.pairs if several)
    blocks = [Block(title=_headline(comparison), lines=(*each, *_allowed(comparison.differences)))]
    blocks.append(_runs(comparison.runs))
    for pair in comparison.pairs:
        blocks += _pair(pair, several=several)
    blocks += [_grouped(one) for one in comparison.grouped]
    if comparison.ranking is not None:
        blocks.append(_ranking(comparison.ranking))
    return blocks


def gate_blocks(report: GateReport) -> list[Block]:
    """What people read of a gate."""
    rows = tuple(_gate_row(one) for one in report.pairs)
    head = ("benchmark", "verdict", "difference", "worst case", "best case", "margin", "score")
    lines = [f"{one.benchmark}: {one.reason}" for one in report.pairs]
    lines += [line for one in report.pairs for line in _gate_notes(one)]
    title = f"gate: {_WORDS[report.verdict]}"
    blocks = [Block(title=title, head=head, rows=rows, lines=(*lines, *_allowed(report.differences)))]
    for one in report.pairs:
        blocks += _changes(one.benchmark, one.fixed, one.broken)
    return blocks


def plan_blocks(plan: Plan) -> list[Block]:
    """What people read of a plan."""
    head = ("runs", "any two systems", "two versions of one", "margin of a gate")
    rows = [
        (_size(plan.asked), *_smallest(plan.asked)),
        *((f"with {_size(one)}", *_smallest(one)) for one in (*plan.more_samples, *plan.more_instances)),
    ]
    margins = tuple(
        (points(one.margin), f"{one.equal_pass:.0%}", f"{one.instances:,}", f"{one.instances_to_find:,}")
        for one in plan.margins
    )
    return [
        Block(
            title=f"{plan.benchmark}: the smallest that {_size(plan.asked)} can tell at pass@{plan.asked.k}",
            head=head,
            rows=tuple(rows),
        ),
        Block(
            title=f"gates of {_size(plan.asked)}",
            head=("margin", "an equal system passes", f"instances for {plan.power:.0%}", "instances to find as much"),
            rows=margins,
            lines=tuple(_supposed(plan)),
        ),
    ]


def _supposed(plan: Plan) -> Iterator[str]:
    alike = f"single samples of two versions of a system differ on {plan.discordance:.0%} of instances"
    any_two = "true differences of any two systems have a variance of 1/9, samples of an instance one of 1/6"
    yield f"supposed: {alike}; {any_two}"
    yield "with 80 % power: a difference is found by a two-sided test at 5 %, an equal system passes a gate at 5 %"
    if plan.gates > 1:
        yield f"an equal system passes {plan.gates} such gates in 80 %: each has a power of {plan.power:.1%}"
    else:
        yield "several gates at once: each must pass, so the chances multiply (--gates)"
    if plan.clusters is not None:
        yield f"instances share {plan.clusters} clusters: no test finds a p below {smallest_p(plan.clusters):.2g}"
        yield "numbers of instances are of independent ones"


def _headline(comparison: RunComparison) -> str:
    if len(comparison.pairs) == 1:
        return _sentence(comparison.pairs[0])
    found = sum(one.finding != NOT_FOUND for one in comparison.pairs)
    return f"{counted(len(comparison.pairs), 'comparison')}, a difference found in {found} (p adjusted by Holm)"


def _sentence(pair: PairComparison, *, several: bool = False) -> str:
    which = f"{pair.benchmark}: {pair.candidate} against {pair.baseline}" if several else pair.benchmark
    if pair.observed.difference is None:
        k = pair.metric.removeprefix("pass@")
        lacking = "a verdict" if k == "1" else f"{k} graded samples"
        return f"{which}: nothing to compare: no instance has {lacking} in both runs"
    difference = f"{pair.metric} {difference_text(pair.observed)}"
    if several or pair.finding == NOT_FOUND:
        return f"{which}: {pair.finding}: {difference}"
    return f"{which}: {pair.candidate} is {pair.finding} than {pair.baseline}: {difference}"


def difference_text(found: Bounds | None) -> str:
    """Say a difference in points, with its interval."""
    if found is None or found.difference is None:
        return "-"
    text = f"{100 * found.difference:+.1f}"
    if found.low is not None and found.high is not None:
        text += f" ({100 * found.low:+.1f} to {100 * found.high:+.1f})"
    return f"{text} points"


def _allowed(differences: Iterable[Difference]) -> Iterator[str]:
    for one in differences:
        yield f"differs, and was allowed: {one.name}: {one.baseline} in {one.runs[0]}, {one.candidate} in {one.runs[1]}"


def _runs(runs: Sequence[Side]) -> Block:
    rows = []
    for run in runs:
        for name, score in run.scores.items():
            interval = (
                "-" if score.low is None or score.high is None else f"{percent(score.low)} to {percent(score.high)}"
            )
            value = percent(score.value)
            rows.append((f"{run.run} pass@{name}", run.benchmark, run.model or "-", value, interval, str(score.n)))
        rows += [
            (f"{run.run} {name}", run.benchmark, run.model or "-", percent(value), "-", "-")
            for name, value in run.others.items()
        ]
        rows += [
            (f"{run.run} {AMOUNTS[name]}", run.benchmark, run.model or "-", amount_text(name, value), "-", "-")
            for name, value in run.amounts.items()
            if value
        ]
    lines = [f"{run.run}: NOT VALID: {run.invalid}" for run in runs if run.invalid]
    return Block(
        title="Runs",
        head=("score", "benchmark", "model", "value", "95 % interval", "instances"),
        rows=tuple(rows),
        lines=tuple(lines),
    )


def amount_text(name: str, value: float) -> str:
    """Say what a sample took at the mean."""
    if name == "cost_usd":
        return f"${value:.4f} a sample"
    return f"{value:,.0f} a sample" if name == "tokens" else f"{value:.3f} s a sample"


def _pair(pair: PairComparison, *, several: bool) -> list[Block]:
    rows = [
        (pair.metric, f"{percent(pair.baseline_score)} and {percent(pair.candidate_score)}"),
        ("difference", difference_text(pair.observed) + (f", 95 % by {pair.method}" if pair.method else "")),
        ("p", _p(pair, several=several)),
        (
            "fixes and breaks",
            f"{pair.wins} solved more often, {pair.losses} less often, of {pair.observed.instances} instances",
        ),
    ]
    rows += _order(pair)
    if pair.clusters is not None and pair.design_effect is not None:
        rows.append(("clusters", f"{pair.clusters}, design effect {pair.design_effect:.2f}"))
    if pair.missing_samples:
        rows.append(
            (
                f"if {counted(pair.missing_samples, 'missing sample')} failed or passed",
                f"worst {difference_text(pair.worst)}, best {difference_text(pair.best)}",
            )
        )
    if pair.smallest_difference is not None:
        rows.append(
            ("smallest difference", f"{points(pair.smallest_difference)} would have been found with 80 % power")
        )
    rows += [(AMOUNTS[name], _ratio(ratio)) for name, ratio in pair.ratios.items()]
    left_out = (f"left out: {counted(count, 'instance')} {why}" for why, count in pair.left_out.items())
    lines = [*left_out, *pair.warnings]
    if pair.finding == NOT_FOUND and pair.observed.instances:
        lines.append(NO_PROOF_OF_EQUAL)
    title = f"{pair.candidate} against {pair.baseline}"
    return [
        Block(title=title, head=("what", "value"), rows=tuple(rows), lines=tuple(lines)),
        *_changes(title, pair.fixed, pair.broken),
    ]


def _order(pair: PairComparison) -> Iterator[tuple[str, str]]:
    if pair.order is not None:
        chance = 100 * pair.order.candidate_better
        means = f"{pair.order.baseline.mean:.3f} and {pair.order.candidate.mean:.3f}"
        name = f"Bayes@{pair.order.samples}" + ("" if pair.metric == "pass@1" else f" of {pair.metric}")
        yield (
            "on these very instances",
            f"better with a chance of {chance:.1f} %; {name} {means} orders them, and is no score",
        )


def _p(pair: PairComparison, *, several: bool) -> str:
    if not pair.observed.instances:
        return "-"
    middle = "" if pair.mid_p is None else f", mid-p {pair.mid_p:.4f}"
    text = f"{pair.p:.4f} ({pair.test}{middle})"
    return f"{text}, {pair.p_adjusted:.4f} by Holm" if several else text


def _ratio(ratio: Ratio) -> str:
    if ratio.value is None:
        return "-"
    text = f"{ratio.value:.2f} times"
    if ratio.low is not None and ratio.high is not None:
        text += f" ({ratio.low:.2f} to {ratio.high:.2f})"
    return f"{text}, {counted(ratio.n, 'instance')}"


def _reason(text: str) -> str:
    return text if len(text) <= _REASON_CHARS else f"{text[: _REASON_CHARS - 1]}…"


def _changes(title: str, fixed: Sequence[Changed], broken: Sequence[Changed]) -> list[Block]:
    blocks = []
    for word, changed in (("broke", broken), ("fixed", fixed)):
        if not changed:
            continue
        rows = tuple(
            (
                one.instance_id,
                one.before,
                one.after,
                _reason(one.reason) or "-",
                one.candidate_log or one.baseline_log or "-",
            )
            for one in changed[:SHOWN]
        )
        more = (f"and {len(changed) - SHOWN} more: see --json",) if len(changed) > SHOWN else ()
        blocks.append(
            Block(
                title=f"{title}: {word} {counted(len(changed), 'instance')}",
                head=_CHANGED_HEAD,
                rows=rows,
                lines=(*more, "boxscore show RUN ID shows answers and what they printed, of either run"),
            )
        )
    return blocks


def _gate_row(one: GatedPair) -> tuple[str, ...]:
    under = "" if one.under is None else f", at least {percent(one.under)}"
    return (
        one.benchmark,
        _WORDS[one.verdict],
        difference_text(one.observed),
        difference_text(one.worst) if one.missing_samples else "-",
        difference_text(one.best) if one.missing_samples else "-",
        "-" if one.margin is None else points(one.margin),
        f"{percent(one.score)}{under}",
    )


def _gate_notes(one: GatedPair) -> Iterator[str]:
    for why, count in one.left_out.items():
        yield f"{one.benchmark}: left out: {counted(count, 'instance')} {why}"
    yield from (f"{one.benchmark}: {line}" for line in one.warnings)
    if one.equal_pass is not None and one.smallest_margin is not None and one.equal_pass < POWER:
        yield (
            f"{one.benchmark}: too few instances for this margin: an equal system passes with a chance of "
            f"{100 * one.equal_pass:.0f} %; for 80 % allow a margin of {points(one.smallest_margin)}, or grade more"
        )


def group_table(found: Grouped) -> tuple[tuple[str, ...], ...]:
    """The runs on each group, a row each, below the head of the table."""
    head = (found.by, "instances", "run", found.metric, "points against the first", "p by Holm")
    rows = (
        (
            group.value,
            f"{group.instances:,}",
            one.run,
            percent(one.score),
            difference_text(one.difference).removesuffix(" points"),
            "-" if one.p_adjusted is None else f"{one.p_adjusted:.4f}",
        )
        for group in found.groups
        for one in group.runs
    )
    return (head, *rows)


def group_lines(found: Grouped) -> list[str]:
    """What a reader must know of that table, and what is not in it."""
    lines = []
    if found.groups:
        lines.append("p is adjusted for all rows; each interval is at 95 % by itself")
    if found.too_few:
        few = first_of([f"{value} ({count})" for value, count in found.too_few.items()], SHOWN)
        lines.append(f"left out, with fewer than {found.least} instances: {few}")
    lines += [f"left out: {count} {why}" for why, count in found.left_out.items()]
    if found.lacking:
        lacking = ", ".join(f"{counted(count, 'instance')} in {run}" for run, count in found.lacking.items())
        lines.append(f"graded samples are lacking of {lacking}")
    return lines


def _grouped(found: Grouped) -> Block:
    head, *rows = group_table(found)
    return Block(title=f"{found.benchmark} by {found.by}", head=head, rows=tuple(rows), lines=tuple(group_lines(found)))


def _ranking(found: Ranked) -> Block:
    rows = tuple(
        (name, percent(mean), str(found.kemeny.index(name) + 1) if found.kemeny else "-")
        for name, mean in found.macro.items()
    )
    lines = []
    if found.kemeny and not found.kemeny_unique:
        lines.append("other orders agree with as many comparisons as the one by Kemeny")
    return Block(
        title=f"{len(found.benchmarks)} benchmarks, each of equal weight",
        head=("system", f"mean {found.metric}", "place by Kemeny"),
        rows=rows,
        lines=tuple(lines),
    )


def _size(plan: Planned) -> str:
    samples = "any number of samples" if plan.samples is None else counted(plan.samples, "sample")
    return f"{counted(plan.instances, 'instance')}, {samples} each"


def _smallest(plan: Planned) -> tuple[str, str, str]:
    return points(plan.difference), points(plan.difference_alike), points(plan.margin)
