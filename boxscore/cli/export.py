"""`boxscore export`: a run in the format of another tool."""

from __future__ import annotations

from boxscore.cli.exit_codes import OK
from boxscore.cli.output import say
from boxscore.errors import UsageError
from boxscore.exports.formats import open_format
from boxscore.exports.run import Destination, ExportedRun
from boxscore.run.folders import find_run


def export_command(  # noqa: PLR0913 - options, by keyword
    name: str, *, to: str, out: str | None, force: bool, files_version: str | None, quiet: bool
) -> int:
    """Write a run, and say what was written and what was left out.

    Raises UsageError, InputError for a damaged run, StoreError.
    """
    if out == "" or (out is not None and "\0" in out):
        raise UsageError(f"--out {out!r} is no path")
    if out == "-":
        raise UsageError("--out - does not stand for standard output: name a file or folder (./- is one of that name)")
    write = open_format(to, files_version=files_version)
    folder = find_run(name)
    written = write(ExportedRun(folder), Destination(run=folder, out=out, force=force))
    if not quiet:
        say(f"wrote {written.what}")
        for line in written.left_out:
            say(f"left out: {line}")
        if written.then:
            say(f"next: {written.then}")
    return OK
