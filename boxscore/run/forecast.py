"""How long a run still takes: by the known times of what is left, at the speed that was seen so far."""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from boxscore.records import Result

OVERHEAD_S = 0.01  # of a sample, beside the time of its code: work without known times still counts
TRUSTED_S = 3.0  # of each worker: so much of the speed that is expected weighs as much as what is seen
FIRST_S, FIRST_SHARE = 3.0, 0.01  # before so much time and work nothing is said where no times are known


class PlannedWork(Struct, frozen=True, kw_only=True):
    """What a run is about to grade: so many samples on so many workers, beside those whose results were there.

    `outdated` counts those of the samples that have a result from another version of the grading.
    `seconds` says of each instance how long one of its samples is likely to take, 0 where that is not known, and
    `samples` how many of it are to be graded, without those that get the result of another one; `todo` counts these
    too.
    """

    total: int
    reused: int = 0
    outdated: int = 0
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
    without takes the median of those that have one. What results took in place of their known times corrects the rest,
    and so does what workers do beside samples, such as grading references first.
    """

    def __init__(self, work: PlannedWork, clock: Callable[[], float] = time.monotonic) -> None:
        self._weights: dict[tuple[str, str], float] = {}
        self._counts: dict[tuple[str, str], int] = {}
        self._heaviest: list[tuple[str, str]] = []  # those with samples left, the heaviest last
        self._all = self._left = 0.0
        self._known, self._workers = False, 1
        self._expected_s = self._taken_s = TRUSTED_S
        self._clock, self._began = clock, clock()
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
        self._known = self._known or any(one > 0 for one in work.seconds.values())
        workers = max(self._workers, min(work.workers, max(work.total, 1)))
        trusted_s = TRUSTED_S * (workers - self._workers)
        self._expected_s, self._taken_s = self._expected_s + trusted_s, self._taken_s + trusted_s
        self._workers = workers

    def add(self, results: Iterable[Result], of: str = "") -> None:
        """Take off what is done."""
        for result in results:
            name = of, result.instance_id
            weight = self._weights.get(name)
            if weight is None or result.copied_from is not None:
                continue
            self._left -= weight
            self._counts[name] -= 1
            if result.wall_s is not None:
                self._expected_s += weight
                self._taken_s += result.wall_s + OVERHEAD_S
        while self._heaviest and self._counts[self._heaviest[-1]] < 1:
            self._heaviest.pop()

    def left_s(self) -> float | None:
        """Seconds that are left; None while nothing sensible can be said."""
        elapsed = self._clock() - self._began
        done = self._all - self._left
        if not self._known:
            if elapsed < FIRST_S or done < FIRST_SHARE * self._all:
                return None
            return max(0.0, elapsed * self._left / done)
        ratio = self._taken_s / self._expected_s
        # What each worker may have done already of a sample that has not ended.
        at_work = self._weights[self._heaviest[-1]] * ratio if self._heaviest else 0.0
        ratio *= max(1.0, (elapsed - at_work) * self._workers / self._taken_s)
        whole = self._all * ratio / self._workers - elapsed  # right if workers did nothing else
        return max(0.0, whole, self._left * ratio / self._workers - at_work)

    def text(self) -> str:
        """What is left, for people; "" while nothing sensible can be said, and once nothing is left."""
        left = self.left_s() if self._heaviest else None
        return "" if left is None else f"about {duration(left)} left"


def duration(seconds: float) -> str:
    """A time as people say it: 40 s, 6 min, 2.5 h."""
    if seconds < 90:  # noqa: PLR2004 - up to here seconds are said
        return f"{seconds:.0f} s"
    minutes = seconds / 60
    return f"{minutes:.0f} min" if minutes < 90 else f"{minutes / 60:.1f} h"  # noqa: PLR2004 - as above
