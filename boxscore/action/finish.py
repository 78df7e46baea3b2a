"""The step *finish*: says what the verdict is, in the job's summary and in annotations, and lets the job fail by it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.action.text import headline, summary_text
from boxscore.action.verdict import read_verdict
from boxscore.action.workflow import MOST_ANNOTATIONS, SUMMARY_BYTES, add_summary, annotate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore.action.inputs import Inputs
    from boxscore.action.places import Places
    from boxscore.action.verdict import ActionVerdict, Change

_ROOM_BYTES = 64 << 10  # for what the user's own steps add to the summary of this step's job
_ADDRESS = re.compile(r"https?://[A-Za-z0-9._:/-]{1,500}")


def finish(inputs: Inputs, places: Places, environ: Mapping[str, str]) -> int:
    """Tell the verdict; return its exit code, or 0 for an inconclusive one that is only to be warned of."""
    del inputs
    verdict = read_verdict(places.verdict_file)
    url = environ.get("ARTIFACT_URL", "")
    taken = _size(environ.get("GITHUB_STEP_SUMMARY"))
    room = max(SUMMARY_BYTES - _ROOM_BYTES - taken, 0)
    text = summary_text(verdict, artifact_url=url if _ADDRESS.fullmatch(url) else "", most_bytes=room)
    add_summary(text, environ)
    for kind, title, message in _annotations(verdict):
        annotate(kind, message, title=title)
    return verdict.exit_code if verdict.job_fails else 0


def _annotations(verdict: ActionVerdict) -> Iterator[tuple[str, str, str]]:
    """Yield one of the verdict, and warnings for the instances that broke, as many as a step may have."""
    why = [*verdict.reasons, *(f"{one.benchmark}: {one.reason}" for one in verdict.benchmarks if one.reason)]
    kind = "error" if verdict.job_fails else "warning" if verdict.verdict.value != "pass" else "notice"
    yield kind, headline(verdict), "; ".join(why) or verdict.verdict.value
    broken = [(one.benchmark, change) for one in verdict.benchmarks for change in one.breaks]
    count = sum(one.broken for one in verdict.benchmarks)
    room = MOST_ANNOTATIONS - (kind == "warning")
    shown = broken if count <= room else broken[: room - 1]
    for bench, change in shown:
        yield "warning", f"{bench}: newly broken", _broken(change)
    if count > len(shown):
        yield "warning", "newly broken", f"and {count - len(shown):,} more: see the job's summary and the artifact"


def _broken(change: Change) -> str:
    reason = f": {change.reason}" if change.reason else ""
    return f"{change.instance_id}: {change.before} before, {change.after} now{reason}"


def _size(path: str | None) -> int:
    return Path(path).stat().st_size if path and Path(path).is_file() else 0
