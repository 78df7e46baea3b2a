"""The interval of a paired difference, by what there is: one sample each, several, or clusters."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.score.differences import difference_interval, sign_flip
from boxscore.score.discordant import Discordant, mcnemar, tango
from boxscore.score.statistics import CONFIDENCE, NO_SPREAD, InstanceCounts, clusters_of, pass_at_k_each

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.score.statistics import Interval

EXACT_MCNEMAR = "exact McNemar"


class Paired(Struct, frozen=True, kw_only=True):
    """pass@k of two systems on the instances that both have enough samples of, second minus first.

    `single` where each instance has one sample of each. `clusters` is None where no two instances share one.
    """

    kept: tuple[int, ...]
    first: tuple[float, ...]
    second: tuple[float, ...]
    single: bool
    clusters: tuple[str, ...] | None

    @property
    def differences(self) -> list[float]:
        """How much more the second solves of each instance."""
        return [second - first for first, second in zip(self.first, self.second, strict=True)]

    @property
    def signs(self) -> Discordant:
        """Of how many instances either solves more than the other."""
        each = self.differences
        wins, losses = sum(one > NO_SPREAD for one in each), sum(one < -NO_SPREAD for one in each)
        return Discordant(n=len(each), wins=wins, losses=losses)

    @property
    def units(self) -> int:
        """How many independent units there are: instances, or clusters of them."""
        return len(self.first) if self.clusters is None else len(set(self.clusters))


def pair(first: Sequence[InstanceCounts], second: Sequence[InstanceCounts], k: int = 1) -> Paired:
    """Pair counts of the same instances, in the same order; those with fewer than k samples of either are left out.

    Raises ValueError for k < 1.
    """
    scores = list(zip(pass_at_k_each(first, k), pass_at_k_each(second, k), strict=True))
    kept = [(place, one, other) for place, (one, other) in enumerate(scores) if one is not None and other is not None]
    places = [place for place, _, _ in kept]
    return Paired(
        kept=tuple(places),
        first=tuple(one for _, one, _ in kept),
        second=tuple(other for _, _, other in kept),
        single=k == 1 and all(first[place].n == second[place].n == 1 for place in places),
        clusters=clusters_apart([first[place].cluster for place in places]),
    )


def clusters_apart(clusters: Sequence[str | None]) -> tuple[str, ...] | None:
    """The cluster of each instance, one of its own where it has none; None where no two instances share one."""
    names = clusters_of(clusters)
    return None if names is None else tuple(name or f"\0{place}" for place, name in enumerate(names))


def cluster_sizes(paired: Paired) -> list[int]:
    """How many instances each cluster has; nothing where there are none."""
    return list(Counter(paired.clusters or ()).values())


def paired_interval(paired: Paired, confidence: float = CONFIDENCE) -> Interval | None:
    """Tango's interval for one sample each; else Student's t on the differences, clustered where there are clusters.

    Where nothing differs, Tango's of as many trials as there are units: no difference seen is not certainty.
    None where there are no instances, only one unit, or one and the same difference other than 0 everywhere.
    """
    if not paired.first:
        return None
    if paired.single and paired.clusters is None:
        return tango(paired.signs, confidence)
    signs = paired.signs
    if not signs.wins and not signs.losses:
        return tango(Discordant(n=paired.units, wins=0, losses=0), confidence)
    return difference_interval(paired.differences, paired.clusters, confidence)


def paired_test(paired: Paired, seed: int) -> tuple[float, str]:
    """Two-sided p of no difference, and the name of its test: exact McNemar for one sample each, else sign flip."""
    if paired.single and paired.clusters is None:
        return mcnemar(paired.signs), EXACT_MCNEMAR
    p = sign_flip(paired.differences, paired.clusters, seed)
    return p, "sign flip" if paired.clusters is None else "sign flip over clusters"
