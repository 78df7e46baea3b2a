"""The verdict of the action, as one step leaves it for the next; it is small, however many instances changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.score.noninferiority import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore.action.inputs import JobPaths
    from boxscore.compare.records import Changed, GatedPair
    from boxscore.report.records import Report

CHANGES = 1000  # instances that are named, of those that broke and of those that were fixed
_TEXT = 300  # characters of an id or a reason
_REASON = 2000
EXIT_CODES = {Verdict.PASS: 0, Verdict.FAIL: 1, Verdict.INVALID: 3, Verdict.INCONCLUSIVE: 4}


class Change(Struct, frozen=True, kw_only=True):
    """An instance that one run solves and the other does not."""

    instance_id: str
    before: str
    after: str
    reason: str = ""


class FlaggedLine(Struct, frozen=True, kw_only=True):
    """A line of a patch that hints at a forged test run, for people to judge."""

    sample: str
    place: str
    rule: str
    text: str = ""


class Judged(Struct, frozen=True, kw_only=True):
    """A run: its score with a 95 % interval, and its difference to the baseline with a 90 % interval.

    What is not known, or has nothing to be compared with, is None. `fixed` and `broken` count all instances,
    `fixes` and `breaks` name the first of them; `flagged` counts samples with flags, and `flags` has the first.
    """

    benchmark: str
    model: str = ""
    verdict: Verdict
    reason: str = ""
    samples: int = 0
    k: int = 1
    score: float | None = None
    low: float | None = None
    high: float | None = None
    under: float | None = None
    difference: float | None = None
    difference_low: float | None = None
    difference_high: float | None = None
    margin: float | None = None
    smallest_margin: float | None = None
    internal: int = 0
    cost_usd: float | None = None
    fixed: int = 0
    broken: int = 0
    fixes: tuple[Change, ...] = ()
    breaks: tuple[Change, ...] = ()
    flagged: int = 0
    flags: tuple[FlaggedLine, ...] = ()


class ActionVerdict(Struct, frozen=True, kw_only=True):
    """All that the steps after the verdict must know. `warn`: an inconclusive one does not fail the job."""

    name: str
    verdict: Verdict
    exit_code: int
    warn: bool = False
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    judged: Judged | None = None

    @property
    def job_fails(self) -> bool:
        """Whether the job is to fail."""
        return self.verdict is not Verdict.PASS and not (self.verdict is Verdict.INCONCLUSIVE and self.warn)


def judged(report: Report, *, k: int, verdict: Verdict, reason: str, pair: GatedPair | None = None) -> Judged:
    """What is said of a benchmark, by its run's report and by the gate's words where it was judged."""
    score = report.pass_at_k.get(str(k)) or next(iter(report.pass_at_k.values()))
    sampling = report.provenance.sampling
    observed = None if pair is None else pair.observed
    return Judged(
        benchmark=report.benchmark,
        model=_cut(report.model or ("" if sampling is None else sampling.model)),
        verdict=verdict,
        reason=reason[:_REASON],
        samples=report.samples,
        k=k,
        score=score.value,
        low=score.low,
        high=score.high,
        under=None if pair is None else pair.under,
        difference=None if observed is None else observed.difference,
        difference_low=None if observed is None else observed.low,
        difference_high=None if observed is None else observed.high,
        margin=None if pair is None else pair.margin,
        smallest_margin=None if pair is None else pair.smallest_margin,
        internal=report.excluded_samples,
        cost_usd=None if sampling is None else sampling.cost_usd,
        fixed=0 if pair is None else len(pair.fixed),
        broken=0 if pair is None else len(pair.broken),
        fixes=() if pair is None else _first(pair.fixed),
        breaks=() if pair is None else _first(pair.broken),
        flagged=report.flagged_samples,
        flags=tuple(
            FlaggedLine(
                sample=_cut(f"{one.instance_id} {one.sample_id}"),
                place=_cut(flag.place),
                rule=flag.rule,
                text=flag.text,
            )
            for one in report.flagged
            for flag in one.flags
        )[:CHANGES],
    )


def write_verdict(verdict: ActionVerdict, path: Path) -> None:
    """Write the verdict for the step that follows."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(verdict))


def read_verdict(path: Path) -> ActionVerdict:
    """Read what the step before has written."""
    return msgspec.json.decode(path.read_bytes(), type=ActionVerdict)


def _first(changes: Sequence[Changed]) -> tuple[Change, ...]:
    return tuple(
        Change(
            instance_id=_cut(one.instance_id), before=_cut(one.before), after=_cut(one.after), reason=_cut(one.reason)
        )
        for one in changes[:CHANGES]
    )


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT else f"{text[: _TEXT - 1]}…"


_REPORTS = ("report.html", "report.md")


def outputs_of(verdict: ActionVerdict, paths: JobPaths) -> dict[str, str]:
    """Outputs by their names; what is not known is empty."""
    one = verdict.judged or Judged(benchmark="", verdict=verdict.verdict)
    return {
        "verdict": verdict.verdict.value,
        "score": _number(one.score),
        "low": _number(one.low),
        "high": _number(one.high),
        "difference": _number(one.difference),
        "difference-low": _number(one.difference_low),
        "difference-high": _number(one.difference_high),
        "smallest-margin": _number(one.smallest_margin),
        "fixed": str(one.fixed),
        "broken": str(one.broken),
        "internal": str(one.internal),
        "cost-usd": cost_text(one.cost_usd),
        "run-dir": str(paths.run),
        "report-path": str(next((paths.run / name for name in _REPORTS if (paths.run / name).is_file()), "")),
        "exit-code": str(verdict.exit_code),
    }


def cost_text(usd: float | None) -> str:
    """Dollars as an output; empty where they are not known."""
    return "" if usd is None else f"{usd:.4f}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
