"""Estimates from samples: pass@k and its kin, their intervals over instances and clusters, and means of several."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
from itertools import accumulate
from operator import mul
from statistics import NormalDist
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


_MANY = 200  # from here on the expansion is exact to twelve digits
_HALVINGS = 60  # of a quarter turn: past the last digit of a float
_PANELS = 80  # of an integral over less than a quarter turn


@lru_cache(maxsize=256)
def t_quantile(p: float, degrees: float) -> float:
    """Return the value that a t variate of `degrees` (at least 1) stays below with probability `p` (0.5 to 1)."""
    if degrees >= _MANY:
        return _expanded(NormalDist().inv_cdf(p), degrees)
    low, high = 0.0, math.pi / 2
    for _ in range(_HALVINGS if degrees == int(degrees) else _HALVINGS // 2):  # of what is integrated to fewer digits
        middle = (low + high) / 2
        if _within(middle, degrees) < 2 * p - 1:
            low = middle
        else:
            high = middle
    return math.tan((low + high) / 2) * math.sqrt(degrees)


def _within(angle: float, degrees: float) -> float:
    """Return the probability of a value no farther from 0 than tan(angle) * sqrt(degrees)."""
    return _series(angle, int(degrees)) if degrees == int(degrees) else _integral(angle, degrees)


def _integral(angle: float, degrees: float) -> float:
    """Integrate cos(x) ** (degrees - 1) from 0 to the angle, as a share of that over a quarter turn."""
    step = angle / _PANELS
    values = (
        math.cos(i * step) ** (degrees - 1) * (1 if i in {0, _PANELS} else 4 if i % 2 else 2)
        for i in range(_PANELS + 1)
    )
    scale = 2 / math.sqrt(math.pi) * math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2))
    return scale * math.fsum(values) * step / 3


def _series(angle: float, degrees: int) -> float:
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = degrees % 2
    first = cosine if odd else 1.0
    ratios = (cosine**2 * (k - 1) / k for k in range(3 if odd else 2, degrees - 1, 2))
    series = math.fsum(accumulate(ratios, mul, initial=first)) if degrees > 1 else 0.0
    return 2 / math.pi * (angle + sine * series) if odd else sine * series


def _expanded(x: float, degrees: float) -> float:
    terms = (
        x,
        (x**3 + x) / 4,
        (5 * x**5 + 16 * x**3 + 3 * x) / 96,
        (3 * x**7 + 19 * x**5 + 17 * x**3 - 15 * x) / 384,
        (79 * x**9 + 776 * x**7 + 1482 * x**5 - 1920 * x**3 - 945 * x) / 92160,
    )
    return math.fsum(term / degrees**power for power, term in enumerate(terms))


CONFIDENCE = 0.95
FEW_CLUSTERS = 10
LEAST_CLUSTERS = 3  # of two, one of which is small, the interval errs far more often than it says
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
    """Bounds as computed, not cut to 0…1, with the standard error where the method has one.

    `degrees` are those of Student's t: of clusters of unequal sizes fewer than their number less 1.
    """

    low: float
    high: float
    method: str
    standard_error: float | None = None
    degrees: float | None = None


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
    clusters = clusters_of([one.cluster for one in used])
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
    error = deviation(scores) / math.sqrt(n)
    half = t_quantile((1 + confidence) / 2, n - 1) * error
    mean = math.fsum(scores) / n
    return Interval(low=mean - half, high=mean + half, method="t", standard_error=error, degrees=n - 1)


def clustered_interval(
    scores: Sequence[float], clusters: Sequence[str], confidence: float = CONFIDENCE
) -> Interval | None:
    """T interval that allows for likeness within clusters, also where these are of very unequal sizes.

    `standard_error` is the form with C/(C-1). The bounds are made of the bias-reduced one (CR2) and its degrees of
    freedom (R. M. Bell and D. F. McCaffrey, *Bias reduction in standard errors for linear regression with multi-stage
    samples*, Survey Methodology 2002), which for C equal clusters are the same and C - 1. None below three clusters.
    """
    n = len(scores)
    mean = math.fsum(scores) / n
    totals: dict[str, float] = {}
    for score, cluster in zip(scores, clusters, strict=True):
        totals[cluster] = totals.get(cluster, 0.0) + score - mean
    groups, sizes = len(totals), Counter(clusters)
    if groups < LEAST_CLUSTERS:
        return None
    error = math.sqrt(groups / (groups - 1) * math.fsum(total * total for total in totals.values())) / n
    reduced = math.sqrt(math.fsum(total * total / (1 - sizes[name] / n) for name, total in totals.items())) / n
    degrees = cluster_degrees(sizes.values())
    half = t_quantile((1 + confidence) / 2, degrees) * reduced
    return Interval(low=mean - half, high=mean + half, method="clustered t", standard_error=error, degrees=degrees)


def cluster_degrees(sizes: Iterable[int]) -> float:
    """Degrees of freedom of the interval over clusters of these sizes: at least 1, and C - 1 for C equal ones."""
    every = list(sizes)
    shares = [size / sum(every) for size in every]
    cross = [share * share / (1 - share) for share in shares]
    inverse = (
        math.fsum(share * share for share in shares) + math.fsum(cross) ** 2 - math.fsum(one * one for one in cross)
    )
    return len(every) - 1.0 if len(set(every)) == 1 else 1 / inverse


def clusters_of(names: Sequence[str | None]) -> list[str] | None:
    """The cluster of each instance ("" where it is missing), or None where no two instances share one."""
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
    least, unit = (2, "two instances") if clusters is None else (LEAST_CLUSTERS, "three clusters")
    if units < least:
        return None, f"no interval: it needs {unit}, {'here is one' if units == 1 else 'here are two'}"
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
    if groups is not None:
        yield from few_clusters(groups, interval.degrees)
    if interval.method == "wilson" and (groups is not None or any(one.n > 1 for one in used)):
        unit = "instance" if groups is None else "cluster"
        yield f"every instance has the same score: the interval takes each {unit} as one trial"
    if interval.low <= 0 and interval.high >= 1:
        units = f"{len(used)} instances" if groups is None else f"{groups} clusters"
        yield f"the interval covers everything from 0 to 1: {units} do not tell the score"


def few_clusters(groups: int, degrees: float | None) -> Iterable[str]:
    """What a reader must know of an interval over so many clusters."""
    if groups < FEW_CLUSTERS:
        yield f"only {groups} cluster{'' if groups == 1 else 's'}: intervals from fewer than {FEW_CLUSTERS} are rough"
    if degrees is not None and degrees + 1 < min(FEW_CLUSTERS, 0.75 * groups):
        yield f"{groups} clusters of unequal size say as much as {degrees + 1:.1f} of equal size"


def deviation(scores: Sequence[float]) -> float:
    """Standard deviation of at least two scores, with n - 1."""
    mean = math.fsum(scores) / len(scores)
    return math.sqrt(math.fsum((score - mean) ** 2 for score in scores) / (len(scores) - 1))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's adjusted p values, in the order of those given."""
    order = sorted(range(len(p_values)), key=p_values.__getitem__)
    adjusted, least = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        least = max(least, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = least
    return adjusted


def mean_interval(parts: Sequence[tuple[float, Interval]]) -> Interval:
    """Bound the plain mean of independent differences by the interval of each (MOVER); there is at least one.

    Each part is as far from its bounds as its own method says, and squares of these distances add up.
    """
    middle = math.fsum(value for value, _ in parts) / len(parts)
    below = math.sqrt(math.fsum((value - one.low) ** 2 for value, one in parts)) / len(parts)
    above = math.sqrt(math.fsum((one.high - value) ** 2 for value, one in parts)) / len(parts)
    return Interval(low=middle - below, high=middle + above, method="mover")
