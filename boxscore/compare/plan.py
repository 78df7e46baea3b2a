"""What runs of a benchmark could tell, before anything is spent on them."""

from __future__ import annotations

from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.score.planning import (
    PLANNED_DISCORDANCE,
    Planned,
    alike_variance,
    instances_for,
    instances_to_find,
    pass_chance,
    planned,
)

MARGINS = (0.10, 0.05, 0.03, 0.02, 0.01)
_MORE_SAMPLES, _MORE_INSTANCES = (2, 5, 10), (2, 4)


class PlannedMargin(Struct, frozen=True, kw_only=True):
    """One margin: the chance that a gate passes an equal system, and the instances that would make it 80 %.

    `instances_to_find` would find a difference of this size between two versions of a system with 80 % power.
    """

    margin: float
    equal_pass: float
    instances: int
    instances_to_find: int


class Plan(Struct, frozen=True, kw_only=True):
    """All that `boxscore plan` prints. `asked` is what was asked about, the others what more would buy.

    `clusters` are those of the benchmark, None where its instances are independent or were not looked at.
    """

    benchmark: str
    clusters: int | None
    discordance: float
    asked: Planned
    more_samples: tuple[Planned, ...]
    more_instances: tuple[Planned, ...]
    margins: tuple[PlannedMargin, ...]


def make_plan(  # noqa: PLR0913 - what is asked, by keyword
    benchmark: str,
    *,
    instances: int,
    samples: int = 1,
    k: int = 1,
    discordance: float = PLANNED_DISCORDANCE,
    clusters: int | None = None,
) -> Plan:
    """Plan runs. Raises UsageError for fewer samples than k."""
    if samples < k:
        raise UsageError(f"pass@{k} needs {k} samples of each instance, not {samples}: give -n {k} or more")
    variance = alike_variance(samples, k, discordance)
    return Plan(
        benchmark=benchmark,
        clusters=clusters,
        discordance=discordance,
        asked=planned(instances, samples, k, discordance),
        more_samples=tuple(
            planned(instances, more, k, discordance) for more in (*(times * samples for times in _MORE_SAMPLES), None)
        ),
        more_instances=tuple(planned(times * instances, samples, k, discordance) for times in _MORE_INSTANCES),
        margins=tuple(
            PlannedMargin(
                margin=margin,
                equal_pass=pass_chance(variance, instances, margin),
                instances=instances_for(variance, margin),
                instances_to_find=instances_to_find(variance, margin),
            )
            for margin in MARGINS
        ),
    )
