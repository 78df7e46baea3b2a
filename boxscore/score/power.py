"""What a run could detect, and whether more samples or more instances would help."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.score.statistics import NO_SAMPLES, clustered_interval, clusters_of, deviation, t_interval

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.score.statistics import InstanceCounts

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
