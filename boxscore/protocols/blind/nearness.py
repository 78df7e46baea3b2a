"""How near two values are: by the rules of `assertAlmostEqual`, and as arrays and tables that differ by rounding."""

from __future__ import annotations

import ast
import math
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore.protocols.blind.literals import value_of
from boxscore.protocols.blind.observations import TABLES, OwnObject

if TYPE_CHECKING:
    from collections.abc import Iterator

ALMOST = frozenset({"assertAlmostEqual", "assertAlmostEquals"})
PLACES = 7  # of unittest's, where a test names none
MOST_PLACES = 30
RELATIVE, ABSOLUTE = 1e-6, 1e-9  # of arrays and tables
MAX_DEPTH = 60


class Tolerance(Struct, frozen=True, kw_only=True):
    """How far a number may be from the expected one: by decimal places, or by `delta` where there is one."""

    places: int = PLACES
    delta: float | None = None

    def allows(self, value: Any, expected: Any) -> bool:
        """Whether `assertAlmostEqual` accepts a number; raises TypeError for what is none."""
        if value == expected:
            return True
        difference = abs(value - expected)
        if self.delta is not None:
            return bool(difference <= self.delta)
        return bool(round(difference, self.places) == 0)

    def rounded(self, expected: Any) -> Any:
        """Round a number to what of it must be known."""
        if not isinstance(expected, int | float) or isinstance(expected, bool) or not math.isfinite(expected):
            return expected
        places = self.places
        if self.delta is not None:
            places = -math.floor(math.log10(self.delta)) - 1 if self.delta > 0 else MOST_PLACES
        return round(expected, min(places, MOST_PLACES))


def tolerance_of(call: ast.Call) -> Tolerance | None:
    """Read the tolerance of a call of `assertAlmostEqual`; None where it is no literal."""
    given = dict(zip(("places", "msg", "delta"), call.args[2:], strict=False))
    given |= {keyword.arg: keyword.value for keyword in call.keywords if keyword.arg}
    places, delta = (_literal(given.get(name)) for name in ("places", "delta"))
    if places is not None and delta is not None:
        return None
    if delta is not None:
        return Tolerance(delta=float(delta)) if isinstance(delta, int | float) and delta >= 0 else None
    if places is None:
        return Tolerance()
    return Tolerance(places=places) if isinstance(places, int) and abs(places) <= MOST_PLACES else None


def _literal(node: ast.expr | None) -> Any:
    return None if node is None else value_of(ast.unparse(node))


def are_near(one: Any, other: Any) -> bool:
    """Whether arrays, tables or containers hold the same, but for types of numbers and for rounding."""
    ours, others = list(_flat(one, 0)), list(_flat(other, 0))
    return len(ours) == len(others) and all(map(_is_near, ours, others))


def _flat(value: Any, depth: int) -> Iterator[Any]:
    """Yield what a value holds, in order, with marks of how it is held."""
    if depth > MAX_DEPTH:
        raise RecursionError
    match value:
        case OwnObject(state=("array", _, shape, cells)):
            yield from (("array", *shape), *_flat(cells, depth + 1))
        case OwnObject(state=(str(kind), _, *parts)) if kind in TABLES:
            yield kind
            for part in parts:
                yield from _flat(part, depth + 1)
        case list() | tuple():
            yield len(value)
            for part in value:
                yield from _flat(part, depth + 1)
        case dict():
            yield ("dict", len(value))
            for pair in value.items():
                yield from _flat(pair, depth + 1)
        case _:
            yield value


def _is_near(one: Any, other: Any) -> bool:
    if one is other:
        return True
    if isinstance(one, int | float) and isinstance(other, int | float):
        try:
            return one == other or math.isclose(one, other, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        except OverflowError:
            return False
    return type(one) is type(other) and bool(one == other)
