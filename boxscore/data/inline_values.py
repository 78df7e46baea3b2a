"""Read values of inline tests within bounds: what callers send may be anything, and each message names the place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from boxscore.checks import shown
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

MAX_TESTS = 10_000
MAX_BYTES = 64 << 20
MAX_DEPTH = 100
MAX_DIGITS = 4_300  # of a whole number; as Python's own default for reading one


class SizeBudget:
    """Counts what the tests of one task take together."""

    def __init__(self, most: int = MAX_BYTES) -> None:
        self._left = self._most = most

    def spend(self, place: str, size: int) -> None:
        """Count so many bytes. Raises UsageError when they are too many in all."""
        self._left -= size
        if self._left < 0:
            raise UsageError(f"{place}: the tests are more than {self._most:,} bytes together")


def text(place: str, value: object, budget: SizeBudget) -> str:
    """A text that can be written to a file or a pipe. Raises UsageError."""
    if not isinstance(value, str):
        raise UsageError(f"{place} must be text, not {shown(value)}")
    try:
        budget.spend(place, len(value.encode()))
    except UnicodeEncodeError:
        raise UsageError(f"{place} holds half of a surrogate pair, which is not text") from None
    return value


def texts(place: str, value: object) -> Sequence[object]:
    """A list of at least one thing, and of no more than a task may have. Raises UsageError."""
    if not isinstance(value, Sequence) or isinstance(value, str | bytes):
        raise UsageError(f"{place} must be a list, not {shown(value)}")
    if not 0 < len(value) <= MAX_TESTS:
        raise UsageError(f"{place} must hold 1 to {MAX_TESTS:,} tests, not {len(value):,}")
    return value


def from_json(place: str, source: str) -> Any:
    """Decode JSON, with Python's NaN and Infinity. Raises UsageError."""
    try:
        return json.loads(source)
    except RecursionError:
        raise UsageError(f"{place} is nested more than {MAX_DEPTH} deep") from None
    except ValueError as error:  # also a number of too many digits
        raise UsageError(f"{place} is not JSON: {error}: {shown(source)}") from None


def plain(place: str, value: Any, budget: SizeBudget, depth: int = 0) -> Any:
    """The same value, made of Python's own plain types alone. Raises UsageError for any other, and over a bound."""
    budget.spend(place, 8)
    if depth > MAX_DEPTH:
        raise UsageError(f"{place} is nested more than {MAX_DEPTH} deep")
    for kind, convert in _SCALARS:
        if isinstance(value, kind):
            return convert(place, value, budget)
    for container, make in _CONTAINERS:
        if isinstance(value, container):
            return make([plain(place, one, budget, depth + 1) for one in value])
    if isinstance(value, Mapping):
        pairs: list[Any] = [plain(place, pair, budget, depth + 1) for pair in value.items()]
        return dict(pairs)
    raise UsageError(f"{place} holds {shown(value)}, which is not plain data")


def has_nan(value: object) -> bool:
    """Say whether a number in a plain value equals nothing, itself included."""
    if isinstance(value, dict):
        return any(map(has_nan, value)) or any(map(has_nan, value.values()))
    if isinstance(value, list | tuple | set | frozenset):
        return any(map(has_nan, value))
    return isinstance(value, float) and math.isnan(value)


def _whole(place: str, value: Any, budget: SizeBudget) -> object:
    number = int(value)
    if number.bit_length() > MAX_DIGITS * math.log2(10):
        raise UsageError(f"{place} holds a number of more than {MAX_DIGITS:,} digits")
    budget.spend(place, number.bit_length() // 8)
    return number


def _characters(place: str, value: Any, budget: SizeBudget) -> object:
    budget.spend(place, len(value))
    return str(value)


def _bytes(place: str, value: Any, budget: SizeBudget) -> object:
    budget.spend(place, len(value))
    return bytes(value)


_SCALARS: tuple[tuple[type, Callable[[str, Any, SizeBudget], object]], ...] = (
    (type(None), lambda *_: None),
    (bool, lambda _, value, __: bool(value)),
    (int, _whole),
    (float, lambda _, value, __: float(value)),
    (complex, lambda _, value, __: complex(value)),
    (str, _characters),
    (bytes, _bytes),
)
_CONTAINERS: tuple[tuple[type[Iterable[Any]], Callable[[list[Any]], Any]], ...] = (
    (list, list),
    (tuple, tuple),
    (set, set),
    (frozenset, frozenset),
)
