"""`boxscore plan`: what runs of a benchmark could tell, before they cost anything."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.cli.exit_codes import OK
from boxscore.cli.output import print_blocks, print_json
from boxscore.compare.plan import make_plan
from boxscore.compare.render import plan_blocks
from boxscore.run.prepare import Request, load_benchmark

if TYPE_CHECKING:
    from pathlib import Path


def plan_command(  # noqa: PLR0913 - options, by keyword
    bench: str,
    *,
    samples: int,
    k: int,
    instances: int | None,
    discordance: float,
    data: Path | None,
    markdown: bool,
    json: bool,
) -> int:
    """Print what runs could tell; the benchmark's data is read only where nobody says how many instances it has."""
    clusters = None
    if instances is None:
        asked = load_benchmark(Request(benchmark=bench, data=data)).asked
        instances = len(asked)
        names = [one.cluster for one in asked if one.cluster is not None]
        clusters = len(set(names)) if len(set(names)) < len(names) else None
    plan = make_plan(bench, instances=instances, samples=samples, k=k, discordance=discordance, clusters=clusters)
    if json:
        print_json(plan)
    else:
        print_blocks(plan_blocks(plan), markdown=markdown)
    return OK
