"""What several samples of an instance come to beside pass@k: reliability, majorities, and the best of graded scores."""

from __future__ import annotations

import math
from collections import Counter
from functools import lru_cache
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


@lru_cache(maxsize=4096)
def plurality(classes: tuple[tuple[int, bool], ...], k: int) -> float | None:
    """Chance that the answer that most of k samples gave passes, ties broken at random; None where k > n.

    `classes` are the answers that differ: how many samples gave each, and whether it passes. Counted out exactly.
    """
    n = sum(size for size, _ in classes)
    if k > n:
        return None
    return math.fsum(_with_most(classes, k, most) for most in range(1, k + 1)) / math.comb(n, k)


def _with_most(classes: tuple[tuple[int, bool], ...], k: int, most: int) -> float:
    """Ways to draw k samples in which no answer comes more than `most` times; of ties the share that passes."""
    # By samples drawn, answers that come most often, and how many of these are right.
    ways: Counter[tuple[int, int, int]] = Counter({(0, 0, 0): 1})
    for size, passes in classes:
        further: Counter[tuple[int, int, int]] = Counter()
        for (drawn, tied, right), count in ways.items():
            for times in range(min(size, most, k - drawn) + 1):
                one = times == most
                further[drawn + times, tied + one, right + (one and passes)] += count * math.comb(size, times)
        ways = further
    return math.fsum(count * right / tied for (drawn, tied, right), count in ways.items() if drawn == k and tied)
