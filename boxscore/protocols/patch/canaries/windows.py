"""What the forms of preferred tests say in the places in which they differ, chosen once for an instance.

A window is a row of values of one choice, the true one first. All draws of an instance show the same windows, so that
having seen two of them is no help. Which tests have windows, and what a reader makes of these, is found with the text
of the box at hand.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from boxscore.protocols.patch.canaries.assertions import Assertion, Choice, Sort, assertions
from boxscore.protocols.patch.canaries.clues import Contents, Context, Value, folded, text_of
from boxscore.protocols.patch.canaries.pools import Pool, drawn, pools_of
from boxscore.protocols.patch.canaries.reader import bits_of
from boxscore.protocols.patch.canaries.text import CannotRewriteError
from boxscore.protocols.patch.canaries.values import replace, spelled

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping, Sequence

    from boxscore.protocols.patch.canaries.text import Function, Text
    from boxscore.protocols.patch.canaries.values import Edit

MOST_WINDOWS = 8  # of one function
MOST_PARTS = 4  # in which the forms of one assertion differ
LEAST_VALUES, MOST_VALUES = 3, 32
ROUNDS = 3  # until it is settled which assertions are shown, which decides what stands near the others


class Window(Struct, frozen=True):
    """What the forms of one assertion say: each of `rows` has a text for each of its `choices`, the true ones first.

    Without rows the assertion is only made blank: it would show what another window hides. `bits` is what a reader has
    to guess.
    """

    assertion: int
    choices: tuple[int, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    bits: float = 0.0


class Place(Struct, frozen=True):
    """One test function to find windows for, and the text of the file it stands in; `before` is its older version."""

    name: tuple[str, ...]
    function: Function
    text: Text
    before: tuple[object, ...] = ()


class _Known(Struct, frozen=True):
    """What is known beside a function: what a reader has, the words of its file, and randomness."""

    box: Contents
    around: Collection[str]
    rng: random.Random


class _Part(Struct, frozen=True):
    """One word, number or truth in which the forms of an assertion may differ."""

    number: int  # of its choice
    choice: Choice
    pool: Pool
    context: Context


class _Found(Struct, frozen=True):
    assertion: int
    parts: tuple[_Part, ...]

    @property
    def room(self) -> int:
        """How many forms there could be."""
        return math.prod(len(part.pool.others) + 1 for part in self.parts)

    @property
    def keys(self) -> set[str]:
        """What is hidden: the same in two windows would tell it."""
        return {part.choice.shape if part.choice.sort is Sort.TRUTH else part.pool.key for part in self.parts}


def find_windows(
    places: Sequence[Place], box: Contents, *, around: Mapping[str, str], forms: int, rng: random.Random
) -> dict[tuple[str, ...], tuple[Window, ...]]:
    """Choose windows for functions; `around` is the text of their files without them, by path.

    All windows together are of about so many forms.
    """
    every = {place.name: _guarded(place) for place in places}
    outside = {path: folded(text) for path, text in around.items()}
    for place in places:
        outside[place.name[0]] += folded(_blanked(place, every[place.name], set()))
    found = {
        place.name: _of_function(place, every[place.name], _Known(box, outside[place.name[0]], rng)) for place in places
    }
    chosen = _once(found)
    hidden = {key for several in chosen.values() for one in several for key in one.keys}
    size = _size([one for several in chosen.values() for one in several], forms)
    made: dict[tuple[str, ...], tuple[Window, ...]] = {}
    for place in places:
        windows = [_drawn(one, place.text, hidden, size, rng) for one in chosen[place.name]]
        kept = {one.assertion for one in chosen[place.name]}
        blank = [Window(one.assertion) for one in found[place.name] if one.assertion not in kept and windows]
        made[place.name] = (*windows, *blank)
    return made


def _guarded(place: Place) -> list[Assertion]:
    try:
        return assertions(place.function, place.text)
    except RecursionError:
        return []


def _size(found: Sequence[_Found], forms: int) -> int:
    """Return how many forms a window may have if all together are to have about so many."""
    small = [one for one in found if one.room <= LEAST_VALUES]
    left = max(1, len(found) - len(small))
    return max(LEAST_VALUES, min(MOST_VALUES, (forms - sum(one.room for one in small)) // left))


def _of_function(place: Place, every: Sequence[Assertion], known: _Known) -> list[_Found]:
    """Find what may differ in each assertion, while the others that have something are blank."""
    shown, found = set[int](), dict[int, _Found]()
    for _ in range(ROUNDS):
        before, found = set(found), {}
        for number in range(len(every)):
            parts = _parts(place, every, number, shown, known)
            if parts:
                found[number] = _Found(number, parts)
        shown = set(range(len(every))) - set(found)
        if before == set(found):
            break
    return list(found.values())


def _blanked(place: Place, every: Sequence[Assertion], shown: Collection[int], *more: Edit) -> str:
    hidden = [edit for at, one in enumerate(every) if at not in shown for edit in one.blank]
    try:
        return place.text.edited(place.function, [*hidden, *more]).decode()
    except CannotRewriteError:
        return ""


def _parts(
    place: Place, every: Sequence[Assertion], number: int, shown: Collection[int], known: _Known
) -> tuple[_Part, ...]:
    parts = list[_Part]()
    for at, choice in enumerate(every[number].choices):
        near = _blanked(place, every, {*shown, number}, replace(choice.node, "..."))
        context = Context(known.box, near=near, around=known.around, siblings=choice.siblings, before=place.before)
        pools = pools_of(choice.true, context, known.rng, wide=choice.sort is Sort.PART) if near else []
        parts += [_Part(at, choice, pool, context) for pool in pools]
    parts.sort(key=lambda part: -len(part.pool.others))
    keys = set[str]()
    return tuple(
        part
        for part in parts
        if (part.choice.sort is Sort.TRUTH or part.pool.key not in keys) and not keys.add(part.pool.key)  # type: ignore[func-returns-value]
    )[:MOST_PARTS]


def _once(found: Mapping[tuple[str, ...], list[_Found]]) -> dict[tuple[str, ...], list[_Found]]:
    """Leave out what hides the same as another: the two together would tell it."""
    seen, kept = set[str](), dict[tuple[str, ...], list[_Found]]()
    for name, several in found.items():
        kept[name] = []
        for one in sorted(several, key=lambda one: -one.room):
            if not one.keys & seen and len(kept[name]) < MOST_WINDOWS:
                seen |= one.keys
                kept[name].append(one)
    return kept


def _drawn(one: _Found, text: Text, hidden: set[str], size: int, rng: random.Random) -> Window:
    """Draw all combinations of as many values of each part as there is room for."""
    columns, bits, left = list[list[Value]](), 0.0, size
    for part in one.parts:
        pool = _without(part, hidden)
        count = min(left, len(pool.others) + 1)
        values = drawn(pool, count, rng) if count > 1 else [pool.true]
        left //= len(values)
        columns.append(values)
        if len(values) > 1:
            bits += bits_of(pool, len(values), part.context, kind=part.choice.kind, rng=rng)
    numbers = tuple(dict.fromkeys(part.number for part in one.parts))
    rows = tuple(
        tuple(_written(one, number, values, text) for number in numbers) for values in itertools.product(*columns)
    )
    return Window(one.assertion, numbers, rows, round(bits, 3))


def _without(part: _Part, hidden: set[str]) -> Pool:
    """Leave out what other windows hide: it would seem to stand in both."""
    pool = part.pool
    if pool.ordered or part.choice.sort is Sort.TRUTH:
        return pool
    mine = set(folded(text_of(pool.true)))
    kept = tuple(value for value in pool.others if not (set(folded(text_of(value))) - mine) & hidden)
    return structs.replace(pool, others=kept)


def _written(one: _Found, number: int, values: Sequence[Value], text: Text) -> str:
    """Write the literal of one choice, with each of its parts as it is in a row."""
    own = [(part, value) for part, value in zip(one.parts, values, strict=True) if part.number == number]
    (first, value), *_ = own
    if first.pool.span is not None:
        true = text_of(first.pool.true)
        made = true
        for part, changed in sorted(own, key=lambda pair: pair[0].pool.span or (0, 0), reverse=True):
            start, stop = part.pool.span or (0, 0)
            new = text_of(changed)
            made = made[:start] + new[start : len(new) - (len(true) - stop)] + made[stop:]
        value = made.encode("latin-1") if isinstance(first.pool.true, bytes) else made
    return spelled(value, like=text.segment(first.choice.node))
