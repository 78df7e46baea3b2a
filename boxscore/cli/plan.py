"""`boxscore plan`: what runs of a benchmark could tell, before they cost anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.cli.exit_codes import OK
from boxscore.cli.output import print_blocks, print_json
from boxscore.compare.plan import Wanted, make_plan
from boxscore.compare.render import plan_blocks
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from pathlib import Path


def plan_command(  # noqa: PLR0913 - options, by keyword
    bench: str,
    *,
    samples: int,
    k: int,
    instances: int | None,
    discordance: float,
    gates: int = 1,
    data: Path | None,
    markdown: bool,
    json: bool,
) -> int:
    """Print what runs could tell; the benchmark's data is read only where nobody says how many instances it has."""
    clusters: tuple[str | None, ...] = ()
    if instances is None:
        asked = load_benchmark(Request(benchmark=bench, data=data)).asked
        instances, clusters = len(asked), tuple(one.cluster for one in asked)
    wanted = Wanted(
        instances=instances,
        clusters=clusters,
        samples=samples,
        k=k,
        discordance=discordance,
        gates=gates,
    )
    plan = make_plan(bench, wanted)
    if json:
        print_json(plan)
    else:
        print_blocks(plan_blocks(plan), markdown=markdown)
    return OK
