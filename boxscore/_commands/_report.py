"""`boxscore report`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore._commands._output import print_report
from boxscore._run import rebuild

if TYPE_CHECKING:
    from pathlib import Path


def report_command(run: Path, *, json: bool) -> int:
    """Make a run's reports again and print the table."""
    report = rebuild(run)
    print_report(report, json=json)
    return 3 if report.invalid else 0
