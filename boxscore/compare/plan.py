"""What runs of a benchmark could tell, before anything is spent on them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.report.numbers import counted
from boxscore.score.planning import (
    PLANNED_DISCORDANCE,
    Planned,
    Units,
    alike_variance,
    each_power,
    instances_for,
    instances_to_find,
    instances_to_find_exactly,
    pass_chance,
    planned,
    units_of,
)
from boxscore.score.statistics import LEAST_CLUSTERS

if TYPE_CHECKING:
    from collections.abc import Sequence

MARGINS = (0.10, 0.05, 0.03, 0.02, 0.01)
_MORE_SAMPLES, _MORE_INSTANCES = (2, 5, 10), (2, 4)


class PlannedMargin(Struct, frozen=True, kw_only=True):
    """One margin: the chance that a gate passes an equal system, and the instances that would give it the power.

    `instances_to_find` would find a difference of this size between two versions of a system with 80 % power. Both are
    of independent instances.
    """

    margin: float
    equal_pass: float
    instances: int
    instances_to_find: int


class Plan(Struct, frozen=True, kw_only=True):
    """All that `boxscore plan` prints. `asked` is what was asked about, the others what more would buy.

    `clusters` are those of the benchmark, None where its instances are independent or were not looked at. A gate has
    the `power` that each of so many `gates` needs to pass an equal system together in 80 % of all cases.
    """

    benchmark: str
    clusters: int | None
    discordance: float
    asked: Planned
    more_samples: tuple[Planned, ...]
    more_instances: tuple[Planned, ...]
    margins: tuple[PlannedMargin, ...]
    gates: int = 1
    power: float = 0.8


class Wanted(Struct, frozen=True, kw_only=True):
    """What a plan is asked about, beside the benchmark."""

    instances: int
    clusters: tuple[str | None, ...] = ()
    samples: int = 1
    k: int = 1
    discordance: float = PLANNED_DISCORDANCE
    gates: int = 1


def make_plan(benchmark: str, wanted: Wanted) -> Plan:
    """Plan runs. Raises UsageError for fewer samples than k, or clusters than tell anything."""
    samples, k = wanted.samples, wanted.k
    if samples < k:
        raise UsageError(f"pass@{k} needs {k} samples of each instance, not {samples}: give -n {k} or more")
    sizes = _sizes(wanted.clusters)
    if 0 < len(sizes) < LEAST_CLUSTERS:
        few = counted(len(sizes), "cluster")
        raise UsageError(f"instances of {benchmark} are of {few}: it takes {LEAST_CLUSTERS} to tell anything")
    variance, power = alike_variance(samples, k, wanted.discordance), each_power(wanted.gates)

    def units_times(times: int) -> Units:
        return units_of([*sizes] * times) if sizes else Units(instances=times * wanted.instances)

    units = units_times(1)

    def plan(of: Units, each: int | None = samples) -> Planned:
        return planned(of, each, k, wanted.discordance, power)

    return Plan(
        benchmark=benchmark,
        clusters=len(sizes) or None,
        discordance=wanted.discordance,
        asked=plan(units),
        more_samples=tuple(plan(units, each) for each in (*(times * samples for times in _MORE_SAMPLES), None)),
        more_instances=tuple(plan(units_times(times)) for times in _MORE_INSTANCES),
        margins=tuple(
            PlannedMargin(
                margin=margin,
                equal_pass=pass_chance(variance, units, margin),
                instances=instances_for(variance, margin, power),
                instances_to_find=instances_to_find_exactly(wanted.discordance, margin)
                if samples == 1
                else instances_to_find(variance, margin),
            )
            for margin in MARGINS
        ),
        gates=wanted.gates,
        power=power,
    )


def _sizes(clusters: Sequence[str | None]) -> list[int]:
    """Sizes of clusters, an instance of none being one of its own; nothing where no two share one."""
    known = Counter(one for one in clusters if one is not None)
    if all(size == 1 for size in known.values()):
        return []
    return [*known.values(), *([1] * sum(one is None for one in clusters))]
