"""Expressions of test files that make a plain value of nothing but what is written in them."""

from __future__ import annotations

import ast
from typing import Any

from msgspec import Struct

from boxscore import syntax

_CALLED = """
    set frozenset tuple list dict bytes bytearray complex float int str range sorted
    OrderedDict Counter Decimal Fraction datetime date timedelta time UUID dedent cleandoc
    textwrap.dedent inspect.cleandoc collections.OrderedDict collections.Counter decimal.Decimal fractions.Fraction
    datetime.datetime datetime.date datetime.timedelta datetime.time dt.datetime dt.date dt.timedelta dt.time uuid.UUID
"""
_CALLS = frozenset(_CALLED.split())
_OF_TEXTS = "join format encode decode strip lstrip rstrip lower upper replace split splitlines title"
_METHODS = frozenset(_OF_TEXTS.split())
_NAMES = frozenset(("math.inf", "math.pi", "timezone.utc", "datetime.timezone.utc"))


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
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts):
            return all(map(is_literal, parts))
        case ast.Dict(keys=keys, values=values):
            return None not in keys and all(is_literal(part) for part in (*keys, *values) if part is not None)
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() | ast.Invert(), operand=operand):
            return is_literal(operand)
    return _is_literal_call(node) if isinstance(node, ast.Call) else dotted(node) in _NAMES


def _is_literal_call(call: ast.Call) -> bool:
    if any(keyword.arg is None for keyword in call.keywords):
        return False
    if not all(map(is_literal, (*call.args, *(keyword.value for keyword in call.keywords)))):
        return False
    if isinstance(call.func, ast.Attribute) and call.func.attr in _METHODS and is_literal(call.func.value):
        return True
    return dotted(call.func) in _CALLS


def value_of(source: str) -> Any:
    """The value of an expression as it is written; `UNKNOWN` where that takes more than reading it."""
    try:
        return syntax.literal(f"({source}\n)")
    except (*syntax.NOT_PYTHON, TypeError):
        return UNKNOWN


def written_in(node: ast.expr) -> str:
    """All that the constants of an expression say, in their order."""
    return " ".join(_text(one.value) for one in _in_order(node) if isinstance(one, ast.Constant))


def _in_order(node: ast.AST) -> list[ast.AST]:
    return [node, *(one for child in ast.iter_child_nodes(node) for one in _in_order(child))]


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    try:
        return str(value)
    except ValueError:  # an integer of more digits than Python writes
        return ""
