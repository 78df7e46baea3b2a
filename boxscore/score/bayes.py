"""How surely two systems are in this order on these very instances, by several samples of each.

With Beta(1, 1) before them, c of n samples leave Beta(1 + c, 1 + n - c) for the chance of an instance. M. Hariri,
A. Samandar, M. Hinczewski and V. Chaudhary, *Don't Pass@k: A Bayesian Framework for Large Language Model Evaluation*,
ICLR 2026 (Bayes@N, which is k = 1 here). The mean is drawn towards one half, so that it orders systems of equally many
samples and is no accuracy. It holds the noise of samples alone: other instances may order systems otherwise, and that
is what the interval of a difference is for.
"""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.score.statistics import InstanceCounts


class Posterior(Struct, frozen=True, kw_only=True):
    """What is known of the mean of pass@k over instances, and how well: one standard deviation."""

    mean: float
    deviation: float


def posterior(counts: Sequence[InstanceCounts], k: int) -> Posterior:
    """Compute it of at least one instance: E[1 - (1 - p)^k], variances of instances added up."""
    means, variances = [], []
    for one in counts:
        missed, missed_twice = _missed(one, k), _missed(one, 2 * k)
        means.append(1 - missed)
        variances.append(max(0.0, missed_twice - missed * missed))
    return Posterior(mean=math.fsum(means) / len(means), deviation=math.sqrt(math.fsum(variances)) / len(variances))


def order_chance(first: Posterior, second: Posterior) -> float:
    """The chance that the second is the better of the two on these instances, by the normal distribution."""
    return NormalDist().cdf((second.mean - first.mean) / math.hypot(first.deviation, second.deviation))


def _missed(counts: InstanceCounts, k: int) -> float:
    """E[(1 - p)^k]: B(a, b + k) / B(a, b)."""
    failed = 1 + counts.n - counts.c
    return math.prod((failed + i) / (counts.n + 2 + i) for i in range(k))
