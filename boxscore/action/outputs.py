"""The outputs of the action, of a verdict: plain numbers, for steps that go on with them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.action.places import Places
    from boxscore.action.verdict import ActionVerdict, Judged

_REPORTS = ("report.html", "report.md")


def outputs_of(verdict: ActionVerdict, places: Places) -> dict[str, str]:
    """Outputs by their names. What is of each benchmark is a number for one, and lines `BENCH=NUMBER` for several."""

    def of_each(value: Callable[[Judged], float | None]) -> str:
        if len(verdict.benchmarks) == 1:
            return _number(value(verdict.benchmarks[0]))
        return "\n".join(f"{printable(one.benchmark)}={_number(value(one))}" for one in verdict.benchmarks)

    folders = sorted(places.runs.iterdir()) if places.runs.is_dir() else []
    folder = folders[0] if len(folders) == 1 else places.runs
    return {
        "verdict": verdict.verdict.value,
        "score": of_each(lambda one: one.score),
        "low": of_each(lambda one: one.low),
        "high": of_each(lambda one: one.high),
        "difference": of_each(lambda one: one.difference),
        "difference-low": of_each(lambda one: one.difference_low),
        "difference-high": of_each(lambda one: one.difference_high),
        "smallest-margin": of_each(lambda one: one.smallest_margin),
        "fixed": str(sum(one.fixed for one in verdict.benchmarks)),
        "broken": str(sum(one.broken for one in verdict.benchmarks)),
        "internal": str(sum(one.internal for one in verdict.benchmarks)),
        "cost-usd": cost_sum([one.cost_usd for one in verdict.benchmarks]),
        "run-dir": str(folder),
        "report-path": str(next((folder / name for name in _REPORTS if (folder / name).is_file()), "")),
        "runs-dir": str(places.runs),
        "verdict-dir": str(places.verdict),
        "exit-code": str(verdict.exit_code),
    }


def cost_sum(costs: Sequence[float | None]) -> str:
    """The sum of what each benchmark cost; empty where that is not known of all."""
    known = [cost for cost in costs if cost is not None]
    return f"{sum(known):.4f}" if known and len(known) == len(costs) else ""


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
