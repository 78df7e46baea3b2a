"""What several samples of an instance come to beside pass@k: reliability, majority, and the best of graded scores."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def pass_hat_k(n: int, c: int, k: int) -> float | None:
    """Chance that all of k samples pass, drawn from n of which c passed: pass^k. None where k > n."""
    return None if k > n else math.comb(c, k) / math.comb(n, k)


def strict_majority(n: int, c: int, k: int) -> float | None:
    """Chance that more than half of k samples pass, drawn from n of which c passed. None where k > n.

    A tie counts as not passed, so that an even k is harder than the odd one before it.
    """
    if k > n:
        return None
    ways = sum(math.comb(c, i) * math.comb(n - c, k - i) for i in range(k // 2 + 1, k + 1))
    return ways / math.comb(n, k)


def max_at_k(scores: Sequence[float], k: int) -> float | None:
    """Mean of the best of k scores, over all draws of k from these; None where k > n. pass@k for scores of 0 and 1."""
    n = len(scores)
    if k > n:
        return None
    ways = math.comb(n, k)
    return math.fsum(score * (math.comb(i, k - 1) / ways) for i, score in enumerate(sorted(scores)) if i >= k - 1)
