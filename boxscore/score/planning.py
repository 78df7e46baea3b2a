"""What a comparison or a gate could tell, before anything is spent.

Two systems are taken to solve each instance with the same chance; `discordance` is the share of instances on which one
sample of each would differ all the same. Chances of instances are spread evenly where pass@k of several samples is
planned.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from msgspec import Struct

from boxscore.score.power import PLANNED_DIFFERENCE, PLANNED_WITHIN, POWER, SIGNIFICANCE, smallest_difference
from boxscore.score.statistics import InstanceCounts, pass_at_k_each

PLANNED_DISCORDANCE = 0.15  # of two versions of one model, one sample each
EVEN_CHANCE = 0.5


class Planned(Struct, frozen=True, kw_only=True):
    """What runs of `instances` with `samples` each can tell at pass@k; samples None: more than anybody pays for.

    `difference` is the smallest that a comparison of any two systems finds with 80 % power, `difference_alike` that of
    two versions of one system, and `margin` the smallest at which a gate passes an equal system with 80 % power.
    """

    instances: int
    samples: int | None
    k: int
    difference: float
    difference_alike: float
    margin: float


def planned(instances: int, samples: int | None, k: int, discordance: float = PLANNED_DISCORDANCE) -> Planned:
    """Plan runs. Raises ValueError unless 1 <= k <= samples, instances >= 1 and 0 < discordance <= 1."""
    if instances < 1 or not 0 < discordance <= 1:
        raise ValueError(f"{instances} instances at a discordance of {discordance} cannot be planned")
    variance = alike_variance(samples, k, discordance)
    noise = 2 * PLANNED_WITHIN * noise_left(samples, k)
    return Planned(
        instances=instances,
        samples=samples,
        k=k,
        difference=smallest_difference(PLANNED_DIFFERENCE + noise, instances),
        difference_alike=smallest_difference(variance, instances),
        margin=smallest_margin(variance, instances),
    )


def alike_variance(samples: int | None, k: int, discordance: float) -> float:
    """Variance of the difference of an instance's pass@k between two runs of systems that are equal on it."""
    return discordance * noise_left(samples, k)


def noise_left(samples: int | None, k: int) -> float:
    """The variance of an instance's pass@k over samples, as a share of that of a single sample at pass@1.

    Of k = 1 it is 1 / samples. Raises ValueError unless 1 <= k <= samples.
    """
    if k < 1 or (samples is not None and samples < k):
        raise ValueError(f"pass@{k} cannot be had of {samples} samples")
    if samples is None:
        return 0.0
    scores = pass_at_k_each([InstanceCounts(n=samples, c=c) for c in range(samples + 1)], k)
    square = math.fsum(one * one for one in scores if one is not None) / (samples + 1)
    return 6 * max(0.0, square - (1 - 2 / (k + 1) + 1 / (2 * k + 1)))  # 1/6 is that of one sample


def smallest_margin(variance: float, instances: int) -> float:
    """The margin at which a gate passes an equal system with 80 % power, by the variance of one difference."""
    return _gate_quantiles() * math.sqrt(variance / instances)


def instances_for(variance: float, margin: float) -> int:
    """How many instances a gate takes to pass an equal system at a margin with 80 % power."""
    return max(1, math.ceil(_gate_quantiles() ** 2 * variance / margin**2))


def instances_to_find(variance: float, difference: float) -> int:
    """How many instances a two-sided comparison at 5 % takes to find a difference with 80 % power."""
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - SIGNIFICANCE / 2) + normal.inv_cdf(POWER)
    return max(1, math.ceil(quantiles**2 * variance / difference**2))


def pass_chance(variance: float, instances: int, margin: float) -> float:
    """The chance that a gate passes a system that is equal."""
    error = math.sqrt(variance / instances)
    normal = NormalDist()
    return 1.0 if not error else normal.cdf(margin / error - normal.inv_cdf(1 - SIGNIFICANCE))


def can_pass(variance: float, instances: int, margin: float) -> bool:
    """Whether a gate would pass a system for which no difference at all is seen."""
    return pass_chance(variance, instances, margin) > EVEN_CHANCE


def _gate_quantiles() -> float:
    normal = NormalDist()
    return normal.inv_cdf(1 - SIGNIFICANCE) + normal.inv_cdf(POWER)
