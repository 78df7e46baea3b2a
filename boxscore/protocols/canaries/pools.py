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

from boxscore.protocols.canaries.clues import (
    SMALLEST_SIZED,
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

MOST = 64  # values of one pool
LETTERS = 4  # of an invented word, of which one is replaced: that for which most others do
TRIED = 1500  # candidates that are looked at
SPAN = 80  # how far away on either side larger numbers are taken from
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
_PART = re.compile(r"[A-Za-z]+|\d+")


class ValuePool(Struct, frozen=True):
    """A true value, and others that could be it; `key` is the word or number in which they differ.

    Others may be `misspelt`: whoever has a list of words then knows the true one, if it stands in there.
    """

    true: Value
    others: tuple[Value, ...]
    key: str
    misspelt: bool = False
    ordered: bool = False  # whether they are numbers, of which the least or the greatest may give itself away


def pools_of(value: Value, context: Context, rng: random.Random, *, wide: bool = False) -> list[ValuePool]:
    """Find values like one, a pool or none.

    `wide` values must not be contained in an answer either.
    """
    match value:
        case bool():
            return [ValuePool(value, (not value,), repr(value))]
        case Name():
            known = map(Name, EXCEPTIONS if value in EXCEPTIONS else ())
            return _made(value, known, context, str(value))
        case int() | float() if not wide:
            return _made(value, _numbers(value, rng), context, str(abs(value)), ordered=not _is_small(value))
        case str(text):
            return _texts(text, context, rng, wide=wide)
        case bytes(data) if data.isascii():
            found = _texts(data.decode(), context, rng, wide=wide)
            return [replace(one, true=data, others=tuple(str(other).encode() for other in one.others)) for one in found]
    return []


def _made(
    true: Value,
    candidates: Iterable[Value],
    context: Context,
    key: str,
    *,
    ordered: bool = False,
) -> list[ValuePool]:
    wanted, found, others = quick_clues(true, context), slow_clues(true, context), list[Value]()
    for one in itertools.islice(candidates, TRIED):
        if one == true or one in others or quick_clues(one, context) != wanted:
            continue
        if slow_clues(one, context) == found:
            others.append(one)
        if len(others) == MOST:
            break
    pool = ValuePool(true, tuple(others), key, ordered=ordered)
    return [pool] if room(pool) > 1 else []


def room(pool: ValuePool) -> int:
    """Return how many values a draw may have: of numbers, no more than there are to either side of the true one."""
    if not pool.ordered:
        return len(pool.others) + 1
    below = sum(order(one) < order(pool.true) for one in pool.others)
    return 1 + min(below, len(pool.others) - below)


def _is_small(value: float) -> bool:
    """Whether any number of its size may stand for a number, so that its place in their row says nothing."""
    return isinstance(value, int) and abs(value) < SMALLEST_SIZED


def _numbers(value: float, rng: random.Random) -> Iterator[float]:
    """Numbers about one, with as many zeros at their end; those of either side equally often, as far as there are."""
    if _is_small(value):
        sign = -1 if value < 0 else 1
        yield from rng.sample([sign * number for number in range(SMALLEST_SIZED)], SMALLEST_SIZED)
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


def _texts(text: str, context: Context, rng: random.Random, *, wide: bool) -> list[ValuePool]:
    """The largest pool that comes of changing one word of a text."""
    pools = list[ValuePool]()
    for part in _PART.finditer(text):
        if wide and len(part[0]) < 4:  # noqa: PLR2004 - a short word may be contained by chance
            continue
        known = _is_known(part[0], context)
        tries = [_words(part[0], context, rng) for _ in range(1 if known else LETTERS)]
        number = part[0].isdecimal() and not _is_small(int(part[0]))
        for words in tries:
            candidates = (text[: part.start()] + word + text[part.end() :] for word in words)
            found = _made(text, candidates, context, part[0].lower(), ordered=number)
            pools += [replace(one, misspelt=not known) for one in found]
    pools.sort(key=room, reverse=True)
    return pools[:1]


def _words(word: str, context: Context, rng: random.Random) -> Iterator[str]:
    """Words that may stand for one, as well known as it is, or with letters as good as its own."""
    if word.isdecimal():
        if not word.startswith("0"):
            yield from (str(number) for number in _numbers(int(word), rng) if number >= 0)
        return
    if _is_known(word, context):
        standing = _of_its_standing(word.lower(), context)
        source = sorted(one for one in standing if one.isascii() and one.isalpha())
        rng.shuffle(source)
    else:
        source = _invented(word, rng)
    yield from (_cased(one, word) for one in source)


def _is_known(word: str, context: Context) -> bool:
    """Whether words of its own standing are to be had: a number has its like, too."""
    return word.isdecimal() or word.lower() in language() or context.box.counts[word.lower()] > 0


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
    vowels = "aeiou"
    at = rng.choice([at for at, letter in enumerate(word) if letter.lower() not in vowels] or range(len(word)))
    kind = vowels if word[at].lower() in vowels else "".join(c for c in string.ascii_lowercase if c not in vowels)
    return [(word[:at] + other + word[at + 1 :]).lower() for other in kind]


def drawn(pool: ValuePool, count: int, rng: random.Random) -> list[Value]:
    """Draw `count` values, the true one first. Of numbers so many are lower that it may be at any place of the row.

    Of other values some are left out wherever that can be, so that not all draws are the same.
    """
    if not pool.ordered:
        return [pool.true, *rng.sample(pool.others, min(count - 1, max(1, len(pool.others) * 2 // 3)))]
    below = sorted((one for one in pool.others if order(one) < order(pool.true)), key=order, reverse=True)
    above = sorted((one for one in pool.others if one not in below), key=order)
    size = min(count - 1, len(below), len(above))
    low = rng.randint(0, size)
    return [pool.true, *below[:low], *above[: size - low]]  # without a gap, which would tell where the true one is


def order(value: Value) -> tuple[float, ...]:
    """Return the numbers in a value, by which it is more or less than others."""
    if isinstance(value, int | float):
        return (float(value),)
    text = value.decode() if isinstance(value, bytes) else str(value)
    return tuple(float(word) for word in folded(text) if word.isdecimal())
