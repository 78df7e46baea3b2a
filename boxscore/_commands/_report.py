"""`boxscore report`."""

from __future__ import annotations

from boxscore._commands._output import print_report
from boxscore._run import rebuild
from boxscore._runs import find_run


def report_command(run: str, *, json: bool) -> int:
    """Make a run's reports again and print the table."""
    report = rebuild(find_run(run))
    print_report(report, json=json)
    return 3 if report.invalid else 0
