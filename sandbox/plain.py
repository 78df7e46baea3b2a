"""Plain data: the only thing that crosses between a candidate and a grader.

Plain is None, bool, int, float, complex, str, bytes, and lists, tuples, sets, frozensets and dicts of those.
Both directions use the byte form of `marshal` version 2, which has no references, no interning and one form for
each value, so that equal bytes mean equal values of equal types (NaN aside).

The candidate's side (`reduce`, `marshal.dumps`) runs next to hostile code and only makes answers. The grader's side
(`rebuild`) never calls `marshal.loads` on an answer: it is a decoder of the plain subset alone, with caps on size,
depth, items and digits, and anything else is a `Breach`.
"""

from __future__ import annotations

import gc
import itertools
import operator
import struct
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from typing import Any

VERSION = 2
MAX_DEPTH = 200
MAX_ITEMS = 4_000_000
MAX_INT_BITS = 4_000_000
MAX_COLLISIONS = 32
COLLECTED_BYTES = 1 << 16  # larger answers are decoded without looking for garbage, which would double the time
SHORT = 32  # digits that are joined one by one
TABLE_STEP = 64  # items that are put into a table between two looks at the clock, since no signal ends a call
TABLE_CPU_S, ITEM_CPU_S = 2.0, 5e-6  # what the tables of an answer may take, twenty times what honest ones do

foreign_numbers = True  # whether numbers of other types have a plain form: the number that they are equal to

SCALARS = frozenset({type(None), bool, int, float, complex, str, bytes})


class Breach(Exception):  # noqa: N818 - it is an act, not a mistake
    """The bytes are not the byte form of plain data within the caps."""


class TooLarge(Breach):
    """The bytes may be plain data, but decoding it would take more time or memory than an answer is worth."""


class NotPlain(Exception):  # noqa: N818 - a finding that callers expect
    """A value has no plain form; the argument is the name of its type."""


def reduce(value: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one for each kind, the frequent first
    """Give the plain form of a value; raise NotPlain where there is none.

    Subclasses become their base, numpy scalars Python's, fractions and decimals the number they are equal to.
    """
    kind = type(value)
    if kind in SCALARS:
        return value
    if depth > MAX_DEPTH:
        raise NotPlain("deeply nested " + kind.__name__)
    if kind is list:
        return value if SCALARS.issuperset(map(type, value)) else [reduce(item, depth + 1) for item in value]
    if kind is tuple:
        return value if SCALARS.issuperset(map(type, value)) else tuple([reduce(item, depth + 1) for item in value])
    if kind is dict:
        if SCALARS.issuperset(map(type, value)) and SCALARS.issuperset(map(type, value.values())):
            return value
        return {reduce(key, depth + 1): reduce(item, depth + 1) for key, item in value.items()}
    if kind is set or kind is frozenset:
        return value if SCALARS.issuperset(map(type, value)) else kind([reduce(item, depth + 1) for item in value])
    return _reduce_subclass(value, depth)


def _reduce_subclass(value: Any, depth: int) -> Any:  # noqa: PLR0911 - as above
    for exact, convert in _EXACT:
        if isinstance(value, exact):
            return convert(value)
    if isinstance(value, list):
        return [reduce(item, depth + 1) for item in list.__iter__(value)]
    if isinstance(value, tuple):
        return tuple([reduce(item, depth + 1) for item in tuple.__iter__(value)])
    if isinstance(value, dict):
        return {reduce(key, depth + 1): reduce(item, depth + 1) for key, item in dict.items(value)}
    if isinstance(value, (set, frozenset)):
        base: Any = set if isinstance(value, set) else frozenset
        return base([reduce(item, depth + 1) for item in base.__iter__(value)])
    if isinstance(value, bytearray):
        return bytes(value)
    return _reduce_number(value)


def _reduce_number(value: Any) -> Any:
    module = type(value).__module__ if foreign_numbers else ""
    if module == "numpy" and getattr(value, "ndim", None) == 0 and hasattr(value, "item"):
        item = value.item()
        if type(item) in SCALARS:
            return item
    if module in ("fractions", "decimal"):
        for kind in (int, float):
            number = kind(value)
            if number == value:
                return number
    raise NotPlain(type(value).__name__)


_EXACT: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (bool, bool),
    (int, int.__int__),
    (float, float.__float__),
    (complex, lambda value: complex(value.real, value.imag)),
    (str, str.__str__),
    (bytes, lambda value: bytes(memoryview(value))),
)

_I32 = struct.Struct("<i")
_F64 = struct.Struct("<d")
_C128 = struct.Struct("<dd")


def rebuild(data: bytes) -> Any:
    """Decode one value from bytes that an enemy wrote.

    Raises Breach for all that is not plain or over a cap; for the caps on items and digits, and for the memory that
    this process may have, TooLarge.
    """
    decoder = _Decoder(data)
    collected = len(data) > COLLECTED_BYTES and gc.isenabled()
    if collected:
        gc.disable()
    try:
        value = decoder.value(0)
    except (struct.error, IndexError, UnicodeDecodeError, TypeError, OverflowError) as error:
        raise Breach(f"malformed answer: {type(error).__name__}") from None
    except MemoryError:
        raise TooLarge("an answer that needs more memory than the tests have") from None
    finally:
        if collected:
            gc.enable()
    if decoder.at != len(data):
        raise Breach("an answer with a tail")
    return value


class _Decoder:
    """A cursor over the bytes; each method decodes one form and moves on."""

    def __init__(self, data: bytes) -> None:
        self.data, self.at, self.items, self.tables_s = data, 0, 0, 0.0

    def value(self, depth: int) -> Any:  # noqa: PLR0911 - one for each form, the frequent first
        tag = self.data[self.at]
        self.at += 1
        simple = _CONSTANTS.get(tag, self)
        if simple is not self:
            return simple
        if tag == 0x69:  # i
            return self.unpack(_I32)[0]
        if tag == 0x75:  # u
            return str(self.take(self.count()), "utf-8", "surrogatepass")
        if tag == 0x67:  # g
            return self.unpack(_F64)[0]
        if tag in _CONTAINERS:
            if depth >= MAX_DEPTH:
                raise Breach("answer nested too deeply")
            return self.dictionary(depth + 1) if tag == 0x7B else self.sequence(_CONTAINERS[tag], depth + 1)
        if tag == 0x6C:  # l
            return self.integer()
        if tag == 0x73:  # s
            return bytes(self.take(self.count()))
        if tag == 0x79:  # y
            return complex(*self.unpack(_C128))
        raise Breach("answer with a form that is not plain data")

    def unpack(self, form: struct.Struct) -> tuple[Any, ...]:
        values = form.unpack_from(self.data, self.at)
        self.at += form.size
        return values

    def count(self) -> int:
        count: int = self.unpack(_I32)[0]
        if count < 0:
            raise Breach("negative size in an answer")
        return count

    def take(self, count: int) -> bytes:
        end = self.at + count
        if end > len(self.data):
            raise Breach("answer shorter than it says")
        part = self.data[self.at : end]
        self.at = end
        return part

    def spend(self, count: int) -> None:
        self.items += count
        if self.items > MAX_ITEMS:
            raise TooLarge("an answer with too many items")

    def sequence(self, kind: Callable[[list[Any]], Any], depth: int) -> Any:
        count = self.count()
        if count > len(self.data) - self.at:
            raise Breach("answer shorter than it says")
        self.spend(count + (_SET_COST if kind in _SETS else 1))
        items = [self.value(depth) for _ in range(count)]
        if kind is list:
            return items
        if kind is tuple:
            return tuple(items)
        check_hashes(items)
        found: set[Any] = set()
        self.fill(found.update, iter(items), count)
        built = found if kind is set else frozenset(found)
        if len(built) != count:
            raise Breach("a set with equal items")
        return built

    def dictionary(self, depth: int) -> dict[Any, Any]:
        keys: list[Any] = []
        values: list[Any] = []
        self.spend(_DICT_COST)
        while self.data[self.at] != 0x30:  # 0 ends a dict
            self.spend(1)
            keys.append(self.value(depth))
            values.append(self.value(depth))
        self.at += 1
        check_hashes(keys)
        built: dict[Any, Any] = {}
        self.fill(built.update, zip(keys, values, strict=True), len(keys))
        if len(built) != len(keys):
            raise Breach("a dict with equal keys")
        return built

    def fill(self, update: Callable[[Iterator[Any]], None], items: Iterator[Any], count: int) -> None:
        """Put the items, `count` of them, into a table, step by step.

        Keys of different hashes can still be made to walk through each other's places, which takes minutes.
        """
        if count <= TABLE_STEP:
            return update(items)
        started, may_take_s = time.thread_time(), TABLE_CPU_S + ITEM_CPU_S * self.items - self.tables_s
        for _ in range(0, count, TABLE_STEP):
            update(itertools.islice(items, TABLE_STEP))
            if time.thread_time() - started > may_take_s:
                raise TooLarge("an answer whose keys take too long to tell apart")
        self.tables_s += time.thread_time() - started
        return None

    def integer(self) -> int:
        size = self.unpack(_I32)[0]
        count = abs(size)
        if 2 * count > len(self.data) - self.at:
            raise Breach("answer shorter than it says")
        if count * 15 > MAX_INT_BITS:
            raise TooLarge("an answer with too many digits")
        digits = struct.unpack(f"<{count}H", self.take(2 * count))
        if not digits or digits[-1] == 0 or max(digits) >= 1 << 15:
            raise Breach("an integer in a form of its own")
        number = _join(digits)
        return -number if size < 0 else number


def fill(update: Callable[[list[Any]], object], items: Iterator[Any]) -> None:
    """Put items into a table, step by step, and no longer than honest ones take; see `_Decoder.fill`."""
    started, done = time.thread_time(), 0
    while part := list(itertools.islice(items, TABLE_STEP)):
        update(part)
        done += len(part)
        if time.thread_time() - started > TABLE_CPU_S + ITEM_CPU_S * done:
            raise TooLarge("an answer whose keys take too long to tell apart")


def check_hashes(items: Collection[Any]) -> None:
    """Refuse items made to collide, since a table of them costs the square of their number."""
    if len(items) <= MAX_COLLISIONS:
        return
    hashes = sorted(map(hash, items))  # counting them in a table would itself be the walk that is looked for
    if any(map(operator.eq, hashes, itertools.islice(hashes, MAX_COLLISIONS, None))):
        raise Breach("items with equal hashes")


def _join(digits: Sequence[int]) -> int:
    if len(digits) <= SHORT:
        number = 0
        for digit in reversed(digits):
            number = number << 15 | digit
        return number
    half = len(digits) // 2
    return _join(digits[half:]) << 15 * half | _join(digits[:half])


_CONSTANTS = {0x4E: None, 0x54: True, 0x46: False}
_SETS, _SET_COST, _DICT_COST = (set, frozenset), 8, 4  # what making one costs, in items
_CONTAINERS = {0x28: tuple, 0x5B: list, 0x7B: dict, 0x3C: set, 0x3E: frozenset}
