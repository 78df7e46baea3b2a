"""`boxscore compare`: runs against the first of their benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.cli.exit_codes import OK
from boxscore.cli.output import print_blocks, print_json
from boxscore.compare.build import compare_runs
from boxscore.compare.read import read_compared
from boxscore.compare.render import comparison_blocks

if TYPE_CHECKING:
    from collections.abc import Sequence


def compare_command(  # noqa: PLR0913 - options, by keyword
    names: Sequence[str], *, k: int, allowed: Sequence[str], seed: int, regrades: int, markdown: bool, json: bool
) -> int:
    """Compare runs and print what was found."""
    runs = read_compared(names)
    found = compare_runs(runs, k=k, allowed=allowed, seed=seed)
    if regrades:
        from boxscore.compare.regrade import regrade  # noqa: PLC0415 - brings the engine with it

        found = replace(found, regraded=tuple(regrade(run, regrades) for run in runs))
    if json:
        print_json(found)
    else:
        print_blocks(comparison_blocks(found), markdown=markdown)
    return OK
