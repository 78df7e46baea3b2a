"""Where a test file compares: places at which the value of an expression is used for nothing else."""

from __future__ import annotations

import ast
import enum
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.blind.catching import Catching
from boxscore.protocols.blind.literals import dotted

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
        *("assertAlmostEquals", "assertRegex", "assertRegexpMatches", "assertURLEqual", "assertInHTML"),
        *("assert_approx_equal", "assert_string_equal", "assert_array_max_ulp", "assert_array_almost_equal_nulp"),
        *("assert_numpy_array_equal", "assert_extension_array_equal", "assert_dict_equal", "assert_quantity_allclose"),
    ]
)
_LINES = frozenset(["fnmatch_lines", "fnmatch_lines_random", "re_match_lines", "re_match_lines_random"])
_RAISING_METHODS = frozenset(
    [
        *("assertRaisesRegex", "assertRaisesRegexp", "assertRaisesMessage"),
        *("assert_raises_regex", "assert_raises_regexp", "assert_raise_message"),
    ]
)
_WARNING_METHODS = frozenset(["assertWarnsRegex", "assertWarnsMessage", "assert_warns_message"])
_RAISES = frozenset({"pytest.raises", "raises"})
_WARNS = frozenset({"pytest.warns", "warns"})
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
    WARNING = "warning"
    RESPONSE = "response"
    LINES = "lines"

    @property
    def is_operator(self) -> bool:
        """Whether it is written with an operator; else it is a call."""
        return self in {Kind.EQUAL, Kind.CONTAINED}


class Compared(Struct, frozen=True):
    """One comparison: an `ast.Compare` or an `ast.Call`, and the expressions that may be hidden at it.

    `message` is what is said where it fails, if that does nothing else.
    """

    kind: Kind
    node: ast.Compare | ast.Call
    sides: tuple[ast.expr, ...]
    message: ast.expr | None = None


def comparisons(tree: ast.AST) -> Iterator[Compared]:
    """Yield the comparisons of a module whose outcome decides a test and nothing else.

    One that may fail and be tried again, or is expected to fail, is none: hidden, it never fails. Nor is one in a
    function that is handed to others, as they may call it for what they like, and catch what it raises.
    """
    for node in _decisive(tree, Catching(tree)):
        if isinstance(node, ast.Assert):
            yield from _conditions(node.test, node.msg)
        elif isinstance(node, ast.Call):
            yield from _calls(node)


def _decisive(node: ast.AST, catching: Catching, *, inside: bool = False) -> Iterator[ast.AST]:
    """Walk what is neither caught nor repeated until it holds.

    What is `inside` of a function and decorated, or a class, is there for others.
    """
    yield node
    match node:
        case ast.Lambda() | ast.While():
            return
        case (
            ast.ClassDef() | ast.FunctionDef(decorator_list=[_, *_]) | ast.AsyncFunctionDef(decorator_list=[_, *_])
        ) if inside:
            return
        case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) if (
            name in catching.functions or catching.is_caught(node)
        ):
            return
        case ast.Try() | ast.TryStar() if catching.is_caught(node):
            inner: list[ast.AST] = [*node.handlers, *node.orelse, *node.finalbody]
        case ast.With(items=items) | ast.AsyncWith(items=items) if catching.is_caught(node):
            inner = [*items]
        case _:
            inner = list(ast.iter_child_nodes(node))
    inside = inside or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    for child in inner:
        yield from _decisive(child, catching, inside=inside)


def _conditions(test: ast.expr, message: ast.expr | None = None) -> Iterator[Compared]:
    match test:
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                yield from _conditions(value, message)
        case ast.Compare(left=left, ops=[ast.Eq()], comparators=[right]):
            yield Compared(Kind.EQUAL, test, (left, right), message)
        case ast.Compare(left=left, ops=[ast.In()]):
            yield Compared(Kind.CONTAINED, test, (left,), message)


def _calls(call: ast.Call) -> Iterator[Compared]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else dotted(call.func)
    if any(isinstance(argument, ast.Starred) for argument in call.args[:2]):
        return
    match call.args:
        case [first, second, *_] if name in _EQUAL:
            yield Compared(Kind.EQUALITY, call, (first, second), _said(call))
        case [first, second, *_] if name in _LIKE:
            yield Compared(Kind.LIKENESS, call, (first, second))
        case [_, second, *_] if name == "assertContains":
            yield Compared(Kind.RESPONSE, call, (second,))
        case [first] if name in _LINES:
            yield Compared(Kind.LINES, call, (first,))
        case [first, _, *_] if name == "assertIn":
            yield Compared(Kind.CONTAINMENT, call, (first,), _said(call))
        case [first, *_] if name in _TRUE:
            yield from _conditions(first)
        case _:
            yield from _errors(call, name)


def _errors(call: ast.Call, name: str) -> Iterator[Compared]:
    """What is to be said by an error or a warning."""
    called = dotted(call.func)
    match call.args:
        case [_, second, *_] if name in _RAISING_METHODS | _WARNING_METHODS:
            yield Compared(Kind.RAISING if name in _RAISING_METHODS else Kind.WARNING, call, (second,))
        case [_] if called in _RAISES | _WARNS:
            message = next((keyword.value for keyword in call.keywords if keyword.arg == "match"), None)
            if message is not None:
                yield Compared(Kind.RAISING if called in _RAISES else Kind.WARNING, call, (message,))


def _said(call: ast.Call) -> ast.expr | None:
    """The message of a method of unittest's, if it is a text."""
    said = [*call.args[2:3], *(keyword.value for keyword in call.keywords if keyword.arg == "msg")]
    return next((one for one in said if _is_text(one)), None)


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Mod() | ast.Add()):
            return _is_text(left)
    return False
