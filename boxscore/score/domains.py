"""Domain-Specific Improvement: on which domains a system is better than others, relative to its own score.

J. Li et al., *EvoCodeBench: An Evolving Code Generation Benchmark with Domain-Specific Evaluations*, 2024 (arXiv
2410.22821). Its advice is on domains for a system; of two systems the plain difference with its interval decides.
"""

from __future__ import annotations

import enum
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

MIN_INSTANCES = 10  # a domain with fewer has no such number
THRESHOLD_PERCENT = 10.0
_SYSTEMS = 2
_ROUNDING = 1e-9


class DomainKind(enum.StrEnum):
    """What a domain is to a system: one in which it is better than the others, worse, or about as good."""

    COMFORT = "comfort"
    STRANGE = "strange"
    NEITHER = "neither"


def domain_improvements(scores: Sequence[float]) -> tuple[float | None, ...]:
    """The Domain-Specific Improvement of each of N ≥ 2 systems on one domain, in percent, in the order of `scores`.

    DSI_i = 100/(N-1) · Σ over j ≠ i of (P_i - P_j)/P_i, where P are scores of one metric: shares, or percent, for the
    unit cancels out. It is at most 100 and has no lower bound: a weak system's is far below 0. It is not symmetric, and
    depends on which other systems there are. None for a system whose own score is 0, whatever the others'.

    Raises ValueError for fewer than two scores, and for one below 0 or not finite.
    """
    if len(scores) < _SYSTEMS:
        raise ValueError(f"an improvement over other systems needs two scores, not {len(scores)}")
    if not all(math.isfinite(score) and score >= 0 for score in scores):
        raise ValueError(f"scores must be finite and not below 0: {list(scores)}")
    total = math.fsum(scores)
    others = len(scores) - 1
    return tuple(100 * (1 - (total - own) / (others * own)) if own else None for own in scores)


def kind_of_domain(improvement_percent: float | None) -> DomainKind | None:
    """Comfort above THRESHOLD_PERCENT, strange below its negative; None where the improvement is not defined."""
    if improvement_percent is None:
        return None
    if improvement_percent > THRESHOLD_PERCENT + _ROUNDING:
        return DomainKind.COMFORT
    return DomainKind.STRANGE if improvement_percent < -THRESHOLD_PERCENT - _ROUNDING else DomainKind.NEITHER
