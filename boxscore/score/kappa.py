"""Agreement of two verdicts on the same samples, beyond that of chance."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def cohen_kappa(pairs: Sequence[tuple[bool, bool]]) -> float | None:
    """Cohen's kappa of two verdicts on each sample; None where chance alone would agree always, or without any.

    Where nearly all verdicts are alike it says little: read it beside the counts. J. Cohen, *A coefficient of agreement
    for nominal scales*, Educational and Psychological Measurement 1960.
    """
    n = len(pairs)
    if not n:
        return None
    first, second = sum(one for one, _ in pairs) / n, sum(other for _, other in pairs) / n
    by_chance = first * second + (1 - first) * (1 - second)
    seen = sum(one is other for one, other in pairs) / n
    return None if by_chance == 1 else (seen - by_chance) / (1 - by_chance)
