"""Reports of Web-Bench, of runs of it and of no others."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from boxscore.cli.export import export_command
from boxscore.protocols.web.detail import WebAttempt, WebDetail
from boxscore.records import Outcome
from tests.exports.runs import Given, write

if TYPE_CHECKING:
    from pathlib import Path

DETAIL = WebDetail(
    tasks=("task-1", "task-2"),
    attempts=(WebAttempt(task="task-1", number=1, outcome=Outcome.PASSED),),
    stopped="task-2",
)


def exported(place: Path, benchmark: str) -> Path:
    given = Given(instance_id="dom", sample_id="0", model="one", outcome=Outcome.NO_CODE, facts={"detail": DETAIL})
    run = write(place / "r", [given], benchmark=benchmark)
    export_command(str(run), to="web-bench", out=str(place / "out"), force=False, files_version=None, quiet=True)
    return place / "out" / "report"


def test_reports(tmp_path: Path) -> None:
    """One of all, of the project, and of its model; metrics stand beside them."""
    folder = exported(tmp_path, "web-bench@dom")

    assert len(list(folder.rglob("*.report.md"))) == 3
    metrics = json.loads((folder / "web_bench_metrics.json").read_text("utf-8"))
    assert metrics["models"]["one"]["all"]["prefix_pass@1"]["published_percent"] == 50.0
