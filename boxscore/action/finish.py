"""The step *finish*: says what the verdict is, in the job's summary and in annotations, and lets the job fail by it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.action.verdict import read_verdict
from boxscore.action.workflow import MOST_ANNOTATIONS, SUMMARY_BYTES, add_summary, annotate
from boxscore.report.markdown import bullets, escape, markdown_table
from boxscore.report.numbers import counted, percent, points
from boxscore.score.noninferiority import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.action.inputs import Inputs, JobPaths
    from boxscore.action.verdict import ActionVerdict, Change, Judged

_ROOM_BYTES = 64 << 10  # for what the user's own steps add to the summary of this step's job
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._:/-]{1,500}")


def finish(inputs: Inputs, paths: JobPaths, environ: Mapping[str, str]) -> int:
    """Tell the verdict; return its exit code, or 0 for an inconclusive one that is only to be warned of."""
    del inputs
    verdict = read_verdict(paths.verdict_file)
    url = environ.get("ARTIFACT_URL", "")
    used_bytes = _size(environ.get("GITHUB_STEP_SUMMARY"))
    room = max(SUMMARY_BYTES - _ROOM_BYTES - used_bytes, 0)
    text = summary_text(verdict, artifact_url=url if _ADDRESS.fullmatch(url) else "", most_bytes=room)
    add_summary(text, environ)
    for kind, title, message in _annotations(verdict):
        annotate(kind, message, title=title)
    return verdict.exit_code if verdict.job_fails else 0


def _annotations(verdict: ActionVerdict) -> Iterator[tuple[str, str, str]]:
    """Yield one of the verdict, and warnings for the instances that broke, as many as a step may have."""
    why, one = _reasons(verdict), verdict.judged
    kind = "error" if verdict.job_fails else "warning" if verdict.verdict.value != "pass" else "notice"
    yield kind, headline(verdict), "; ".join(why) or verdict.verdict.value
    if one is None:
        return
    room = MOST_ANNOTATIONS - (kind == "warning")
    shown = one.breaks if one.broken <= room else one.breaks[: room - 1]
    for change in shown:
        reason = f": {change.reason}" if change.reason else ""
        message = f"{change.instance_id}: {change.before} before, {change.after} now{reason}"
        yield "warning", f"{one.benchmark}: newly broken", message
    if one.broken > len(shown):
        more = f"and {one.broken - len(shown):,} more: see the job's summary and the artifact"
        yield "warning", "newly broken", more


def _reasons(verdict: ActionVerdict) -> list[str]:
    one = verdict.judged
    return [*verdict.reasons, *([f"{one.benchmark}: {one.reason}"] if one is not None and one.reason else [])]


def _size(path: str | None) -> int:
    return Path(path).stat().st_size if path and Path(path).is_file() else 0


_HEAD = ("benchmark", "verdict", "score (95 %)", "difference (90 %)", "margin", "fixed", "broken", "internal", "cost")
_CHANGED = ("instance", "before", "after", "why")
_FLAGS = ("sample", "line", "rule", "text")
_CUT = "\n\n(cut here: the artifact has all of it)\n"


def summary_text(verdict: ActionVerdict, *, artifact_url: str = "", most_bytes: int) -> str:
    """The job's summary: everything that there is room for."""
    return cut_lines("\n\n".join(_parts(verdict, artifact_url)) + "\n", most_bytes)


def cut_lines(text: str, most_bytes: int) -> str:
    """Cut a text of whole lines to at most this many bytes, and say so; empty where not even that has room."""
    data = text.encode(errors="replace")
    if len(data) <= most_bytes:
        return data.decode()
    if most_bytes < len(_CUT.encode()):
        return ""
    kept = data[: most_bytes - len(_CUT.encode())]
    return kept[: kept.rfind(b"\n") + 1].decode(errors="ignore").rstrip("\n") + _CUT


def headline(verdict: ActionVerdict) -> str:
    """The verdict in a line."""
    of = "" if verdict.judged is None else f" on {verdict.judged.benchmark}"
    return f"{verdict.name}: {verdict.verdict.upper()}{of}"


def _parts(verdict: ActionVerdict, link: str) -> Iterator[str]:
    yield f"## {escape(headline(verdict))}"
    one = verdict.judged
    if one is not None:
        yield markdown_table(_HEAD, [_row(one)])
    lines = _reasons(verdict)
    if verdict.verdict is Verdict.INCONCLUSIVE and verdict.warn:
        lines.append("inconclusive verdicts do not fail this job (on-inconclusive: warn)")
    yield bullets([*lines, *verdict.notes])
    if link:
        yield f"[run and artifacts]({link})"
    if one is not None:
        yield from _changes(one, "broke", one.breaks, one.broken)
        yield from _changes(one, "fixed", one.fixes, one.fixed)
        yield from _flags(one)


def _changes(one: Judged, word: str, changes: Sequence[Change], count: int) -> Iterator[str]:
    if not count:
        return
    yield f"### {escape(one.benchmark)}: {word} {counted(count, 'instance')}"
    yield markdown_table(
        _CHANGED, [(each.instance_id, each.before, each.after, each.reason or "-") for each in changes]
    )
    if count > len(changes):
        yield f"and {counted(count - len(changes), 'more instance')}"


def _flags(one: Judged) -> Iterator[str]:
    if not one.flagged:
        return
    yield f"### {escape(one.benchmark)}: {counted(one.flagged, 'flagged sample')}"
    yield "Hints at forged test runs, for people to judge: no verdict hangs on them."
    yield markdown_table(_FLAGS, [(each.sample, each.place, each.rule, each.text) for each in one.flags])


def _row(one: Judged) -> tuple[str, ...]:
    under = "" if one.under is None else f", at least {percent(one.under)}"
    return (
        f"{one.benchmark}{f' by {one.model}' if one.model else ''}",
        one.verdict.upper(),
        f"pass@{one.k} {_interval(one.score, one.low, one.high, sign='', unit=' %')}{under}",
        _interval(one.difference, one.difference_low, one.difference_high, sign="+", unit=" points"),
        "-" if one.margin is None else points(one.margin),
        f"{one.fixed:,}",
        f"{one.broken:,}",
        f"{one.internal:,}",
        "-" if one.cost_usd is None else f"${one.cost_usd:.2f}",
    )


def _interval(value: float | None, low: float | None, high: float | None, *, sign: str, unit: str) -> str:
    if value is None:
        return "-"
    text = f"{100 * value:{sign}.1f}"
    if low is not None and high is not None:
        text += f" ({100 * low:{sign}.1f} to {100 * high:{sign}.1f})"
    return text + unit
