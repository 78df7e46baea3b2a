"""`boxscore report`."""

from __future__ import annotations

from boxscore._commands._output import print_report, say
from boxscore._run import rebuild
from boxscore._runs import find_run


def report_command(run: str, *, failures: int, json: bool) -> int:
    """Make a run's reports again and print the table."""
    folder = find_run(run)
    rebuilt = rebuild(folder)
    if rebuilt.running:
        say("the run is still at work: this is how far it is, and its report files are its own to write")
    print_report(rebuilt.report, folder, failures=failures, json=json)
    return 3 if rebuilt.report.invalid else 0
