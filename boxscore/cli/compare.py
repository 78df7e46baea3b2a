"""`boxscore compare`: runs against the first of their benchmark."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.cli.exit_codes import OK
from boxscore.cli.output import print_blocks, print_json, say
from boxscore.compare.build import compare_runs
from boxscore.compare.read import read_compared
from boxscore.compare.render import comparison_blocks
from boxscore.run.folders import each_run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def compare_command(  # noqa: PLR0913 - options, by keyword
    names: Sequence[str],
    *,
    k: int,
    allowed: Sequence[str],
    seed: int,
    regrades: int,
    markdown: bool,
    json: bool,
    page: Path | None = None,
    by: Sequence[str] = (),
) -> int:
    """Compare runs, print what was found, and write the page of two if it is asked for."""
    runs = read_compared(each_run(names))
    found = compare_runs(runs, k=k, allowed=allowed, seed=seed, by=by)
    if page is not None:
        from boxscore.page.compare_page import ComparisonPage, write_comparison  # noqa: PLC0415 - for this only

        write_comparison(ComparisonPage(runs, found, k=k), page)
        say(f"page: {page}")
    if regrades:
        from boxscore.compare.regrade import regrade  # noqa: PLC0415 - brings the engine with it

        found = replace(found, regraded=tuple(regrade(run, regrades) for run in runs))
    if json:
        print_json(found)
    else:
        print_blocks(comparison_blocks(found), markdown=markdown)
    return OK
