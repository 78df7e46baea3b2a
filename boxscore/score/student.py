"""Student's t distribution, without the fifth of a second that importing scipy takes at each run.

Milton Abramowitz and Irene A. Stegun, *Handbook of Mathematical Functions*, 1964: 26.7.3 and 26.7.4 for few degrees of
freedom, 26.7.5 for many. Few degrees that are no whole number, as unequal clusters have them, are integrated by
Simpson's rule (25.4.6).
"""

from __future__ import annotations

import math
from functools import lru_cache
from itertools import accumulate
from operator import mul
from statistics import NormalDist

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
