"""`boxscore report`."""

from __future__ import annotations

from boxscore._commands._output import print_report
from boxscore._run import rebuild
from boxscore._runs import find_run


def report_command(run: str, *, failures: int, json: bool) -> int:
    """Make a run's reports again and print the table."""
    folder = find_run(run)
    report = rebuild(folder)
    print_report(report, folder, failures=failures, json=json)
    return 3 if report.invalid else 0
