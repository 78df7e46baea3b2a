"""`boxscore report`."""

from __future__ import annotations

from boxscore.cli.output import print_report, say
from boxscore.run.find import find_run
from boxscore.run.run import rebuild


def report_command(run: str, *, failures: int, json: bool) -> int:
    """Make a run's reports again and print the table."""
    folder = find_run(run)
    rebuilt = rebuild(folder)
    if rebuilt.running:
        say("the run is still in progress; showing partial results (its report files are left to it)")
    print_report(rebuilt.report, folder, failures=failures, json=json)
    return 3 if rebuilt.report.invalid else 0
