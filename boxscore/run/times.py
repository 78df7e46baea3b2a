"""How long samples of a benchmark took in earlier runs on this machine: what is graded first next time, no more.

Kept in the cache, for each benchmark's data and each backend: seconds of one sample, by instance. Nothing but the order
of the work and what is said of the time that is left hangs on it.
"""

from __future__ import annotations

import statistics
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from boxscore.cache import read_record, write_cached
from boxscore.records import Outcome, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from boxscore.records import Result

MOST_INSTANCES = 50_000  # of a benchmark that has more, none is kept: a start that reads them would be late


class LearnedTimes:
    """The times of one benchmark's instances; read when first asked for."""

    def __init__(self, cache: Path, benchmark: str, data_sha256: str, backend: str) -> None:
        self._path = cache / "times" / f"{fingerprint(benchmark, data_sha256, backend)}.json"

    def seconds(self, instance_id: str) -> float:
        """How long a sample took; 0 where that is not known."""
        return self._known.get(instance_id, 0.0)

    def learn(self, results: Iterable[Result]) -> None:
        """Keep the times of results: the median of those that passed, else of all that were graded by themselves."""
        passed: dict[str, list[float]] = {}
        every: dict[str, list[float]] = {}
        for one in results:
            if one.wall_s is None or one.copied_from is not None or one.reused_from is not None:
                continue
            every.setdefault(one.instance_id, []).append(one.wall_s)
            if one.outcome is Outcome.PASSED:
                passed.setdefault(one.instance_id, []).append(one.wall_s)
        found = {name: round(statistics.median(passed.get(name, times)), 4) for name, times in every.items()}
        known = {**self._known, **found}
        if found and len(known) <= MOST_INSTANCES:
            write_cached(self._path, msgspec.json.encode(known))

    @cached_property
    def _known(self) -> Mapping[str, float]:
        return read_record(self._path, dict[str, float]) or {}
