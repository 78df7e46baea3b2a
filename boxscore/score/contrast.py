"""Whether two systems differ by more than one system does from itself when it is sampled again.

Two runs of one system disagree on instances too. What counts is by how much more two systems disagree: instance by
instance, the share of pairs of samples, one of each, that came out differently, less that of two samples of one system.
Its expectation is the square of the difference of their chances where both are sampled twice or more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.score.paired import Paired, clusters_apart

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.score.statistics import InstanceCounts

TWICE = 2


def disagreement(first: InstanceCounts, second: InstanceCounts) -> float:
    """How often a sample of one and a sample of the other come out differently; both have at least one."""
    one, other = first.c / first.n, second.c / second.n
    return one * (1 - other) + other * (1 - one)


def own_disagreement(counts: InstanceCounts) -> float:
    """How often two samples of one system come out differently; there are at least two."""
    return 2 * counts.c * (counts.n - counts.c) / (counts.n * (counts.n - 1))


def contrast(
    first: Sequence[InstanceCounts], second: Sequence[InstanceCounts], again: Sequence[InstanceCounts] | None = None
) -> Paired | None:
    """Pair each instance's disagreement within a system (first) with that between the two (second).

    `again` are counts of a further run of the first system; without it the samples of either are compared with each
    other. Instances with too few samples are left out; None if none is left.
    """
    kept = [
        place
        for place, (one, other) in enumerate(zip(first, second, strict=True))
        if _enough(one, other, None if again is None else again[place])
    ]
    if not kept:
        return None
    if again is None:
        within = [(own_disagreement(first[one]) + own_disagreement(second[one])) / 2 for one in kept]
        single = False
    else:
        within = [disagreement(first[one], again[one]) for one in kept]
        single = all(first[one].n == second[one].n == again[one].n == 1 for one in kept)
    return Paired(
        kept=tuple(kept),
        first=tuple(within),
        second=tuple(disagreement(first[one], second[one]) for one in kept),
        single=single,
        clusters=clusters_apart([first[one].cluster for one in kept]),
    )


def _enough(first: InstanceCounts, second: InstanceCounts, again: InstanceCounts | None) -> bool:
    if again is None:
        return min(first.n, second.n) >= TWICE
    return min(first.n, second.n, again.n) >= 1
