"""`boxscore list`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.cache import cache_folder
from boxscore.cli.output import print_json, print_table
from boxscore.data.plugins import list_harnesses, load_harness
from boxscore.errors import BoxscoreError
from boxscore.records import Trust  # noqa: TC001 - a field of a record
from boxscore.run.prepare import Request, load_benchmark

if TYPE_CHECKING:
    from boxscore.data.plugins import HarnessInfo
    from boxscore.harness import DataSource


class Listed(Struct, frozen=True, kw_only=True):
    """A benchmark that is known here; `instances` is None, with the reason, where its data cannot be had."""

    name: str
    title: str
    trust: Trust
    instances: int | None
    reason: str | None = None


def list_command(*, json: bool) -> int:
    """List the benchmarks that are known here, with their sizes where that needs no network."""
    listed = [_listed(info) for info in list_harnesses()]
    if json:
        print_json(listed)
    else:
        rows = [
            (one.name, one.title, one.trust.value, "-" if one.instances is None else str(one.instances))
            for one in listed
        ]
        print_table(("benchmark", "title", "trust", "instances"), rows)
    return 0


def _listed(info: HarnessInfo) -> Listed:
    count, reason = None, "its data is fetched when it is first used"
    try:
        if _is_here(load_harness(info.name).source):
            count = len(load_benchmark(Request(benchmark=info.name)).every)
    except BoxscoreError as error:
        reason = str(error)
    return Listed(
        name=info.name,
        title=info.title,
        trust=info.trust,
        instances=count,
        reason=None if count is not None else reason,
    )


def _is_here(source: DataSource) -> bool:
    """Whether a benchmark's data can be had without fetching it."""
    named = os.environ.get("BOXSCORE_DATA")
    kept = cache_folder() / "data" / (source.sha256 or "") / Path(source.path).name
    return source.bundled or kept.is_file() or (named is not None and (Path(named) / source.path).is_file())
