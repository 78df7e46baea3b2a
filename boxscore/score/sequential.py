"""Stop a gate early for failure, at any moment, without looking too often: an e-process on instances that differ.

Of the instances that only one of two systems solved, an equal system wins half. The evidence against that is a
likelihood ratio: shares below one half, uniformly weighed, against one half. An equal or better system brings it to 20
with a chance of at most 1 in 20, however often one looks (J. Ville, *Étude critique de la notion de collectif*, 1939).
Instances must come in random order. It never stops for success.
"""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EVIDENCE = 20.0  # 1 over the level of 5 %


def evidence(wins: int, differing: int) -> float:
    """How much likelier `wins` of `differing` instances are for a worse system than for an equal one.

    2 * B(w+1, m-w+1) * I(1/2; w+1, m-w+1) * 2^m, with whole numbers: the sum is a binomial tail.
    """
    ways = sum(math.comb(differing + 1, i) for i in range(wins + 1, differing + 2))
    return ways / ((differing + 1) * math.comb(differing, wins))


def seeded_order(names: Iterable[str], seed: int) -> list[str]:
    """Give instances a random order that depends on their names and the seed alone."""
    order = sorted(names)
    random.Random(seed).shuffle(order)  # noqa: S311 - a simulation, no secret
    return order


def ends_early(differences: Mapping[str, float], seed: int) -> int | None:
    """As `stops_after`, of instances by their names, in the order that the seed gives them.

    A run that goes on may be looked at as often as one likes, if what it has not done yet is taken as solved: that
    never makes more of the evidence than there will be, in whatever order results come.
    """
    return stops_after([differences[name] for name in seeded_order(differences, seed)])


def stops_after(differences: Sequence[float]) -> int | None:
    """After how many instances, in this order, the evidence that the second is worse is enough; None if never."""
    wins = differing = 0
    for number, difference in enumerate(differences, 1):
        if not difference:
            continue
        differing += 1
        wins += difference > 0
        if evidence(wins, differing) >= EVIDENCE:
            return number
    return None
