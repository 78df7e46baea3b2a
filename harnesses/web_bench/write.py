"""What is written about a run: the metrics as JSON and as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

import boxscore
from boxscore import WebDetail

from .metrics import METRICS, plain, tables
from .walks import Graded, graded_by_model, walks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from boxscore import Estimate, GradedRun

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


METRICS_FILE, TABLE_FILE = "web_bench_metrics.json", "web_bench_metrics.md"


def write_results(run: GradedRun, left_out: Mapping[str, str]) -> Sequence[Path]:
    """Write the metrics beside the run, or into the folder for the benchmark's files. Raises StoreError."""
    graded = graded_by_model(run)
    folder = run.files or run.folder
    try:
        if run.files is not None:
            boxscore.make_own_folder(run.files)
        found = {model: tables(walks(own)) for model, own in graded.items()}
        told = {model: plain(own) | {"whole_projects": _whole(graded[model])} for model, own in found.items()}
        document = {"left_out": dict(left_out), **({"models": told} if set(told) != {""} else told[""])}
        text = msgspec.json.format(msgspec.json.encode(document), indent=4) + b"\n"
        table = f"{markdown(found)}\n".encode()
        return [_write(folder / METRICS_FILE, text), _write(folder / TABLE_FILE, table)]
    except OSError as error:
        raise boxscore.StoreError(f"{folder} cannot be written: {error.strerror}") from error


def _whole(graded: Iterable[Graded]) -> int:
    """How many samples are finished projects, whose tasks were judged at once."""
    return sum(isinstance(one.result.detail, WebDetail) and one.result.detail.whole for one in graded)


def _write(path: Path, text: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    boxscore.replace_file(path, text)
    return path
