"""`boxscore report` and `export`: what can be made of a run directory."""

from __future__ import annotations

import shlex
from typing import Annotated

from boxscore.cli.options import Failures, Json, Quiet, Run, command
from boxscore.cli.output import (
    INFRASTRUCTURE,
    OK,
    print_report,
    say,
    write_run_page,
)
from boxscore.errors import StoreError, UsageError
from boxscore.exports.formats import open_format
from boxscore.exports.run import Destination, ExportedRun
from boxscore.option import option
from boxscore.run.folders import find_run
from boxscore.run.run import rebuild


@command("report")
def report_command(run: Run, *, failures: Failures = 5, json: Json = False) -> int:
    """Make a run's reports and its page again, and print the table."""
    folder = find_run(run)
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


@command("export")
def export_command(
    name: Run,
    *,
    to: Annotated[
        str,
        option(
            "--to",
            "csv, parquet, swebench, evalplus, evoeval, wandb or mlflow.",
            metavar="FORMAT",
        ),
    ],
    out: Annotated[
        str | None,
        option(
            "--out",
            "The file or folder to write; of mlflow also an address.  [default: by the run, in this folder]",
            metavar="PATH",
            env="BOXSCORE_EXPORT_OUT",
        ),
    ] = None,
    force: Annotated[bool, option("--force", "Replace what an export has written.")] = False,
    quiet: Quiet = False,
) -> int:
    """Write a run as other programs read it."""
    if out == "" or (out is not None and "\0" in out):
        raise UsageError(f"--out {out!r} is no path")
    if out == "-":
        raise UsageError("--out - does not stand for standard output: name a file or folder (./- is one of that name)")
    write = open_format(to)
    folder = find_run(name)
    written = write(ExportedRun(folder), Destination(run=folder, out=out, force=force))
    if not quiet:
        say(f"wrote {written.what}")
        for line in written.left_out:
            say(f"left out: {line}")
        if written.then:
            say(f"next: {written.then}")
    return OK
