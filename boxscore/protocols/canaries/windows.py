"""What the forms of preferred tests say in the places in which they differ, chosen once for an instance.

A window is a row of values of one choice, the true one first. All draws of an instance show the same windows, so that
having seen two of them is no help. Which tests have windows, and what a reader makes of these, is found with the text
of the box at hand.
"""

from __future__ import annotations

import re
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct, structs

from boxscore.protocols.canaries.choices import SHARED, Assertion, Choice, Sort
from boxscore.protocols.canaries.clues import SMALLEST_SIZED, Contents, Context, Name, folded, read, text_of
from boxscore.protocols.canaries.pools import ValuePool, drawn, pools_of, room
from boxscore.protocols.canaries.reader import bits_of
from boxscore.protocols.canaries.text import CannotRewriteError

if TYPE_CHECKING:
    import random
    from collections.abc import Collection, Mapping, Sequence

    from boxscore.protocols.canaries.clues import Value
    from boxscore.protocols.canaries.values import Edit

MOST_WINDOWS = 12  # of one function
MOST_ASSERTIONS = 60  # of one function, that are looked at; what others expect is blank
MOST_CHOICES = 40  # of one assertion, that are looked at
LEAST_VALUES, MOST_VALUES = 3, 32
MOST_RELATED = 100  # numbers of windows that are combined with each other
NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,15})?")


class Window(Struct, frozen=True):
    """What the forms of one choice say, by the numbers of its assertion and itself: its `texts`, the true one first.

    Without texts the assertion is only made blank: it would show what another window hides. `bits` is what a reader
    has to guess. Of a `shared` one a right program that is not the reference may pass what is not the true one, too.
    """

    assertion: int
    choice: int = 0
    texts: tuple[str, ...] = ()
    bits: float = 0.0
    alone: bool = False  # the test is run with one row of its parameters
    shared: bool = False


class SearchedTest(Protocol):
    """One test function to find windows for, in whatever language."""

    @property
    def name(self) -> tuple[str, ...]:
        """Its path, classes and name."""

    @property
    def before(self) -> tuple[object, ...]:
        """The literals of its older version."""

    def assertions(self) -> Sequence[Assertion]:
        """Find those that each run of it reaches."""

    def shown(self, edits: Sequence[Edit]) -> str:
        """Return its text after edits. Raises CannotRewriteError."""

    def spelled(self, value: Value, *, like: str) -> str:
        """Write a value as a literal, a text in the quotes of `like`."""


class _Known(Struct, frozen=True):
    """What is known beside a function: what a reader has, the words of its file, and randomness."""

    box: Contents
    around: Collection[str]
    rng: random.Random


class _Found(Struct, frozen=True):
    """A choice of an assertion, and what else it might say."""

    assertion: int
    number: int
    choice: Choice
    pool: ValuePool
    context: Context
    alone: bool

    @property
    def key(self) -> str:
        """What is hidden: the same in two windows would tell it."""
        return self.choice.shape if self.choice.sort is Sort.TRUTH else self.pool.key


def find_windows(
    places: Sequence[SearchedTest], box: Contents, *, around: Mapping[str, str], forms: int, rng: random.Random
) -> dict[tuple[str, ...], tuple[Window, ...]]:
    """Choose windows for functions; `around` is the text of their files without them, and of others, by path.

    All windows together are of about so many forms.
    """
    every = {place.name: _guarded(place) for place in places}
    outside = [word for text in around.values() for word in read(text)]
    for place in places:
        outside += read(_blanked(place, every[place.name]))
    known = _Known(box, frozenset(outside), rng)
    found = {place.name: _of_function(place, every[place.name], known) for place in places}
    chosen = _first(_once(found), max(1, forms // LEAST_VALUES))
    taken = {one.key for several in chosen.values() for one in several}
    size = _size([one for several in chosen.values() for one in several], forms)
    made: dict[tuple[str, ...], tuple[Window, ...]] = {}
    for place in places:
        windows = [_drawn(place, one, taken, size, rng) for one in chosen[place.name]]
        rest = set(range(len(every[place.name]))) - {one.assertion for one in windows}
        made[place.name] = (*windows, *map(Window, sorted(rest)))
    return made


def _guarded(place: SearchedTest) -> Sequence[Assertion]:
    try:
        return place.assertions()
    except RecursionError:
        return []


def _size(found: Sequence[_Found], forms: int) -> int:
    """Return how many forms a window may have if all together are to have about so many."""
    small = [one for one in found if room(one.pool) <= LEAST_VALUES]
    left = max(1, len(found) - len(small))
    return max(LEAST_VALUES, min(MOST_VALUES, (forms - sum(room(one.pool) for one in small)) // left))


def _of_function(place: SearchedTest, every: Sequence[Assertion], known: _Known) -> list[_Found]:
    """Find what may differ in each assertion, while the others that have something are blank."""
    found = (_choices(place, every, number, known) for number in range(min(len(every), MOST_ASSERTIONS)))
    return [one for several in found for one in several]


def _blanked(place: SearchedTest, every: Sequence[Assertion], *more: Edit, but: int | None = None) -> str:
    """Return a function's text as all forms show it, but for one assertion."""
    alone = but is not None and every[but].alone  # then all other rows are gone
    hidden = [] if alone else [edit for at, one in enumerate(every) if at != but for edit in one.blank]
    try:
        return place.shown([*hidden, *more])
    except CannotRewriteError:
        return ""


def _choices(place: SearchedTest, every: Sequence[Assertion], number: int, known: _Known) -> list[_Found]:
    """Find what each choice of an assertion might say; of those that show each other only the best."""
    found, alone = list[_Found](), every[number].alone
    for at, choice in enumerate(every[number].choices[:MOST_CHOICES]):
        near = _blanked(place, every, *alone, *choice.written("..."), but=number)
        context = Context(
            known.box,
            near=near,
            around=known.around,
            before=place.before,
            length=choice.length,
            asked=choice.asked,
        )
        pools = pools_of(choice.true, context, known.rng, wide=choice.sort is Sort.PART) if near else []
        found += [_Found(number, at, choice, pool, context, bool(alone)) for pool in pools[:1]]
    found.sort(key=lambda one: -room(one.pool))
    apart = all(one.choice.sort is Sort.VALUE and not one.choice.whole for one in found)
    return found if apart else found[:1]


def _once(found: Mapping[tuple[str, ...], list[_Found]]) -> dict[tuple[str, ...], list[_Found]]:
    """Leave out what hides the same as another: the two together would tell it; or a number that others make."""
    seen, kept, numbers = set[str](), dict[tuple[str, ...], list[_Found]](), _Numbers()
    for name, several in found.items():
        kept[name] = []
        for one in sorted(several, key=lambda one: -room(one.pool)):
            if one.key not in seen and len(kept[name]) < MOST_WINDOWS and numbers.take(one.pool.true):
                seen.add(one.key)
                kept[name].append(one)
    return kept


class _Numbers:
    """Numbers of windows of which none is made of one or two others by a step: a reader looks for what fits."""

    def __init__(self) -> None:
        self._taken: list[Fraction] = []
        self._made: set[Fraction] = set()

    def take(self, value: Value) -> bool:
        """Take a value, if it is no number that others make; small ones are everywhere."""
        text = text_of(value)
        if isinstance(value, bool) or not NUMBER.fullmatch(text):
            return True
        number = Fraction(text)
        if abs(number) in self._made:
            return False
        if abs(number) >= SMALLEST_SIZED or number.denominator > 1:
            self._add(abs(number))
        return True

    def _add(self, number: Fraction) -> None:
        self._made |= {number, number**2, number + 1, number - 1}
        self._made |= {by * number for times in (2, 10, 100, 1000) for by in (times, Fraction(1, times))}
        for other in self._taken[:MOST_RELATED]:
            self._made |= {number + other, abs(number - other), number * other, number / other, other / number}
        self._taken.append(number)


def _first(found: Mapping[tuple[str, ...], list[_Found]], most: int) -> dict[tuple[str, ...], list[_Found]]:
    """Keep so many, the first of each function first."""
    ranked = sorted((at, -room(one.pool), name) for name, several in found.items() for at, one in enumerate(several))
    count = Counter(name for _, _, name in ranked[:most])
    return {name: several[: count[name]] for name, several in found.items()}


def _drawn(place: SearchedTest, one: _Found, taken: set[str], size: int, rng: random.Random) -> Window:
    """Draw the values of a window. No word stands in two: it could not be the true one of either.

    Numbers, exceptions and truths may, the true ones as well as the others.
    """
    pool = one.pool
    if isinstance(pool.true, str | bytes) and not isinstance(pool.true, Name) and not pool.key.isdecimal():
        mine = set(folded(text_of(pool.true)))
        kept = tuple(value for value in pool.others if not (set(folded(text_of(value))) - mine) & taken)
        pool = structs.replace(pool, others=kept)
    values = drawn(pool, min(size, room(pool)), rng) if pool.others else [pool.true]
    if not pool.key.isdecimal():
        taken.update(word for value in values for word in folded(text_of(value)))
    texts = tuple(place.spelled(value, like=one.choice.spelling) for value in values)
    bits = bits_of(pool, len(values), one.context, kind=one.choice.kind, rng=rng) if len(values) > 1 else 0.0
    return Window(one.assertion, one.number, texts, bits, alone=one.alone, shared=one.choice.sort in SHARED)
