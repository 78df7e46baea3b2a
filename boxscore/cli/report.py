"""`boxscore report`: make the reports of a run, or of a folder of runs, again and print the table."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from boxscore.cli.exit_codes import INFRASTRUCTURE, OK
from boxscore.cli.output import print_report, print_several, say
from boxscore.cli.page import write_run_page
from boxscore.errors import StoreError
from boxscore.run.folders import find_run, is_folder_of_runs, rebuild_several
from boxscore.run.run import rebuild

if TYPE_CHECKING:
    from pathlib import Path


def report_command(run: str, *, failures: int, json: bool) -> int:
    """Make a run's reports again and print the table."""
    folder = find_run(run, several=True)
    if is_folder_of_runs(folder):
        return _report_several(folder, failures=failures, json=json)
    try:
        rebuilt = rebuild(folder)
    except StoreError as error:
        named = shlex.quote(run)
        raise StoreError(f"{error}; `boxscore show {named}` and `boxscore view {named}` only read it") from error
    if rebuilt.running:
        say("the run is still in progress; showing partial results (its report files are left to it)")
    print_report(rebuilt.report, folder, failures=failures, json=json)
    if not rebuilt.running:
        write_run_page(folder)
    return INFRASTRUCTURE if rebuilt.report.invalid else OK


def _report_several(folder: Path, *, failures: int, json: bool) -> int:
    """Make the reports of the runs of a folder again and print the table."""
    report, each = rebuild_several(folder)
    print_several(report, folder, each=each, failures=failures, json=json)
    for one in report.benchmarks:
        if one.error is None:
            write_run_page(folder / one.folder)
    broken = any(one.invalid or one.error is not None for one in report.benchmarks)
    return INFRASTRUCTURE if broken else OK
