"""Scores with their errors: pass@k and its intervals.

What varies is the instance (or its cluster), never the sample: samples of one instance are averaged before anything
else. "Not computable" is None with a reason, never 0 or 1. `docs/statistics.md` has the formulas with worked numbers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence  # noqa: TC003 - kept together with the annotations that use them
from statistics import NormalDist

from msgspec import Struct

from boxscore.score.student import t_quantile

CONFIDENCE = 0.95
FEW_CLUSTERS = 10
NO_SPREAD = 1e-9  # a standard error below it is rounding
NO_SAMPLES = "no graded samples"


class InstanceCounts(Struct, frozen=True, kw_only=True):
    """One instance: graded samples, those that passed, and the cluster it belongs to."""

    n: int
    c: int
    cluster: str | None = None


class Estimate(Struct, frozen=True, kw_only=True):
    """A score with its error.

    `value` is the mean over `n` instances, `low` and `high` bound its 95 % interval, cut to 0…1 (`standard_error`
    is not). `samples` counts the graded samples of these instances. `dropped` counts instances that have results but
    too few graded samples. `clusters` is set where instances were grouped. `method` names the interval: wilson, t,
    clustered t. `reason` says why the value or the interval is None. `warnings` say what to be careful about.
    """

    value: float | None = None
    low: float | None = None
    high: float | None = None
    standard_error: float | None = None
    n: int = 0
    samples: int = 0
    dropped: int = 0
    clusters: int | None = None
    method: str | None = None
    reason: str | None = None
    warnings: tuple[str, ...] = ()


class Interval(Struct, frozen=True, kw_only=True):
    """Bounds as computed, not cut to 0…1, with the standard error where the method has one."""

    low: float
    high: float
    method: str
    standard_error: float | None = None


def pass_at_k(n: int, c: int, k: int) -> float | None:
    """Chance that at least one of k samples passes, drawn from n of which c passed; None where k > n.

    Raises ValueError if the counts contradict each other or k < 1.
    """
    return pass_at_k_each([InstanceCounts(n=n, c=c)], k)[0]


def pass_at_k_each(counts: Sequence[InstanceCounts], k: int) -> list[float | None]:
    """`pass_at_k` of each instance, in order.

    The product form of Chen et al. 2021 (arXiv 2107.03374, figure 3), which equals `hypergeom.sf(0, n, c, k)`.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, not {k}")
    bad = next((one for one in counts if not 0 <= one.c <= one.n), None)
    if bad is not None:
        raise ValueError(f"{bad.c} of {bad.n} samples cannot have passed")
    known = {(n, c): _product_form(n, c, k) for n, c in {(one.n, one.c) for one in counts if one.n >= k}}
    return [known.get((one.n, one.c)) for one in counts]


def _product_form(n: int, c: int, k: int) -> float:
    if n - c < k:
        return 1.0
    return 1.0 - math.prod(1.0 - k / i for i in range(n - c + 1, n + 1))


def estimate(counts: Sequence[InstanceCounts], k: int) -> Estimate:
    """pass@k over instances with its interval; instances with fewer than k samples are dropped and counted."""
    each = pass_at_k_each(counts, k)
    kept = [(one, score) for one, score in zip(counts, each, strict=True) if score is not None]
    dropped = len(counts) - len(kept)
    if not kept:
        reason = NO_SAMPLES if not any(one.n for one in counts) else f"no instance has {k} graded samples"
        return Estimate(dropped=dropped, reason=reason)
    used, scores = [one for one, _ in kept], [score for _, score in kept]
    value = math.fsum(scores) / len(scores)
    clusters = clusters_of(used)
    interval, why_not = _interval(used, scores, clusters)
    return Estimate(
        value=value,
        low=None if interval is None else min(value, max(0.0, interval.low)),
        high=None if interval is None else max(value, min(1.0, interval.high)),
        standard_error=None if interval is None else interval.standard_error,
        n=len(used),
        samples=sum(one.n for one in used),
        dropped=dropped,
        clusters=None if clusters is None else len(set(clusters)),
        method=None if interval is None else interval.method,
        reason=why_not,
        warnings=tuple(_warnings(interval, used, clusters)),
    )


def wilson(passed: int, n: int) -> Interval:
    """Wilson's score interval for `passed` of `n` independent trials, n >= 1 (Wilson 1927)."""
    z, rate = NormalDist().inv_cdf((1 + CONFIDENCE) / 2), passed / n
    middle = (rate + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    return Interval(low=middle - half, high=middle + half, method="wilson")


def t_interval(scores: Sequence[float], confidence: float = CONFIDENCE) -> Interval | None:
    """Student's t interval for the mean of independent scores; None below two scores."""
    n = len(scores)
    if n < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    return _t(scores, deviation(scores) / math.sqrt(n), n - 1, "t", confidence)


def clustered_interval(
    scores: Sequence[float], clusters: Sequence[str], confidence: float = CONFIDENCE
) -> Interval | None:
    """T interval whose standard error allows for likeness within clusters, with C/(C-1) and C-1 degrees of freedom.

    None below two clusters.
    """
    n = len(scores)
    mean = math.fsum(scores) / n
    totals: dict[str, float] = {}
    for score, cluster in zip(scores, clusters, strict=True):
        totals[cluster] = totals.get(cluster, 0.0) + score - mean
    groups = len(totals)
    if groups < 2:  # noqa: PLR2004 - a deviation needs two
        return None
    error = math.sqrt(groups / (groups - 1) * math.fsum(total * total for total in totals.values())) / n
    return _t(scores, error, groups - 1, "clustered t", confidence)


def clusters_of(counts: Iterable[InstanceCounts]) -> list[str] | None:
    """The cluster of each instance ("" where it is missing), or None where no two instances share one."""
    names = [one.cluster for one in counts]
    sizes = Counter(name for name in names if name is not None)
    return [name or "" for name in names] if any(size > 1 for size in sizes.values()) else None


def _interval(
    used: Sequence[InstanceCounts], scores: Sequence[float], clusters: Sequence[str] | None
) -> tuple[Interval | None, str | None]:
    """The interval that fits the data, or why there is none."""
    if clusters is not None and "" in clusters:
        return None, f"no interval: {clusters.count('')} instances name no cluster while others do"
    units = len(scores) if clusters is None else len(set(clusters))
    if clusters is None and all(one.n == 1 for one in used):
        return wilson(sum(one.c for one in used), len(used)), None
    if units < 2:  # noqa: PLR2004 - a deviation needs two
        return None, f"no interval: it needs two {'instances' if clusters is None else 'clusters'}, here is one"
    if len(set(scores)) == 1 and scores[0] in (0.0, 1.0):
        return wilson(int(scores[0]) * units, units), None
    found = t_interval(scores) if clusters is None else clustered_interval(scores, clusters)
    if found is None or not found.standard_error or found.standard_error < NO_SPREAD:
        return None, f"no interval: every {'instance' if clusters is None else 'cluster'} has the same score"
    return found, None


def _warnings(
    interval: Interval | None, used: Sequence[InstanceCounts], clusters: Sequence[str] | None
) -> Iterable[str]:
    groups = None if clusters is None else len(set(clusters))
    if interval is None:
        return
    if groups is not None and groups < FEW_CLUSTERS:
        yield f"only {groups} clusters: intervals from fewer than {FEW_CLUSTERS} are rough"
    if interval.method == "wilson" and (groups is not None or any(one.n > 1 for one in used)):
        unit = "instance" if groups is None else "cluster"
        yield f"every instance has the same score: the interval takes each {unit} as one trial"
    if interval.low <= 0 and interval.high >= 1:
        units = f"{len(used)} instances" if groups is None else f"{groups} clusters"
        yield f"the interval covers everything from 0 to 1: {units} do not tell the score"


def deviation(scores: Sequence[float]) -> float:
    """Standard deviation of at least two scores, with n - 1."""
    mean = math.fsum(scores) / len(scores)
    return math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (len(scores) - 1))


def _t(scores: Sequence[float], error: float, degrees: int, method: str, confidence: float) -> Interval:
    mean = math.fsum(scores) / len(scores)
    half = t_quantile((1 + confidence) / 2, degrees) * error
    return Interval(low=mean - half, high=mean + half, method=method, standard_error=error)
