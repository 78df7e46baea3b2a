"""Weights & Biases: a run of each model, with its scores as summary, and its samples as a table.

Nothing leaves this machine unless WANDB_MODE says so: a run is written to a folder, and `wandb sync` sends it.
"""

from __future__ import annotations

import itertools
import os
from typing import TYPE_CHECKING, Any

import wandb

from boxscore.errors import StoreError, UsageError
from boxscore.exports.figures import logged, parameters, run_name
from boxscore.exports.run import Written
from boxscore.exports.tables import COLUMNS, LONG, rows
from boxscore.report.numbers import counted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.exports.run import Destination, ExportedRun
    from boxscore.report.records import Report

MOST_ROWS = 10_000  # what a table of theirs may have
TEXT_CHARACTERS = 10_000  # of an answer or an output; the whole is in the run directory
_ENDING = "-wandb"


def write_wandb(run: ExportedRun, place: Destination) -> Written:
    """Write an offline run for each model, or send it where WANDB_MODE is `online`."""
    mode = os.environ.get("WANDB_MODE", "offline")
    if mode not in ("offline", "online"):
        raise UsageError(f"WANDB_MODE is {mode!r}: set it to online to send the run, or leave it out")
    with place.folder(_ENDING) as part:
        for model, report in run.reports.items():
            try:
                with wandb.init(settings=_settings(mode), dir=str(part), **_named(run, report, model, place)) as made:
                    _log(made, run, report, model)
            except (wandb.Error, OSError) as error:
                raise StoreError(f"wandb cannot write the run: {run.clean(str(error))}") from error
    path = place.path(_ENDING)
    return Written(
        what=f"{path}: {counted(len(run.reports), f'{mode} run')}",
        left_out=(*run.unfinished(), *_left_out(run)),
        then="" if mode == "online" else f"wandb sync {path}/wandb/offline-run-*",
    )


def _settings(mode: str) -> wandb.Settings:
    return wandb.Settings(
        mode=mode,
        silent=True,
        console="off",
        disable_git=True,
        disable_code=True,
        save_code=False,
        x_disable_meta=True,
        x_disable_stats=True,
        x_disable_machine_info=True,
        x_save_requirements=False,
    )


def _named(run: ExportedRun, report: Report, model: str, place: Destination) -> dict[str, Any]:
    return {
        "project": os.environ.get("WANDB_PROJECT") or "boxscore",
        "name": run_name(run, model, place),
        "group": place.run_name if len(run.reports) > 1 else None,
        "config": parameters(run, report, model),
    }


def _log(made: wandb.Run, run: ExportedRun, report: Report, model: str) -> None:
    made.log({"sample_table": wandb.Table(columns=list(COLUMNS), data=list(_data(run, model)))})
    made.summary.update(logged(run, report))


def _data(run: ExportedRun, model: str) -> Iterator[list[Any]]:
    for row in itertools.islice(rows(run, model=model), MOST_ROWS):
        yield [_cell(name, getattr(row, name)) for name in COLUMNS]


def _cell(name: str, value: Any) -> Any:
    if name in LONG and len(value) > TEXT_CHARACTERS:
        return f"{value[:TEXT_CHARACTERS]}…"
    return str(value) if isinstance(value, dict) else value


def _left_out(run: ExportedRun) -> Iterator[str]:
    if len(run.samples) > MOST_ROWS:
        yield f"samples of a model beyond the first {MOST_ROWS:,}: a table has no more rows"
    yield f"of each answer and output what follows the first {TEXT_CHARACTERS:,} characters"
