"""A report for machines (`report.json`), for the web and pull requests (`report.md`), and for the terminal.

Identifiers and reasons come from files and boxes that nobody trusts: control characters never reach a terminal, and
markup in them is text.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from boxscore.records import Outcome
from boxscore.report.markdown import bullets, escape, markdown_table
from boxscore.report.numbers import counted, percent, points
from boxscore.report.printable import printable
from boxscore.report.sampling import (
    asked_rows,
    missing_lines,
    sampling_lines,
    took_rows,
)
from boxscore.report.tables import NamedRows
from boxscore.shown_json import printable_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from rich.console import RenderableType

    from boxscore.provenance import GradedUnder
    from boxscore.report.records import Flagged, Report, Spread
    from boxscore.score.statistics import Estimate

SHOWN = 20
_SHOWN = {
    "backend",
    "runtime",
    "strict",
    "image",
    "image_digest",
    "grading_version",
    "format_version",
    "benchmark",
    "title",
    "trust",
    "instances",
    "samples",
    "wall_s",
}  # elsewhere in the report
_SCORE_HEAD = ("score", "value", "95 % interval", "instances", "samples", "dropped", "method")
_MODELS_HEAD = ("score", "value", "95 % interval", "instances", "of submitted", "internal")
_UNNAMED = "(no name)"
_OUTCOME_HEAD = ("outcome", "results", "share")
_CONDITIONS_HEAD = (
    *("results", "backend", "runtime", "strict", "image", "image digest"),
    *("limits", "version", "boxscore"),
)
FLAGS_HEAD = ("sample", "outcome", "line", "rule", "text")
_CAUSES = 3  # of results that are left out
_REASON_WIDTH = 24  # at least, in a terminal
_FAILURES_HEAD = ("instance", "sample", "outcome", "reason")
_SLOW_HEAD = ("instance", "sample", "outcome", "cpu", "wall")


def render_json(report: Report) -> bytes:
    """`report.json`: every field, indented, with a newline at the end."""
    return printable_json(msgspec.json.format(msgspec.json.encode(report), indent=2)) + b"\n"


def render_markdown(report: Report) -> str:
    """`report.md`: the whole report, long lists cut to their beginnings."""
    blocks = [
        f"# {escape(headline(report))}",
        bullets(_notes(report)),
        *_markdown_scores(report),
        *_markdown_sampling(report),
        "## Outcomes",
        markdown_table(_OUTCOME_HEAD, _outcome_rows(report)),
        *_markdown_failures(report),
        *_markdown_flags(report),
        *_markdown_left_out(report),
        "## What this run can tell",
        bullets(_power_lines(report)),
        "## Time",
        bullets(
            (
                f"the run took {'not known' if report.wall_s is None else _seconds(report.wall_s)}",
                _spread("cpu", report.timing.cpu_s),
                _spread("wall", report.timing.wall_s),
            )
        ),
        markdown_table(_SLOW_HEAD, _slow_rows(report)),
        "## Conditions",
        markdown_table(_CONDITIONS_HEAD, _conditions_rows(report)),
        markdown_table(("what", "value"), _condition_rows(report)),
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def render_terminal(report: Report, *, failures: int = 0, folder: str | None = None) -> RenderableType:
    """What stands in the terminal after a run: scores, outcomes, the first failures, and what to be careful about.

    It ends with where the report is, if `folder` says so.
    """
    from rich.console import Group  # noqa: PLC0415 - slow to import
    from rich.text import Text  # noqa: PLC0415 - slow to import

    sampling = report.provenance.sampling
    asked = () if sampling is None else sampling_lines(sampling)
    lines = [f"• {line}" for line in (*_notes(report), *asked, _detectable(report))]
    if folder is not None:
        named = "" if report.run_id == folder.rpartition("/")[2] else f" of run {report.run_id}"
        lines.append(f"report{named}: {folder}/report.md (report.json, junit.xml and results.jsonl beside it)")
    return Group(
        Text(headline(report), style="bold red" if report.invalid else "bold"),
        _rich_table(*_scores_table(report)),
        _rich_table(_OUTCOME_HEAD, _outcome_rows(report)),
        *_terminal_failures(report, failures),
        *(Text(printable(line, 1000)) for line in lines),
    )


def _terminal_failures(report: Report, most: int) -> Iterator[RenderableType]:
    """The first failures of a run, if there are any."""
    shown = [tuple(map(printable, row)) for row in _failure_rows(report, most)]
    if shown:
        title = f"first {len(shown)} of {counted(report.failed_samples, 'failure')}"
        yield NamedRows(_FAILURES_HEAD, shown, cut=_REASON_WIDTH, title=title)


def headline(report: Report) -> str:
    """The result of a run in one line."""
    if report.models:
        invalid = "INVALID RUN: " if report.invalid else ""
        return printable(f"{report.benchmark}: {invalid}{len(report.models)} models, {_trust(report)}")
    k, score = next(iter(report.pass_at_k.items()))
    name = f"pass@{k}"
    text = f"{name} {percent(score.value)}"
    if score.value is None:
        text = f"{name} not computed" if report.samples or not report.ungraded_samples else "no verdict yet"
    if score.low is not None and score.high is not None:
        text += f" ({percent(score.low)} to {percent(score.high)})"
    what = report.benchmark if report.model is None else f"{report.benchmark}, {report.model or _UNNAMED}"
    return printable(f"{what}: {'INVALID RUN: ' if report.invalid else ''}{text}, {_trust(report)}")


def _trust(report: Report) -> str:
    if len(report.trust_samples) < 2:  # noqa: PLR2004 - several
        return f"trust {report.trust}"
    return "trust " + ", ".join(f"{level} ({count})" for level, count in report.trust_samples.items())


def _notes(report: Report) -> list[str]:
    """All that qualifies the scores, warnings first; in a report without any, there is nothing to qualify."""
    notes = [report.invalid_reason] if report.invalid_reason else []
    if report.provenance.alarm is not None:
        notes.append(f"stopped by the alarm: {report.provenance.alarm}")
    notes.extend(f"warning: {text}" for text in report.warnings)
    sampling = report.provenance.sampling
    unsampled = 0 if sampling is None else sampling.planned - sampling.sampled
    notes.extend(() if sampling is None else missing_lines(sampling))
    if report.ungraded_samples > unsampled:
        ungraded = counted(report.ungraded_samples - unsampled, "sample")
        notes.append(f"{ungraded} not graded yet: {_why_ungraded(report)}")
    notes += _missing(report)
    if report.unresolvable:
        one = report.unresolvable[0]
        notes.append(
            f"not charged: {counted(report.unresolvable_samples, 'sample')} of "
            f"{counted(len(report.unresolvable), 'instance')} that cannot be resolved here, the first, "
            f"{one.instance_id}: {one.reason}"
        )
    if report.flagged_samples:
        name, _, place, rule, _ = next(flag_rows(report.flagged), ("-",) * 5)
        flagged = counted(report.flagged_samples, "sample")
        notes.append(f"flagged, for people to judge: {flagged}, the first, {name}, by {rule} at {place}")
    notes += _left_out(report)
    notes += _provenance_counts(report)
    for name, score in _scores(report):
        notes.extend(f"{name}: {text}" for text in (score.reason, *score.warnings) if text)
    return notes


def _why_ungraded(report: Report) -> str:
    reason = report.provenance.ungraded_reason
    if reason is None:
        return "the run was interrupted"
    return f"the run {'could not go on' if report.samples else 'was refused'}: {reason}"


def _left_out(report: Report) -> Iterator[str]:
    """What was withheld or left out as internal, what that may change, and why, with the most frequent cause first."""
    bracket = ""
    if report.bracket.if_failed is not None and report.bracket.if_passed is not None:
        bracket = (
            f"; pass@1 would be {percent(report.bracket.if_failed)} had they all failed, "
            f"{percent(report.bracket.if_passed)} had they all passed"
        )
    if report.withheld_samples:
        text = f"withheld: {report.withheld_samples:,} passed below {report.provenance.least_trust}"
        yield text if report.excluded else text + bracket
    if not report.excluded:
        return
    results = counted(report.excluded_samples, "result")
    yield f"left out as internal: {results} of {counted(report.excluded_instances, 'instance')}{bracket}"
    causes = Counter(one.reason for one in report.excluded)
    for cause, count in causes.most_common(_CAUSES):
        first = next(one for one in report.excluded if one.reason == cause)
        of_them = "" if count == 1 else f"{counted(count, 'result')}, "
        yield f"left out as internal, {of_them}the first, {first.instance_id} {first.sample_id}: {cause}"
    if len(causes) > _CAUSES:
        yield f"left out as internal for {counted(len(causes) - _CAUSES, 'other reason')}: see report.json"


def _missing(report: Report) -> Iterator[str]:
    """What is not among the graded instances, or of several models among those of any, and what counts for it."""
    counts_missing = report.pass_at_k_submitted or any(one.pass_at_k_submitted for one in report.models)
    without_sample = report.instances - report.resolved.submitted if counts_missing else 0
    every, whose = (
        counted(report.instances, "instance"),
        " of any model" if report.models else "",
    )
    if without_sample:
        yield f"{without_sample:,} of {every} without a sample{whose}, counted as not resolved"
    left = report.missing_instances - without_sample
    if left:
        yield f"{left:,} of {every} without a result{whose}, not in the scores"
    if (report.unresolvable or report.missing) and report.resolved.of_all is not None and not report.models:
        yield _resolved(report)


def _resolved(report: Report) -> str:
    """The share of all instances, and of those that can be resolved here, which is what a score should be given by."""
    found = report.resolved
    every = f"all {counted(report.instances, 'instance')}"
    if found.solved == int(found.solved) and report.samples <= found.submitted:
        are = "is" if found.solved == 1 else "are"
        share = f"of {every}, {found.solved:.0f} {are} resolved ({percent(found.of_all)})"
    else:  # several samples of an instance resolve a part of it
        share = f"over {every}, pass@1 is {percent(found.of_all)}"
    shares = [f"{share} if those without a verdict count as not resolved"]
    if found.submitted < report.instances:
        shares.append(f"{percent(found.of_submitted)} over the {found.submitted:,} that have a sample")
    if report.unresolvable:
        shares.append(f"{percent(found.of_resolvable)} over the {found.resolvable:,} whose reference resolves here")
    return "; ".join(shares)


def _provenance_counts(report: Report) -> Iterator[str]:
    if report.copied_samples:
        samples = counted(report.samples, "sample")
        are = "is a copy" if report.copied_samples == 1 else "are copies"
        yield f"identical code was graded once: {report.copied_samples:,} of {samples} {are}"
    origins: Counter[str] = Counter()
    for one in report.conditions:
        origins[_place(one)] += one.samples
    if len(origins) > 1:
        counts = ", ".join(f"{samples} {place}" for place, samples in origins.most_common())
        yield f"results came about under different conditions: {counts}"


def _place(one: GradedUnder) -> str:
    """Conditions in short, without limits and sources: these are those of each instance's own task."""
    found = one.conditions
    if found is None:
        return "under conditions that are not recorded"
    parts = [f"{found.backend}{f' ({found.runtime})' if found.runtime else ''}", *(["strict"] if found.strict else [])]
    parts += [] if found.gate else ["no reference gate"]
    parts += [f"image {found.image_digest[-12:]}" if found.image_digest else "images of their own"]
    parts += [f"boxscore {one.boxscore}"]
    return f"in {', '.join(parts)}"


def _scores(report: Report) -> Iterator[tuple[str, Estimate]]:
    if not report.parts:
        yield from ((f"pass@{k}", score) for k, score in report.pass_at_k.items())
    for part, scores in report.parts.items():
        yield from ((f"{part} pass@{k}", score) for k, score in scores.items())
    if report.resolved.submitted < report.instances:
        yield from ((f"pass@{k} of those submitted", score) for k, score in report.pass_at_k_submitted.items())


def _scores_table(report: Report) -> tuple[Sequence[str], Iterator[tuple[str, ...]]]:
    return (_MODELS_HEAD, _model_rows(report)) if report.models else (_SCORE_HEAD, _score_rows(report))


def _markdown_scores(report: Report) -> Iterator[str]:
    yield "## Models" if report.models else "## Scores"
    yield markdown_table(*_scores_table(report))
    if report.models:
        yield bullets(f"{one.model or _UNNAMED}: {one.report}" for one in report.models)


def _markdown_sampling(report: Report) -> Iterator[str]:
    record = report.provenance.sampling
    if record is not None:
        yield "## Sampling"
        yield markdown_table(("what", "value"), (*asked_rows(record), *took_rows(record)))


def _model_rows(report: Report) -> Iterator[tuple[str, ...]]:
    for one in report.models:
        name = f"{one.model or _UNNAMED}{' (invalid)' if one.invalid else ''}"
        left_out = str(one.excluded_samples + one.unresolvable_samples + one.withheld_samples)
        for k, score in one.pass_at_k.items():
            beside = one.pass_at_k_submitted.get(k, score)
            submitted = f"{_value_and_interval(beside)[0]} of {beside.n:,}"
            yield (f"{name} pass@{k}", *_value_and_interval(score), str(score.n), submitted, left_out)


def _value_and_interval(score: Estimate) -> tuple[str, str]:
    interval = "-"
    if score.low is not None and score.high is not None:
        interval = f"{percent(score.low)} to {percent(score.high)}"
    return percent(score.value), interval


def _score_rows(report: Report) -> Iterator[tuple[str, ...]]:
    for name, score in _scores(report):
        value, interval = _value_and_interval(score)
        counts = (str(score.n), str(score.samples), str(score.dropped))
        yield (name, value, interval, *counts, score.method or "-")


def _outcome_rows(report: Report) -> Iterator[tuple[str, ...]]:
    for outcome, count in report.outcomes.items():
        share = "not a sample" if outcome == Outcome.INTERNAL else percent(count / report.samples)
        yield outcome, str(count), share


def _failure_rows(report: Report, most: int) -> Iterator[tuple[str, ...]]:
    yield from ((one.instance_id, one.sample_id, one.outcome.value, one.reason) for one in report.failures[:most])


def _markdown_failures(report: Report) -> Iterator[str]:
    if report.failures:
        yield "## Failures"
        yield markdown_table(_FAILURES_HEAD, _failure_rows(report, SHOWN))
        left = report.failed_samples - min(SHOWN, len(report.failures))
        yield f"and {counted(left, 'sample')} more (see results.jsonl)" if left else ""


def _markdown_flags(report: Report) -> Iterator[str]:
    if report.flagged:
        yield "## Flags"
        yield "Hints at forged test runs, for people to judge: no verdict hangs on them."
        yield markdown_table(FLAGS_HEAD, flag_rows(report.flagged[:SHOWN]))
        left = report.flagged_samples - min(SHOWN, len(report.flagged))
        yield f"and {counted(left, 'sample')} more (see results.jsonl)" if left else ""


def flag_rows(flagged: Iterable[Flagged]) -> Iterator[tuple[str, ...]]:
    """A row for each flag of samples."""
    for one in flagged:
        name = f"{one.instance_id} {one.sample_id}"
        yield from ((name, one.outcome.value, flag.place, flag.rule, flag.text) for flag in one.flags)


def _markdown_left_out(report: Report) -> Iterator[str]:
    if report.missing:
        yield "## Instances without a result"
        yield ", ".join(escape(name) for name in report.missing[:SHOWN]) + _more(report.missing_instances)
    if report.unresolvable:
        yield "## Instances that cannot be resolved here"
        found = report.unresolvable[:SHOWN]
        yield markdown_table(
            ("instance", "samples", "why"), ((one.instance_id, str(one.samples), one.reason) for one in found)
        )
        yield _more(len(report.unresolvable)).lstrip()
    if report.excluded:
        yield "## Left out as internal"
        rows = ((one.instance_id, one.sample_id, one.reason) for one in report.excluded[:SHOWN])
        yield markdown_table(("instance", "sample", "reason"), rows)
        yield _more(report.excluded_samples).lstrip()


def _detectable(report: Report) -> str:
    least = report.smallest_detectable_difference
    text = f"not computed ({least.reason})"
    if least.paired is not None and least.unpaired is not None:
        text = f"{_points(least.paired)} compared by instance, {_points(least.unpaired)} otherwise"
        if least.paired > 1 and least.unpaired > 1:
            text = "none, it has too few instances"
    return f"smallest difference this run could detect: {text}"


def _power_lines(report: Report) -> list[str]:
    least, split = report.smallest_detectable_difference, report.variance
    lines = [_detectable(report)]
    if least.assumptions:
        lines.append(f"supposed for it: {least.assumptions}")
    if split.within is None or split.between is None:
        lines.append(f"variance of scores within and between instances: not computed ({split.reason})")
    else:
        lines.append(
            f"variance of scores: {split.between:.4f} between instances, which only more instances help against, and "
            f"{split.within:.4f} within, which more samples divide"
        )
    return lines


def _spread(name: str, one: Spread) -> str:
    if one.median is None or one.p95 is None or one.max is None:
        return f"{name} time per sample: not measured"
    figures = f"median {_seconds(one.median)}, 95 % below {_seconds(one.p95)}, longest {_seconds(one.max)}"
    return f"{name} time per sample: {figures} ({counted(one.n, 'sample')})"


def _slow_rows(report: Report) -> Iterator[tuple[str, ...]]:
    for one in report.slowest:
        cpu = "-" if one.cpu_s is None else _seconds(one.cpu_s)
        yield one.instance_id, one.sample_id, one.outcome.value, cpu, _seconds(one.wall_s)


def _conditions_rows(report: Report) -> Iterator[tuple[str, ...]]:
    for one in report.conditions[:SHOWN]:
        found = one.conditions
        if found is None:
            yield str(one.samples), *("not recorded",) * 7, one.boxscore or "not recorded"
            continue
        limits = ", ".join(f"{name} {value}" for name, value in msgspec.structs.asdict(found.limits).items())
        where = found.backend, found.runtime or "-", str(found.strict).lower()
        image = found.image or "-", found.image_digest or "each instance's own"
        yield str(one.samples), *where, *image, limits, found.version, one.boxscore


def _condition_rows(report: Report) -> Iterator[tuple[str, str]]:
    """Limits, defences and provenance; facts that are not known are left out, long collections are in the JSON."""
    yield "trust", report.trust.value
    yield "defences in force", ", ".join(report.layers) or "none recorded"
    if report.layers_of_some:
        yield "defences in force for some samples only", ", ".join(report.layers_of_some)
    for name, value in msgspec.to_builtins(report.provenance).items():
        if name == "versions":
            yield from ((f"version of {what}", str(version)) for what, version in value.items())
        elif name not in _SHOWN and isinstance(value, str | int | float) and value != "":
            yield name, str(value)


def _rich_table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> NamedRows:
    return NamedRows(head, (tuple(map(printable, row)) for row in rows), right=range(1, 6))


def _more(total: int) -> str:
    return f" and {total - SHOWN} more (see report.json)" if total > SHOWN else ""


def _points(difference: float) -> str:
    return points(difference) if difference <= 1 else "none"


def _seconds(seconds: float) -> str:
    return f"{seconds:.3f} s" if seconds < 10 else f"{seconds:.1f} s"  # noqa: PLR2004 - three figures are enough
