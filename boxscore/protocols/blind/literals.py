"""Expressions of test files whose value hangs on nothing but what is written in them."""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Iterator

_CALLS = frozenset(
    [
        "set",
        "frozenset",
        "tuple",
        "list",
        "dict",
        "bytes",
        "bytearray",
        "complex",
        "float",
        "int",
        "str",
        "range",
        "sorted",
        "repr",
        "OrderedDict",
        "Counter",
        "Decimal",
        "Fraction",
        "datetime",
        "date",
        "timedelta",
        "time",
        "UUID",
        "dedent",
        "cleandoc",
        "textwrap.dedent",
        "inspect.cleandoc",
        "collections.OrderedDict",
        "collections.Counter",
        "decimal.Decimal",
        "fractions.Fraction",
        "datetime.datetime",
        "datetime.date",
        "datetime.timedelta",
        "datetime.time",
        "dt.datetime",
        "dt.date",
        "dt.timedelta",
        "dt.time",
        "uuid.UUID",
    ]
)
_METHODS = frozenset(
    [
        "join",
        "format",
        "encode",
        "decode",
        "strip",
        "lstrip",
        "rstrip",
        "lower",
        "upper",
        "replace",
        "split",
        "splitlines",
        "title",
        "keys",
        "values",
    ]
)
_NAMES = frozenset(["math.inf", "math.pi", "timezone.utc", "datetime.timezone.utc"])
_NAMED = ast.Constant | ast.Name | ast.Attribute
_TRIVIAL = (None, True, False, ...)


class Unknown(Struct, frozen=True):
    """Stands for a value that only the tests' own interpreter can tell."""


UNKNOWN = Unknown()


def dotted(node: ast.expr) -> str:
    """Write a name with its attributes as `a.b.c`; "" for other expressions."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        before = dotted(node.value)
        return f"{before}.{node.attr}" if before else ""
    return ""


def is_literal(node: ast.expr) -> bool:
    """Whether an expression is made of literals, and of calls of Python's library on literals, alone."""
    match node:
        case ast.Constant():
            return True
        case ast.List() | ast.Tuple() | ast.Set() | ast.Dict() | ast.BinOp():
            return all(part is not None and is_literal(part) for part in _parts(node))
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand):
            return is_literal(operand)
        case ast.Call():
            return _is_literal_call(node)
    return dotted(node) in _NAMES


def _parts(node: ast.List | ast.Tuple | ast.Set | ast.Dict | ast.BinOp) -> tuple[ast.expr | None, ...]:
    """What an expression is put together from; None where a dictionary is unpacked."""
    if isinstance(node, ast.BinOp):
        return node.left, node.right
    return (*node.keys, *node.values) if isinstance(node, ast.Dict) else tuple(node.elts)


def _is_literal_call(call: ast.Call) -> bool:
    if any(keyword.arg is None for keyword in call.keywords):
        return False
    if not all(map(is_literal, (*call.args, *(keyword.value for keyword in call.keywords)))):
        return False
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and is_literal(call.func.value):
        return True
    return dotted(call.func) in _CALLS


def worth_hiding(node: ast.expr) -> bool:
    """Whether an expression is a literal, and not one of those of which there are only two or three."""
    return is_literal(node) and not (isinstance(node, ast.Constant) and any(node.value is one for one in _TRIVIAL))


def is_made(node: ast.expr) -> bool:
    """Whether an expression makes a value of more than literals: it is no name alone, and binds and awaits nothing."""
    made = ast.Call | ast.BinOp | ast.UnaryOp | ast.List | ast.Tuple | ast.Set | ast.Dict | ast.JoinedStr
    if not isinstance(node, made) or is_literal(node):
        return False
    return not any(isinstance(part, ast.NamedExpr | ast.Await | ast.Yield | ast.YieldFrom) for part in ast.walk(node))


def value_of(source: str) -> Any:
    """The value of an expression as it is written; `UNKNOWN` where that takes more than reading it."""
    try:
        return syntax.literal(f"({source}\n)")
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return UNKNOWN


def parts(source: str) -> tuple[Any, ...]:
    """The names and literals that a text of Python is made of, in order; nothing of one that cannot be read."""
    for text in (f"({source}\n)", source):
        with suppress(SyntaxError, ValueError, MemoryError, RecursionError):
            return tuple(_named(node) for node in _in_order(syntax.parse(text)) if isinstance(node, _NAMED))
    return ()


def _named(node: ast.AST) -> Any:
    match node:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return getattr(node, "value", None)


def _in_order(node: ast.AST) -> Iterator[ast.AST]:
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _in_order(child)
