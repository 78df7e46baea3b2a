"""Guess which of the forms of a test are its originals, from all that lies in a box.

This is the adversary that canaries are measured by: it knows how negated tests are made and has every rule that anybody
has thought of. A level of trust is given by the bits that it has to guess, so a new rule belongs here as soon as it is
known. What the old code answers is taken as known elsewhere (`run`).
"""

from __future__ import annotations

import math
from collections import defaultdict
from typing import TYPE_CHECKING

from boxscore.protocols.patch.canaries.clues import Name, clues, folded, text_of
from boxscore.protocols.patch.canaries.pools import drawn, order

if TYPE_CHECKING:
    import random
    from collections.abc import Callable, Sequence

    from boxscore.protocols.patch.canaries.clues import Context, Value
    from boxscore.protocols.patch.canaries.pools import Pool

DRAWS = 200
ENOUGH_BITS = 10.0  # that a reader has to guess before a pass is trusted: one in a thousand


def bits_of(pool: Pool, count: int, context: Context, *, kind: str = "", rng: random.Random) -> float:
    """Return the bits that the best rule has to guess of a window of `count` values, averaged over draws of it."""
    sums, draws = defaultdict[str, float](float), 1 if len(pool.others) < count and not pool.ordered else DRAWS
    weigh = weigher(context, kind=kind)
    for _ in range(draws):
        values = drawn(pool, count, rng)
        true = values[0]
        values.sort(key=repr)
        for rule, weights in weigh(values).items():
            sums[rule] += weights[values.index(true)] / sum(weights)
    return round(-math.log2(max(sums.values()) / draws), 3)


def weigher(context: Context, *, kind: str = "") -> Callable[[Sequence[Value]], dict[str, list[float]]]:
    """Return what weighs values by each rule, remembering what it has seen of each."""
    seen: dict[tuple[str, str], dict[str, float]] = {}

    def clues_of(value: Value) -> dict[str, float]:
        key = (type(value).__name__, repr(value))
        if key not in seen:
            seen[key] = clues(value, context)
        return seen[key]

    def weigh(values: Sequence[Value]) -> dict[str, list[float]]:
        found = [clues_of(value) for value in values]
        names = dict.fromkeys(name for one in found for name in one)
        scores = {name: [one.get(name, 0.0) for one in found] for name in names}
        scores |= _against_each_other(values)
        told = {name: row for name, row in scores.items() if len(set(row)) > 1}
        rules = {f"most {name}": _best(row) for name, row in told.items()}
        rules |= {f"least {name}": _best([-one for one in row]) for name, row in told.items() if name != "central"}
        return {"any": [1.0] * len(values), "usual": _usual(values, context, kind), **rules, **_ranks(values)}

    return weigh


def _best(row: Sequence[float]) -> list[float]:
    return [float(one == max(row)) for one in row]


def _usual(values: Sequence[Value], context: Context, kind: str) -> list[float]:
    """Weigh values by how often the repository has them."""
    box = context.box
    if kind:
        return [float(box.asserts[kind, bool(value)] + 1) for value in values]
    if any(isinstance(value, Name) for value in values):
        return [float(box.text.count(str(value).lower()) + 1) for value in values]
    own = [set(folded(text_of(value))) for value in values]
    common = set.intersection(*own)
    return [float(sum(box.counts[word] for word in one - common) + 1) for one in own]


def _against_each_other(values: Sequence[Value]) -> dict[str, list[float]]:
    """What can be told of values only beside the others: how much they are like all of them."""
    if not all(isinstance(value, str | bytes) for value in values):
        return {}
    texts = [text_of(value) for value in values]
    return {"central": [-float(sum(_distance(text, other) for other in texts)) for text in texts]}


def _distance(one: str, other: str) -> int:
    return abs(len(one) - len(other)) + sum(a != b for a, b in zip(one, other, strict=False))


def _ranks(values: Sequence[Value]) -> dict[str, list[float]]:
    """The least, the next, … of numbers, and of texts that differ in one."""
    orders = [order(value) for value in values]
    if not all(orders) or len(set(orders)) < len(values) or any(isinstance(value, bool) for value in values):
        return {}
    row = sorted(orders)
    return {f"number {at} in order": [float(one == row[at]) for one in orders] for at in range(len(row))}
