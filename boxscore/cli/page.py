"""`--page` of `boxscore grade` and `boxscore run`, and what `boxscore report` writes always."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.cli.output import say

if TYPE_CHECKING:
    from pathlib import Path


def write_run_page(folder: Path, *, quiet: bool = False) -> None:
    """Write the page of a run directory beside its reports. Raises InputError, StoreError."""
    from boxscore.page.write import write_page  # noqa: PLC0415 - whoever wants no page does not pay for it

    path = write_page(folder)
    if not quiet:
        say(f"page: {path}")
