"""The report of several runs that one command graded: a row for each, from their own reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.report.markdown import bullets, markdown_table
from boxscore.report.numbers import counted, percent
from boxscore.report.printable import printable
from boxscore.report.records import ModelScore  # noqa: TC001 - msgspec resolves the annotations
from boxscore.score.statistics import Estimate  # noqa: TC001 - msgspec resolves the annotations

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import RenderableType

    from boxscore.report.records import Report

SCHEMA_VERSION = 1
_NO_FAILURE = ("passed", "internal")  # what is left out has a column of its own
_HEAD = ("benchmark", "instances", "samples", "score", "value", "95 % interval", "left out", "trust", "time")


class BenchmarkScore(Struct, frozen=True, kw_only=True):
    """One run of several: what its own report says, in short; `folder` is its run directory, below the parent's.

    Where several models gave its samples, `models` has the scores and `pass_at_k` is empty. `error` says why the run
    came to no report.
    """

    benchmark: str
    folder: str
    instances: int = 0
    samples: int = 0
    pass_at_k: dict[str, Estimate] = {}
    models: tuple[ModelScore, ...] = ()
    excluded_samples: int = 0
    unresolvable_samples: int = 0
    withheld_samples: int = 0
    ungraded_samples: int = 0
    missing_instances: int = 0
    outcomes: dict[str, int] = {}
    trust_samples: dict[str, int] = {}
    wall_s: float | None = None
    invalid: bool = False
    invalid_reason: str | None = None
    error: str | None = None


class SeveralReport(Struct, frozen=True, kw_only=True):
    """`report.json` of a folder of runs. `wall_s` is that of the command."""

    schema_version: int = SCHEMA_VERSION
    run_id: str
    benchmarks: tuple[BenchmarkScore, ...]
    started: str = ""
    wall_s: float | None = None


def score_of(folder: str, report: Report) -> BenchmarkScore:
    """What a run's own report says, in short."""
    return BenchmarkScore(
        benchmark=report.benchmark,
        folder=folder,
        instances=report.instances,
        samples=report.samples,
        pass_at_k={} if report.models else report.pass_at_k,
        models=report.models,
        excluded_samples=report.excluded_samples,
        unresolvable_samples=report.unresolvable_samples,
        withheld_samples=report.withheld_samples,
        ungraded_samples=report.ungraded_samples,
        missing_instances=report.missing_instances,
        outcomes=dict(report.outcomes),
        trust_samples=report.trust_samples,
        wall_s=report.wall_s,
        invalid=report.invalid,
        invalid_reason=report.invalid_reason,
    )


def render_json(report: SeveralReport) -> bytes:
    """Lay out `report.json`."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def render_markdown(report: SeveralReport) -> str:
    """Lay out `report.md`."""
    parts = [
        f"# {counted(len(report.benchmarks), 'benchmark')}",
        markdown_table(_HEAD, _rows(report)),
        bullets(_notes(report)),
        bullets(f"{one.benchmark}: {one.folder}/report.md" for one in report.benchmarks if one.error is None),
    ]
    return "\n\n".join(filter(None, parts)) + "\n"


def render_terminal(
    report: SeveralReport, folder: str, *, each: Mapping[str, Report] | None = None, failures: int = 0
) -> RenderableType:
    """Lay out the report for a terminal, with the first failures of each run whose own report `each` has."""
    from rich.console import Group  # noqa: PLC0415 - slow to import
    from rich.text import Text  # noqa: PLC0415 - slow to import

    from boxscore.report.render import terminal_failures  # noqa: PLC0415 - needs rich
    from boxscore.report.tables import NamedRows  # noqa: PLC0415 - needs rich

    own = each or {}

    rows = [tuple(map(printable, row)) for row in _rows(report)]
    lines = [f"• {printable(note, 1000)}" for note in _notes(report)]
    lines.append(printable(f"{folder}/report.md (report.json beside it); each run is in the folder of its name there"))
    if any(_failed(one) > _shown(own.get(one.folder), failures) for one in report.benchmarks):
        lines.append(printable(f"which samples failed, and why: boxscore report {folder}/NAME"))
    tables = [table for name, run in own.items() for table in terminal_failures(run, failures, of=name)]
    return Group(NamedRows(_HEAD, rows, right=(1, 2, 4, 6, 8)), *tables, *map(Text, lines))


def _failed(one: BenchmarkScore) -> int:
    return sum(count for outcome, count in one.outcomes.items() if outcome not in _NO_FAILURE)


def _shown(report: Report | None, most: int) -> int:
    return 0 if report is None else len(report.failures[:most])


def _rows(report: SeveralReport) -> Iterator[tuple[str, ...]]:
    for one in report.benchmarks:
        if one.error is not None:
            yield (one.benchmark, *["-"] * (len(_HEAD) - 1))
            continue
        name = f"{one.benchmark}{' (invalid)' if one.invalid else ''}"
        facts = f"{one.instances:,}", f"{one.samples:,}"
        left_out = str(one.excluded_samples + one.unresolvable_samples + one.withheld_samples + one.ungraded_samples)
        rest = left_out, _trust(one.trust_samples), "-" if one.wall_s is None else f"{one.wall_s:.1f} s"
        for score, value in _scores(one):
            interval = f"{percent(value.low)} to {percent(value.high)}" if value.low is not None else "-"
            yield (name, *facts, score, percent(value.value), interval, *rest)


def _scores(one: BenchmarkScore) -> Iterator[tuple[str, Estimate]]:
    of: Sequence[tuple[str, Mapping[str, Estimate]]]
    of = [(f"{model.model or 'unnamed'} ", model.pass_at_k) for model in one.models] or [("", one.pass_at_k)]
    yield from ((f"{model}pass@{k}", value) for model, scores in of for k, value in scores.items())


def _trust(levels: Mapping[str, int]) -> str:
    if len(levels) == 1:
        return next(iter(levels))
    return ", ".join(f"{level} ({count:,})" for level, count in levels.items()) or "-"


def _notes(report: SeveralReport) -> Iterator[str]:
    for one in report.benchmarks:
        for reason in filter(None, (one.error, one.invalid_reason)):
            yield f"{one.benchmark}: {reason}"
        failed = [f"{count:,} {outcome}" for outcome, count in one.outcomes.items() if outcome not in _NO_FAILURE]
        if failed:
            yield f"{one.benchmark}: {', '.join(failed)}"
        if one.ungraded_samples:
            yield f"{one.benchmark}: {counted(one.ungraded_samples, 'sample')} not graded yet"
        if one.missing_instances:
            yield f"{one.benchmark}: {one.missing_instances:,} of {counted(one.instances, 'instance')} without a result"
    if report.wall_s is not None:
        yield f"all together took {report.wall_s:.1f} s"
