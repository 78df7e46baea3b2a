"""What the best of several systems is worth once it is not judged by what it was chosen by: the winner's curse.

The best of several scores is too high, since it was chosen for its luck too. Instances (or clusters) are split into
halves by a seed; the best of one half is scored on the other, and the mean over many splits is what choosing gives.
"""

from __future__ import annotations

import random
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SPLITS = 500


def held_out_score(rows: Sequence[Sequence[float]], clusters: Sequence[str] | None, seed: int) -> float | None:
    """The mean score, on the half that it was not chosen by, of the best of systems; `rows` has each one's scores.

    All rows are of the same instances. Systems that tie for the best share it. None below two units.
    """
    units: dict[str, list[int]] = {}
    for place in range(len(rows[0])):
        units.setdefault(str(place) if clusters is None else clusters[place], []).append(place)
    names = sorted(units)
    if len(names) < 2:  # noqa: PLR2004 - each half needs one
        return None
    rng, found = random.Random(seed), []  # noqa: S311 - a simulation, no secret
    for _ in range(SPLITS):
        rng.shuffle(names)
        chosen, others = names[: len(names) // 2], names[len(names) // 2 :]
        for one, other in ((chosen, others), (others, chosen)):
            found.append(_best_elsewhere(rows, [units[name] for name in one], [units[name] for name in other]))
    return fmean(found)


def _best_elsewhere(
    rows: Sequence[Sequence[float]], chosen_by: Sequence[Sequence[int]], scored_by: Sequence[Sequence[int]]
) -> float:
    before, after = [place for unit in chosen_by for place in unit], [place for unit in scored_by for place in unit]
    sums = [sum(map(row.__getitem__, before)) for row in rows]
    most = max(sums) - 1e-9  # sums of the same scores in another order
    best = [row for row, own in zip(rows, sums, strict=True) if own >= most]
    return fmean(fmean(map(row.__getitem__, after)) for row in best)
