"""pass@1, pass@2 and error@1 of Web-Bench, which are lengths of prefixes, with their intervals over projects.

A walk's pass@n is the share of its project's tasks before the first of which n attempts all failed; error@1 the share
of tasks that were attempted and whose first attempt failed. So pass@2 is not the chance to pass with two samples, and
the names here say `prefix`: they are not boxscore's pass@k. The tasks of a project are not independent, so intervals
are clustered by project.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Any

from msgspec import Struct

import boxscore
from boxscore import Estimate, InstanceCounts

from .classes import kind_of
from .project import LEVELS
from .walks import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from .walks import Walk

PREFIX_PASS = tuple(f"prefix_pass@{number}" for number in range(1, ATTEMPTS + 1))
ERROR = "error@1"
METRICS = (*PREFIX_PASS, ERROR)


class Metrics(Struct, frozen=True, kw_only=True):
    """The metrics of some walks, as estimates from 0 to 1 with intervals, and what they were counted from.

    `counts` are sums over walks, and `tasks` is the sum of their tasks: published numbers divide the former by the
    latter.
    """

    projects: int
    walks: int
    tasks: int
    counts: dict[str, int]
    estimates: dict[str, Estimate]

    def published(self, metric: str) -> float | None:
        return per_cent(self.counts[metric], self.tasks) if self.tasks else None


class Tables(Struct, frozen=True, kw_only=True):
    """The metrics of all walks, and by project, by half of the benchmark, and by level of tasks."""

    all: Metrics
    projects: dict[str, Metrics]
    kinds: dict[str, Metrics]
    levels: dict[str, Metrics]


def tables(found: Sequence[Walk]) -> Tables:
    by_project: dict[str, list[Walk]] = defaultdict(list)
    by_kind: dict[str, list[Walk]] = defaultdict(list)
    for walk in found:
        by_project[walk.project].append(walk)
        by_kind[kind_of(walk.project) or "other"].append(walk)
    levelled = [walk for walk in found if walk.levels]
    present = {level for walk in levelled for level in walk.levels}
    return Tables(
        all=metrics(found),
        projects={name: metrics(own) for name, own in sorted(by_project.items())},
        kinds={name: metrics(own) for name, own in sorted(by_kind.items(), reverse=True)},
        levels={level: metrics(levelled, level=level) for level in LEVELS if level in present},
    )


def metrics(found: Sequence[Walk], *, level: str | None = None) -> Metrics:
    """The metrics of walks, or of only their tasks of one level."""
    counts: Counter[str] = Counter(dict.fromkeys(METRICS, 0))
    tries: Counter[tuple[str, str]] = Counter()  # how many walks a task is in
    hits: dict[str, Counter[tuple[str, str]]] = {metric: Counter() for metric in METRICS}
    for walk in found:
        fulfils = _fulfils(walk)
        for place, task in enumerate(walk.tasks):
            if level is not None and walk.levels[place] != level:
                continue
            tries[walk.project, task] += 1
            for metric, fulfilled in fulfils.items():
                counts[metric] += fulfilled(place)
                hits[metric][walk.project, task] += fulfilled(place)
    return Metrics(
        projects=len({walk.project for walk in found}),
        walks=len(found),
        tasks=sum(tries.values()),
        counts=dict(counts),
        estimates={metric: _estimate(tries, hits[metric]) for metric in METRICS},
    )


def _fulfils(walk: Walk) -> dict[str, Callable[[int], bool]]:
    """Whether the task at a place counts, by metric."""
    first, second = (walk.passed(number) for number in range(1, ATTEMPTS + 1))
    failed = walk.failed_at_first()
    return {
        PREFIX_PASS[0]: lambda place: place < first,
        PREFIX_PASS[1]: lambda place: place < second,
        ERROR: lambda place: place in failed,
    }


def _estimate(tries: Counter[tuple[str, str]], hits: Counter[tuple[str, str]]) -> Estimate:
    counted = [InstanceCounts(n=n, c=hits[key], cluster=key[0]) for key, n in tries.items()]
    return boxscore.estimate(counted, 1)


def per_cent(count: int, tasks: int) -> float:
    """A share in per cent with two decimals, rounded half up, as by JavaScript's `toFixed`."""
    return float(Decimal(count / tasks * 100).quantize(Decimal("0.01"), ROUND_HALF_UP))


def plain(found: Tables) -> dict[str, Any]:
    return {
        "all": _plain(found.all),
        **{
            part: {name: _plain(own) for name, own in getattr(found, part).items()}
            for part in ("kinds", "levels", "projects")
        },
    }


def _plain(found: Metrics) -> dict[str, Any]:
    return {
        "projects": found.projects,
        "walks": found.walks,
        "tasks": found.tasks,
        **{
            metric: {
                "published_percent": found.published(metric),
                "count": found.counts[metric],
                "value": own.value,
                "low": own.low,
                "high": own.high,
                "method": own.method,
                "reason": own.reason,
                "warnings": list(own.warnings),
            }
            for metric, own in found.estimates.items()
        },
    }
