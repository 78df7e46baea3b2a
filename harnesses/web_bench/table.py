"""The metrics as Markdown tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .metrics import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from boxscore import Estimate

    from .metrics import Metrics, Tables

HEAD = (
    f"| | projects | walks | tasks | {' | '.join(f'`{metric}`' for metric in METRICS)} |\n"
    f"|{' --- |' * (4 + len(METRICS))}"
)
MEANING = (
    "`prefix_pass@n` is the share of tasks before the first of which n attempts all failed, `error@1` that of tasks "
    "whose first attempt failed: Web-Bench's pass@n and error@1, which are no estimates of pass@k. Bounds are 95 % "
    "intervals over projects."
)


def markdown(models: Mapping[str, Tables]) -> str:
    """The tables of each model. Names of models and projects are in backticks, without any of their own."""
    return "\n".join(
        ["# Web-Bench", "", MEANING, *(line for name, own in models.items() for line in _model(name, own))]
    )


def _model(name: str, found: Tables) -> Iterator[str]:
    yield from ("", f"## {_code(name)}" if name else "## All samples", "", HEAD, _row("all", found.all))
    for part in (found.kinds, found.levels):
        yield from (_row(key, own) for key, own in part.items())
    yield from (_row(_code(key), own) for key, own in found.projects.items())


def _row(name: str, found: Metrics) -> str:
    cells = [_cell(found.estimates[metric]) for metric in METRICS]
    return f"| {name} | {found.projects} | {found.walks} | {found.tasks} | {' | '.join(cells)} |"


def _cell(found: Estimate) -> str:
    if found.value is None:
        return "-"
    bounds = "" if found.low is None or found.high is None else f" ({found.low:.1%} to {found.high:.1%})"
    return f"{found.value:.1%}{bounds}"


def _code(name: str) -> str:
    kept = "".join(" " if one in "`|\n\r" else one for one in name)
    return f"`{kept}`"
