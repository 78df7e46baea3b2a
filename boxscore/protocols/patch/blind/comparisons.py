"""Where a test file compares: places at which the value of an expression is used for nothing else."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.patch.blind.literals import dotted

if TYPE_CHECKING:
    from collections.abc import Iterator

_EQUAL = frozenset(
    [
        "assertEqual",
        "assertEquals",
        "assertListEqual",
        "assertDictEqual",
        "assertTupleEqual",
        "assertSetEqual",
        "assertMultiLineEqual",
        "eq_",
    ]
)
_LIKE = frozenset(
    [
        *("assertSequenceEqual", "assertCountEqual", "assertItemsEqual", "assertAlmostEqual", "assertHTMLEqual"),
        *("assertXMLEqual", "assertJSONEqual", "assertQuerysetEqual", "assertQuerySetEqual", "assert_equal"),
        *("assert_array_equal", "assert_allclose", "assert_almost_equal", "assert_array_almost_equal"),
        *("assert_frame_equal", "assert_series_equal", "assert_index_equal", "assert_identical"),
    ]
)
_RAISING_METHODS = frozenset(["assertRaisesRegex", "assertRaisesRegexp", "assertRaisesMessage"])
_RAISES = frozenset({"pytest.raises", "raises"})
_TRUE = frozenset({"assertTrue", "assert_", "failUnless"})


class Kind(enum.StrEnum):
    """What a comparison is, by the function of `sandbox/blind.py` that stands for it.

    Equality is Python's own; a likeness has rules of its own, so that a value unlike the expected one may do.
    """

    EQUAL = "equal"
    CONTAINED = "contained"
    EQUALITY = "equality"
    LIKENESS = "likeness"
    CONTAINMENT = "containment"
    RAISING = "raising"

    @property
    def is_operator(self) -> bool:
        """Whether it is written with an operator; else it is a call."""
        return self in {Kind.EQUAL, Kind.CONTAINED}


class Comparison(Struct, frozen=True):
    """One comparison: an `ast.Compare` or an `ast.Call`, and the expressions that may be hidden at it."""

    kind: Kind
    node: ast.Compare | ast.Call
    sides: tuple[ast.expr, ...]


def comparisons(tree: ast.AST) -> Iterator[Comparison]:
    """Yield the comparisons of a module whose outcome decides a test and nothing else."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert):
            yield from _conditions(node.test)
        elif isinstance(node, ast.Call):
            yield from _calls(node)


def _conditions(test: ast.expr) -> Iterator[Comparison]:
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _conditions(value)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            yield Comparison(Kind.EQUAL, test, (left, right))
        case ast.Compare(left=left, ops=[ast.In()]):
            yield Comparison(Kind.CONTAINED, test, (left,))


def _calls(call: ast.Call) -> Iterator[Comparison]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
    if any(isinstance(argument, ast.Starred) for argument in call.args[:2]):
        return
    match call.args:
        case [first, second, *_] if name in _EQUAL:
            yield Comparison(Kind.EQUALITY, call, (first, second))
        case [first, second, *_] if name in _LIKE:
            yield Comparison(Kind.LIKENESS, call, (first, second))
        case [first, _, *_] if name == "assertIn":
            yield Comparison(Kind.CONTAINMENT, call, (first,))
        case [first, *_] if name in _TRUE:
            yield from _conditions(first)
        case [_, second, *_] if name in _RAISING_METHODS:
            yield Comparison(Kind.RAISING, call, (second,))
        case [_] if dotted(call.func) in _RAISES:
            message = next((keyword.value for keyword in call.keywords if keyword.arg == "match"), None)
            if message is not None:
                yield Comparison(Kind.RAISING, call, (message,))
