"""MLflow: a run of each model, with parameters, metrics and the reports as artifacts.

It goes where `--out` or MLFLOW_TRACKING_URI says, else into a database `mlflow.db`: what else is there stays.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from boxscore.errors import StoreError, UsageError
from boxscore.exports.figures import logged, parameters, run_name
from boxscore.exports.run import Written
from boxscore.exports.tables import write_rows
from boxscore.models.secrets import redacted
from boxscore.report.numbers import counted
from boxscore.report.printable import printable
from boxscore.report.render import render_json, render_markdown

if TYPE_CHECKING:
    from boxscore.exports.run import Destination, ExportedRun
    from boxscore.report.records import Report

_NAME_CHARACTERS = 200
_AT_ONCE = 100  # parameters that every server takes in a request
_OURS = "boxscore.run"  # the tag by which a run of ours is found again


def write_mlflow(run: ExportedRun, place: Destination) -> Written:
    """Log a run for each model. Raises UsageError for one that is there already, StoreError."""
    address = _address(place)
    for noisy in ("mlflow", "alembic"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        client = MlflowClient(tracking_uri=address)
        found = client.get_experiment_by_name(_called(run))
        experiment = str(client.create_experiment(_called(run)) if found is None else found.experiment_id)
        _make_room(client, experiment, place)
        for model, report in run.reports.items():
            made = client.create_run(experiment, run_name=run_name(run, model, place), tags={_OURS: place.run_name})
            _log(client, made.info.run_id, run, report, model)
    except (MlflowException, OSError) as error:
        reason = " ".join(redacted(str(error)).split())[:500]
        raise StoreError(f"{redacted(address)}: MLflow cannot write the run: {reason}") from error
    return Written(
        what=f"{redacted(address)}: {counted(len(run.reports), 'run')} of the experiment {_called(run)}",
        left_out=(*run.unfinished(), "answers, and what samples printed"),
    )


def _address(place: Destination) -> str:
    """The tracking URI. A path is that of a database; a folder that is there holds MLflow's own files."""
    given = place.out or os.environ.get("MLFLOW_TRACKING_URI") or "mlflow.db"
    if ":" in given:
        return given
    path = Path(given).absolute()
    return path.as_uri() if path.is_dir() else f"sqlite:///{path}"


def _called(run: ExportedRun) -> str:
    return printable(run.benchmark, _NAME_CHARACTERS)


def _make_room(client: MlflowClient, experiment: str, place: Destination) -> None:
    there = client.search_runs([experiment], f"tags.`{_OURS}` = '{place.run_name}'")
    if there and not place.force:
        raise UsageError(f"{place.run_name} is there already, as {there[0].info.run_id}: --force replaces it")
    for one in there:
        client.delete_run(one.info.run_id)


def _log(client: MlflowClient, run_id: str, run: ExportedRun, report: Report, model: str) -> None:
    try:
        numbers = logged(run, report)
        now = int(time.time() * 1000)
        params = [Param(key, value) for key, value in parameters(run, report, model).items()]
        client.log_batch(
            run_id,
            metrics=[Metric(key, value, now, 0) for key, value in numbers.items()],
            tags=[RunTag("boxscore.benchmark", _called(run))],
        )
        for start in range(0, len(params), _AT_ONCE):
            client.log_batch(run_id, params=params[start : start + _AT_ONCE])
        _add_files(client, run_id, run, report, model)
    except BaseException:  # a run that is not whole is none
        client.delete_run(run_id)
        raise
    client.set_terminated(run_id)


def _add_files(client: MlflowClient, run_id: str, run: ExportedRun, report: Report, model: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "report.json").write_text(run.clean(render_json(report).decode()), "utf-8")
        (folder / "report.md").write_text(run.clean(render_markdown(report)), "utf-8")
        write_rows(folder / "samples.csv", run, long=False, model=model)
        client.log_artifacts(run_id, scratch)
