"""What a number of instances and samples can show: power, variance, and the smallest difference that would be found."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.score.statistics import (
    LEAST_CLUSTERS,
    NO_SAMPLES,
    InstanceCounts,
    cluster_degrees,
    clustered_interval,
    clusters_of,
    deviation,
    pass_at_k_each,
    t_interval,
    t_quantile,
)

if TYPE_CHECKING:
    from collections.abc import Sequence


SIGNIFICANCE = 0.05
POWER = 0.8
PLANNED_DIFFERENCE = 1 / 9  # variance of the true per-instance difference of two systems, for planning
PLANNED_WITHIN = 1 / 6  # mean variance of one sample within an instance, for planning
PLANNED_BETWEEN = 1 / 12  # variance of the true scores of instances; with PLANNED_WITHIN it makes p(1 - p) at p = 0.5


class VarianceSplit(Struct, frozen=True, kw_only=True):
    """Where the spread of scores comes from: Var(K samples per instance) = `between` + `within` / K.

    `between` is cut at 0. Both are None, with a reason, unless at least two instances have at least two samples each.
    """

    within: float | None = None
    between: float | None = None
    reason: str | None = None


class Detectable(Struct, frozen=True, kw_only=True):
    """The smallest true difference to a like run that a test at 5 % would find with 80 % power.

    `paired` compares instance by instance, `unpaired` as if on other instances. `assumptions` says what had to be
    supposed, since one run cannot show how it differs from another. A value above 1 means that no difference is found.
    """

    paired: float | None = None
    unpaired: float | None = None
    assumptions: str = ""
    reason: str | None = None


def variance_split(counts: Sequence[InstanceCounts]) -> VarianceSplit:
    """Split the variance of instance scores (pass@1) into what more samples would remove and what they would not."""
    repeated = [one for one in counts if one.n >= 2]  # noqa: PLR2004 - a variance needs two
    if len(repeated) < 2:  # noqa: PLR2004 - a variance needs two
        return VarianceSplit(reason="needs two instances with two graded samples each")
    within = math.fsum(one.c * (one.n - one.c) / (one.n * (one.n - 1)) for one in repeated) / len(repeated)
    total = deviation([one.c / one.n for one in repeated]) ** 2
    inner = within * math.fsum(1 / one.n for one in repeated) / len(repeated)
    return VarianceSplit(within=within, between=max(0.0, total - inner))


def detectable(counts: Sequence[InstanceCounts]) -> Detectable:
    """What a run with these counts could detect at pass@1, against a run of the same size."""
    used = [one for one in counts if one.n]
    if len(used) < 2:  # noqa: PLR2004 - one instance says nothing of others
        return Detectable(reason="a single instance cannot show it" if used else NO_SAMPLES)
    measured = variance_split(used).within if 2 * sum(one.n > 1 for one in used) >= len(used) else None
    within = PLANNED_WITHIN if measured is None else measured
    samples = len(used) / math.fsum(1 / one.n for one in used)
    effect = design_effect(used)
    notes = [
        f"two-sided {SIGNIFICANCE:.0%} level, {POWER:.0%} power, another run with as many instances and samples",
        "variance of the true differences 1/9",
        f"variance within instances {within:.3f} ({'planned' if measured is None else 'measured'})",
    ]
    if effect > 1:
        notes.append(f"design effect of clusters {effect:.2f} (measured)")
    noise = 2 * within / samples
    return Detectable(
        paired=smallest_difference((PLANNED_DIFFERENCE + noise) * effect, len(used)),
        unpaired=smallest_difference((2 * PLANNED_BETWEEN + noise) * effect, len(used)),
        assumptions="; ".join(notes),
    )


def smallest_difference(variance: float, n: int) -> float:
    """The mean difference over n instances that is found with the stated power, given its variance per instance."""
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - SIGNIFICANCE / 2) + normal.inv_cdf(POWER)
    return quantiles * math.sqrt(variance / n)


def design_effect(counts: Sequence[InstanceCounts]) -> float:
    """How many times clusters inflate the variance of pass@1; 1 where there are none or it cannot be told."""
    scores, clusters = [one.c / one.n for one in counts], clusters_of([one.cluster for one in counts])
    plain = t_interval(scores)
    if plain is None or not plain.standard_error or clusters is None or "" in clusters:
        return 1.0
    grouped = clustered_interval(scores, clusters)
    if grouped is None or grouped.standard_error is None:
        return 1.0
    return max(1.0, (grouped.standard_error / plain.standard_error) ** 2)


PLANNED_DISCORDANCE = 0.15  # of two versions of one model, one sample each
EVEN_CHANCE = 0.5


class Units(Struct, frozen=True, kw_only=True):
    """Over what a mean is taken: instances, and how far clusters take away from them.

    `degrees` are those of Student's t, None for the normal distribution.
    """

    instances: int
    clusters: int | None = None
    degrees: float | None = None


class Planned(Struct, frozen=True, kw_only=True):
    """What runs of `instances` with `samples` each can tell at pass@k; samples None: more than anybody pays for.

    `difference` is the smallest that a comparison of any two systems finds with 80 % power, `difference_alike` that of
    two versions of one system, and `margin` the smallest at which a gate passes an equal system with the power that was
    asked for.
    """

    instances: int
    samples: int | None
    k: int
    difference: float
    difference_alike: float
    margin: float
    clusters: int | None = None


def units_of(sizes: Sequence[int]) -> Units:
    """Instances in clusters of these sizes. Raises ValueError below three clusters."""
    if len(sizes) < LEAST_CLUSTERS:
        raise ValueError(f"{len(sizes)} clusters tell nothing: it takes {LEAST_CLUSTERS}")
    return Units(
        instances=sum(sizes),
        clusters=len(sizes),
        degrees=cluster_degrees(sizes),
    )


def planned(
    units: Units, samples: int | None, k: int, discordance: float = PLANNED_DISCORDANCE, power: float = POWER
) -> Planned:
    """Plan runs. Raises ValueError unless 1 <= k <= samples, instances >= 1 and 0 < discordance <= 1."""
    if units.instances < 1 or not 0 < discordance <= 1:
        raise ValueError(f"{units.instances} instances at a discordance of {discordance} cannot be planned")
    variance = alike_variance(samples, k, discordance)
    noise = 2 * PLANNED_WITHIN * noise_left(samples, k)
    return Planned(
        instances=units.instances,
        samples=samples,
        k=k,
        difference=_least_difference(PLANNED_DIFFERENCE + noise, units),
        difference_alike=_least_difference(variance, units),
        margin=smallest_margin(variance, units, power),
        clusters=units.clusters,
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


def smallest_margin(variance: float, units: Units, power: float = POWER) -> float:
    """The margin at which a gate passes an equal system with such power, by the variance of one difference."""
    return (_quantile(1 - SIGNIFICANCE, units) + _quantile(power, units)) * _error(variance, units)


def instances_for(variance: float, margin: float, power: float = POWER) -> int:
    """How many instances a gate takes to pass an equal system at a margin with such power, clusters apart."""
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - SIGNIFICANCE) + normal.inv_cdf(power)
    return max(1, math.ceil(quantiles**2 * variance / margin**2))


def instances_to_find(variance: float, difference: float) -> int:
    """How many instances a two-sided comparison at 5 % takes to find a difference with 80 % power."""
    normal = NormalDist()
    quantiles = normal.inv_cdf(1 - SIGNIFICANCE / 2) + normal.inv_cdf(POWER)
    return max(1, math.ceil(quantiles**2 * variance / difference**2))


def instances_to_find_exactly(discordance: float, difference: float) -> int:
    """As `instances_to_find`, of one sample each, by McNemar's exact test; where more must differ, more do."""
    normal, differing = NormalDist(), max(discordance, difference)
    level, power = normal.inv_cdf(1 - SIGNIFICANCE / 2), normal.inv_cdf(POWER)
    plain = (level * math.sqrt(differing) + power * math.sqrt(differing - difference**2)) ** 2 / difference**2
    return math.ceil(plain / 4 * (1 + math.sqrt(1 + 4 / (plain * difference))) ** 2)


def pass_chance(variance: float, units: Units, margin: float) -> float:
    """The chance that a gate passes a system that is equal."""
    error = _error(variance, units)
    return 1.0 if not error else NormalDist().cdf(margin / error - _quantile(1 - SIGNIFICANCE, units))


def can_pass(variance: float, units: Units, margin: float) -> bool:
    """Whether a gate would pass a system for which no difference at all is seen."""
    return pass_chance(variance, units, margin) > EVEN_CHANCE


def each_power(gates: int) -> float:
    """The power that each of several gates needs for an equal system to pass all of them in 80 % of all cases."""
    return math.pow(POWER, 1 / gates)


def _least_difference(variance: float, units: Units) -> float:
    return (_quantile(1 - SIGNIFICANCE / 2, units) + _quantile(POWER, units)) * _error(variance, units)


def _error(variance: float, units: Units) -> float:
    return math.sqrt(variance / units.instances)


def _quantile(share: float, units: Units) -> float:
    return NormalDist().inv_cdf(share) if units.degrees is None else t_quantile(share, units.degrees)
