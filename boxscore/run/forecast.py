"""How long samples take: the times of earlier runs, and what is left of this one by them.

Only the order of the work and the time that is said to be left depend on it.
"""

from __future__ import annotations

import statistics
import time
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.cache import read_record, write_cached
from boxscore.records import Outcome, fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from boxscore.records import Result

MOST_INSTANCES = 50_000  # of a benchmark that has more, none is kept: a start that reads them would be late
OVERHEAD_S = 0.01  # of a sample, beside the time of its code: work without known times still counts
FIRST_S, FIRST_SHARE = 3.0, 0.01  # before so much time and work nothing is forecast


class PlannedWork(Struct, frozen=True, kw_only=True):
    """What a run is about to grade: `total` samples, beside `reused` ones whose results were there.

    `samples` counts by instance those that are graded themselves, `todo` also those that get the result of another.
    `seconds` is how long a sample of an instance is likely to take, 0 where that is not known.
    """

    total: int
    reused: int = 0
    samples: Mapping[str, int] = {}
    seconds: Mapping[str, float] = {}
    todo: Mapping[str, int] = {}


def weights(seconds: Mapping[str, float]) -> dict[str, float]:
    """How long a sample of each instance is likely to take; one without a known time takes the median of the others."""
    known = [one for one in seconds.values() if one > 0]
    other = statistics.median(known) if known else 0.0
    return {name: (one or other) + OVERHEAD_S for name, one in seconds.items()}


class Forecast:
    """Seconds that are left, at the speed so far. Samples count by their known times: the slowest come first."""

    def __init__(self, work: PlannedWork, clock: Callable[[], float] = time.monotonic) -> None:
        self._weights = weights({name: work.seconds.get(name, 0.0) for name in work.samples})
        self._all = sum(self._weights[name] * count for name, count in work.samples.items())
        self._done = 0.0
        self._clock, self._began = clock, clock()

    def add(self, results: Iterable[Result]) -> None:
        """Count what is done; copies cost nothing."""
        self._done += sum(self._weights.get(one.instance_id, 0.0) for one in results if one.copied_from is None)

    def text(self) -> str:
        """What is left, for people; "" while nothing sensible can be said, and once nothing is left."""
        elapsed, left = self._clock() - self._began, self._all - self._done
        if elapsed < FIRST_S or self._done < FIRST_SHARE * self._all or left < OVERHEAD_S:
            return ""
        return f"about {duration(elapsed * left / self._done)} left"


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 6 min, 2.5 h."""
    if seconds < 90:  # noqa: PLR2004 - up to here seconds are said
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - as above


class LearnedTimes:
    """Seconds of one sample of each of a benchmark's instances, kept in the cache by data and backend."""

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
