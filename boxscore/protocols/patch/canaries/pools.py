"""Values that a test might as well expect: those among which `clues` finds no difference to the true one.

A text differs from the others in one word alone, which is another word of the same standing; a number is one of a span
that begins anywhere below the true one. So none of them is the middle from which the others were made.
"""

from __future__ import annotations

import itertools
import re
import string
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from boxscore.protocols.patch.canaries.clues import (
    Context,
    Name,
    Value,
    folded,
    language,
    magnitude,
    quick_clues,
    slow_clues,
)

if TYPE_CHECKING:
    import random
    from collections.abc import Iterable, Iterator

MOST = 48  # values of one pool
TRIED = 1500  # candidates that are looked at
MOST_PARTS = 3  # words of one text
SMALL = 12  # up to this number any may stand for any other
SPAN = 60  # how far away on either side larger numbers are taken from
EXCEPTIONS = (
    "ArithmeticError",
    "AssertionError",
    "AttributeError",
    "BufferError",
    "EOFError",
    "ImportError",
    "IndexError",
    "KeyError",
    "MemoryError",
    "NameError",
    "NotImplementedError",
    "OSError",
    "RecursionError",
    "RuntimeError",
    "StopIteration",
    "SyntaxError",
    "TypeError",
    "UnicodeError",
    "ValueError",
    "ZeroDivisionError",
)
_PART = re.compile(r"[A-Za-z]{3,}|\d+")


class Pool(Struct, frozen=True):
    """A true value, and others that could be it; `key` is the word or number in which they differ.

    `span` is where that word stands in a text, None where the value is not a text or is replaced as a whole.
    """

    true: Value
    others: tuple[Value, ...]
    key: str
    ordered: bool = False  # whether they are numbers, of which the least or the greatest may give itself away
    span: tuple[int, int] | None = None


def pools_of(value: Value, context: Context, rng: random.Random, *, wide: bool = False) -> list[Pool]:
    """Find values like one: a pool for each word in which a text can differ, one or none for anything else.

    `wide` values must not be contained in an answer either.
    """
    match value:
        case bool():
            return [Pool(value, (not value,), repr(value))]
        case Name():
            return _made(value, map(Name, EXCEPTIONS), context, str(value))
        case int() | float() if not wide:
            return _made(value, _numbers(value, rng), context, str(abs(value)), ordered=True)
        case str(text):
            return _texts(text, context, rng, wide=wide)
        case bytes(data) if data.isascii():
            found = _texts(data.decode(), context, rng, wide=wide)
            return [replace(one, true=data, others=tuple(str(other).encode() for other in one.others)) for one in found]
    return []


def _made(  # noqa: PLR0913 - each is said of the pool
    true: Value,
    candidates: Iterable[Value],
    context: Context,
    key: str,
    *,
    ordered: bool = False,
    span: tuple[int, int] | None = None,
) -> list[Pool]:
    wanted, found, others = quick_clues(true, context), slow_clues(true, context), list[Value]()
    for one in itertools.islice(candidates, TRIED):
        if one == true or one in others or quick_clues(one, context) != wanted:
            continue
        if slow_clues(one, context) == found:
            others.append(one)
        if len(others) == MOST:
            break
    return [Pool(true, tuple(others), key, ordered, span)] if others else []


def _numbers(value: float, rng: random.Random) -> Iterator[float]:
    """Numbers about one, with as many zeros at their end; those of either side equally often, as far as there are."""
    if abs(value) <= SMALL and isinstance(value, int):
        sign = -1 if value < 0 else 1
        yield from rng.sample([sign * number for number in range(SMALL + 1)], SMALL + 1)
        return
    if isinstance(value, float):
        whole, _, fraction = repr(abs(value)).partition(".")
        if not (whole.isdecimal() and fraction.isdecimal()) or len(fraction) > 9:  # noqa: PLR2004 - noise has no like
            return
        scale, unit = 10 ** len(fraction), 1 if fraction != "0" else 10
        steps = int(whole + fraction)
        found: Iterable[float] = (step / scale for step in _about(steps, unit, wide=steps > 10**5))
    else:
        digits = str(abs(value))
        unit = 10 ** (len(digits) - len(digits.rstrip("0")))
        found = _about(abs(value), unit, wide=abs(value) > 10**5)
    yield from (-one if value < 0 else one for one in found)


def _about(number: int, unit: int, *, wide: bool) -> Iterator[int]:
    """Numbers on either side of one, the nearest first; further apart where a step might lie within a tolerance."""
    step = unit * max(1, number // (20 * unit)) if wide else unit
    for at in range(1, SPAN):
        yield number + at * step
        if number - at * step > 0:
            yield number - at * step


def _texts(text: str, context: Context, rng: random.Random, *, wide: bool) -> list[Pool]:
    """A pool for each word of a text; only the largest where the whole text is known, since no two changes are."""
    pools = list[Pool]()
    for part in _PART.finditer(text):
        if wide and len(part[0]) < 4:  # noqa: PLR2004 - a short word may be contained by chance
            continue
        candidates = (text[: part.start()] + word + text[part.end() :] for word in _words(part[0], context, rng))
        number = part[0].isdecimal()
        pools += _made(text, candidates, context, part[0].lower(), ordered=number, span=part.span())
    pools.sort(key=lambda pool: -len(pool.others))
    known = any(slow_clues(text, context).values()) or quick_clues(text, context)["written"]
    keys = [pool.key for pool in pools]
    return pools[: 1 if known else MOST_PARTS] if len(set(keys)) == len(keys) else pools[:1]


def _words(word: str, context: Context, rng: random.Random) -> Iterator[str]:
    """Words that may stand for one, as well known as it is, or with letters as good as its own."""
    if word.isdecimal():
        if not word.startswith("0"):
            yield from (str(number) for number in _numbers(int(word), rng) if number >= 0)
        return
    counts, lower = context.box.counts, word.lower()
    if counts[lower] or lower in language():
        source = [one for one in _of_its_standing(lower, context) if one.isascii() and one.isalpha()]
        rng.shuffle(source)
    else:
        source = _invented(word, rng)
    yield from (_cased(one, word) for one in source)


def _of_its_standing(word: str, context: Context) -> list[str]:
    """Words that are as usual as one in the repository; those of its own function whatever their length."""
    if word in context.folded:
        return list(context.folded)
    counts = context.box.counts
    times = magnitude(counts[word])
    source = counts if times else language()
    return [one for one in source if len(one) == len(word) and magnitude(counts[one]) == times]


def _cased(word: str, like: str) -> str:
    if like.isupper():
        return word.upper()
    return word.capitalize() if like[:1].isupper() else word


def _invented(word: str, rng: random.Random) -> list[str]:
    """Words that differ from one in the same one letter."""
    at = rng.randrange(len(word))
    vowels = "aeiou"
    kind = vowels if word[at].lower() in vowels else "".join(c for c in string.ascii_lowercase if c not in vowels)
    return [(word[:at] + other + word[at + 1 :]).lower() for other in kind]


def drawn(pool: Pool, count: int, rng: random.Random) -> list[Value]:
    """Draw `count` values, the true one first; so many lower numbers that it may be at any place of the row."""
    size = min(count - 1, len(pool.others) if pool.ordered else max(1, len(pool.others) * 2 // 3))
    if not pool.ordered:
        return [pool.true, *rng.sample(pool.others, size)]
    below = sorted((one for one in pool.others if order(one) < order(pool.true)), key=order, reverse=True)
    above = sorted((one for one in pool.others if one not in below), key=order)
    low = rng.randint(max(0, size - len(above)), min(size, len(below)))
    return [pool.true, *below[:low], *above[: size - low]]  # without a gap, which would lie about the true one


def order(value: Value) -> tuple[float, ...]:
    """Return the numbers in a value, by which it is more or less than others."""
    if isinstance(value, int | float):
        return (float(value),)
    text = value.decode() if isinstance(value, bytes) else str(value)
    return tuple(float(word) for word in folded(text) if word.isdecimal())
