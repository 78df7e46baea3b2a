"""`--page` of `boxscore grade` and `boxscore run`, and what `boxscore report` writes always."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from boxscore.cli.output import say

if TYPE_CHECKING:
    from pathlib import Path


def end_with_page(folder: Path, *, page: bool, quiet: bool, json: bool) -> None:
    """Write the page of a run that has been graded if it is asked for, else tell a person how to come by one."""
    if page:
        write_run_page(folder, quiet=quiet)
    elif not quiet and not json:
        run = shlex.quote(str(folder))
        say(f"in a browser: `boxscore report {run}` writes a page, `boxscore view {run}` serves it")


def write_run_page(folder: Path, *, quiet: bool = False) -> None:
    """Write the page of a run directory beside its reports. Raises InputError, StoreError."""
    from boxscore.page.write import write_page  # noqa: PLC0415 - whoever wants no page does not pay for it

    path = write_page(folder)
    if not quiet:
        say(f"page: {path}")
