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

    `seconds` says of each instance how long one of its samples is likely to take, 0 where that is not known, and
    `samples` how many of it are to be graded, without those that get the result of another one; `todo` counts these
    too.
    """

    total: int
    reused: int = 0
    workers: int = 1
    samples: Mapping[str, int] = {}
    seconds: Mapping[str, float] = {}
    todo: Mapping[str, int] = {}


class Forecast:
    """Is told of results, and says how many seconds are left.

    The slowest samples come first, so that counting samples would say far too much. Each weighs its known time; one
    without takes the median of those that have one. What results took in place of their known times corrects the rest.
    """

    def __init__(self, work: PlannedWork, clock: Callable[[], float] = time.monotonic) -> None:
        known = [seconds for seconds in work.seconds.values() if seconds > 0]
        other = statistics.median(known) if known else 0.0
        self._weights = {name: (work.seconds.get(name) or other) + OVERHEAD_S for name in work.samples}
        self._counts = dict(work.samples)
        self._heaviest = sorted(self._weights, key=lambda name: self._weights[name])  # those with samples left, last
        self._all = self._left = sum(self._weights[name] * count for name, count in work.samples.items())
        self._known, self._workers = bool(known), min(work.workers, max(work.total, 1))
        self._expected_s = self._taken_s = TRUSTED_S * self._workers
        self._clock, self._began = clock, clock()

    def add(self, results: Iterable[Result]) -> None:
        """Take off what is done."""
        for result in results:
            weight = self._weights.get(result.instance_id)
            if weight is None or result.copied_from is not None:
                continue
            self._left -= weight
            self._counts[result.instance_id] -= 1
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
        whole = self._all * ratio / self._workers - elapsed  # right if workers did nothing else
        at_work = (
            self._weights[self._heaviest[-1]] * ratio if self._heaviest else 0.0
        )  # what each may have done already
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
