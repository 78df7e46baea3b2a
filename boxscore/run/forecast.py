"""How long a run still takes: by the known times of what is left, at the speed that was seen so far.

Times are kept in the cache, for each benchmark's data and each backend: seconds of one sample, by instance. Nothing but
the order of the work and what is said of the time that is left hangs on them.
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
from boxscore.run.superseded import Superseded

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from boxscore.records import Result

MOST_INSTANCES = 50_000  # of a benchmark that has more, none is kept: a start that reads them would be late
OVERHEAD_S = 0.01  # of a sample, beside the time of its code: work without known times still counts
TRUSTED_S = 3.0  # of each worker: so much of the speed that is expected weighs as much as what is seen
GRACE_S = 10.0  # after the time that was said, before anything is called late: opening a box may take as long
FIRST_S, FIRST_SHARE = 3.0, 0.01  # before so much time and work nothing is said where no times are known


class _FirstWave(Struct, frozen=True, kw_only=True):
    """When each worker may have given a result, and what there was by then: samples, their weight and their time."""

    at_s: float
    samples: int
    weight: float
    taken_s: float


class PlannedWork(Struct, frozen=True, kw_only=True):
    """What a run is about to grade: so many samples on so many workers, beside those whose results were there.

    `superseded` counts those of the samples that have a result of another version of the grading, or other settings.
    `seconds` says of each instance how long one of its samples is likely to take, 0 where that is not known, and
    `samples` how many of it are to be graded, without those that get the result of another one; `todo` counts these
    too.
    """

    total: int
    reused: int = 0
    superseded: Superseded = Superseded()
    workers: int = 1
    samples: Mapping[str, int] = {}
    seconds: Mapping[str, float] = {}
    todo: Mapping[str, int] = {}


def weights(seconds: Mapping[str, float]) -> dict[str, float]:
    """How long a sample of each instance is likely to take, by the times that are known.

    One of which none is known takes the median of the others. What a sample takes beside its code counts too.
    """
    known = [one for one in seconds.values() if one > 0]
    other = statistics.median(known) if known else 0.0
    return {name: (one or other) + OVERHEAD_S for name, one in seconds.items()}


class Forecast:
    """Is told of results, and says how many seconds are left.

    The slowest samples come first, so that counting samples would say far too much. Each weighs its known time; one
    without takes the median of those that have one. What results took in place of their known times corrects the rest.
    What workers do beside that, such as opening boxes and grading references first, is added for each sample that is
    left. What came before each worker may have given a result says nothing of the rest, as images are built then: what
    was seen counts from there on, and once as many results have come again. Once the time that was said when a result
    last came has passed, nothing is known of what is left.
    """

    def __init__(self, work: PlannedWork, clock: Callable[[], float] = time.monotonic) -> None:
        self._weights: dict[tuple[str, str], float] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._heaviest: list[tuple[str, str]] = []  # those with samples left, the heaviest last
        self._all = self._left = 0.0
        self._samples = self._to_come = 0
        self._known, self._workers = False, 1
        self._expected_s = self._taken_s = TRUSTED_S
        self._clock, self._began = clock, clock()
        self._first_wave: _FirstWave | None = None
        self._said_at, self._said_s = self._began, self.left_s()
        self.extend(work)

    def extend(self, work: PlannedWork, of: str = "") -> None:
        """Count in what another run is about to grade with the same workers; `of` tells its instances from others."""
        weight = weights({name: work.seconds.get(name, 0.0) for name in work.samples})
        self._weights |= {(of, name): one for name, one in weight.items()}
        self._counts |= {(of, name): count for name, count in work.samples.items()}
        self._heaviest = sorted(
            (name for name, count in self._counts.items() if count), key=lambda name: self._weights[name]
        )
        more = sum(weight[name] * count for name, count in work.samples.items())
        self._all, self._left = self._all + more, self._left + more
        count = sum(work.samples.values())
        self._samples, self._to_come = self._samples + count, self._to_come + count
        self._known = self._known or any(one > 0 for one in work.seconds.values())
        workers = max(self._workers, min(work.workers, max(work.total, 1)))
        trusted_s = TRUSTED_S * (workers - self._workers)
        self._expected_s, self._taken_s = self._expected_s + trusted_s, self._taken_s + trusted_s
        self._workers = workers
        self._say()

    def add(self, results: Iterable[Result], of: str = "") -> None:
        """Take off what is done."""
        for result in results:
            name = of, result.instance_id
            weight = self._weights.get(name)
            if weight is None or result.copied_from is not None:
                continue
            self._left -= weight
            self._to_come -= 1
            self._counts[name] -= 1
            if result.wall_s is not None:
                self._expected_s += weight
                self._taken_s += result.wall_s + OVERHEAD_S
        while self._heaviest and self._counts[self._heaviest[-1]] < 1:
            self._heaviest.pop()
        ended = self._samples - self._to_come
        if self._first_wave is None and ended >= self._workers:
            at_s, weight = self._clock() - self._began, self._all - self._left
            self._first_wave = _FirstWave(at_s=at_s, samples=ended, weight=weight, taken_s=self._taken_s)
        self._say()

    def _say(self) -> None:
        self._said_at, self._said_s = self._clock(), self.left_s()

    def left_s(self) -> float | None:
        """Seconds that are left; None while nothing sensible can be said."""
        elapsed = self._clock() - self._began
        first = self._first_wave
        ended = 0 if first is None else self._samples - self._to_come - first.samples
        seen = first if ended >= self._workers else None
        if not self._known:
            if seen is None or elapsed < FIRST_S or self._all - self._left < FIRST_SHARE * self._all:
                return None
            return max(0.0, (elapsed - seen.at_s) * self._left / (self._all - self._left - seen.weight))
        ratio = self._taken_s / self._expected_s
        # What each worker may have done already of a sample that has not ended.
        at_work = self._weights[self._heaviest[-1]] * ratio if self._heaviest else 0.0
        beside = 0.0
        if seen is not None:
            worked = (elapsed - seen.at_s - at_work) * self._workers
            beside = max(0.0, worked - (self._taken_s - seen.taken_s) - TRUSTED_S * self._workers) / ended
        whole = (self._all * ratio + beside * self._samples) / self._workers - elapsed  # right if that is all they did
        return max(0.0, whole, (self._left * ratio + beside * self._to_come) / self._workers - at_work)

    def late_s(self) -> float:
        """Seconds since a result came, where that is much more than was then said to be left; else 0."""
        waited = self._clock() - self._said_at
        return waited if self._heaviest and self._said_s is not None and waited > self._said_s + GRACE_S else 0.0

    def text(self) -> str:
        """What is left, for people; "" while nothing sensible can be said, and once nothing is left."""
        late_s = self.late_s()
        if late_s:
            take = "sample takes" if self._to_come == 1 else "samples take"
            return f"{self._to_come:,} {take} longer than expected: no result for {duration(late_s)}"
        passed = self._said_s is not None and self._clock() - self._said_at > self._said_s
        left = self.left_s() if self._heaviest and not passed else None
        return "" if left is None else f"about {duration(left)} left"


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 6 min, 2.5 h."""
    if seconds < 90:  # noqa: PLR2004 - up to here seconds are said
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - as above


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
