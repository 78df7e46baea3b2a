"""What each assertion of a test function depends on that can be written in another way: its choices.

A choice is a literal that is expected, a truth, or the class or message of an exception. In the forms of a choice all
other assertions that have one are blank: they are still run, and expect nothing.
"""

from __future__ import annotations

import ast
import enum
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.patch.canaries.clues import Name, Value, kind_of
from boxscore.protocols.patch.canaries.sites import COMPARING, EXPECTING, RAISING, ROUGHLY, own_returns
from boxscore.protocols.patch.canaries.values import Edit, called, literals, replace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.protocols.patch.canaries.text import Function, Text

_PLAIN = re.compile(r"[\w\s,;:'\"!/=<>@#%&-]*")  # a pattern that means what it says


class Sort(enum.StrEnum):
    """What is chosen."""

    VALUE = "value"
    PART = "part"  # a text that must be contained in another
    MESSAGE = "message"
    EXCEPTION = "exception"
    TRUTH = "truth"


class Choice(Struct, frozen=True):
    """One place that may say one of several values: `node` is replaced by `shape`, with a value's text for its NUL."""

    sort: Sort
    true: Value
    node: ast.expr
    shape: str = "\0"
    siblings: tuple[Value, ...] = ()
    kind: str = ""  # of a truth

    def written(self, text: str) -> Edit:
        """Say one of the values."""
        return replace(self.node, self.shape.replace("\0", text))


class Assertion(Struct, frozen=True):
    """One assertion, with its choices and the edits that make it blank."""

    choices: tuple[Choice, ...]
    blank: tuple[Edit, ...]


def assertions(function: Function, text: Text) -> list[Assertion]:
    """Find those that each run of a function comes to."""
    found = [_of_statement(statement, text) for statement in _sure(function.body, sure=not any(own_returns(function)))]
    return [one for several in found for one in several if one.choices]


def _sure(body: list[ast.stmt], *, sure: bool) -> Iterator[ast.stmt]:
    for statement in body:
        if sure:
            yield statement
        if isinstance(statement, ast.With | ast.AsyncWith) and not any(
            EXPECTING.search(called(item.context_expr)) for item in statement.items
        ):
            yield from _sure(statement.body, sure=sure)


def _of_statement(statement: ast.stmt, text: Text) -> list[Assertion]:
    match statement:
        case ast.Assert(test=test):
            return [_asserted(test, text)]
        case ast.Expr(value=ast.Call() as call):
            return [_raised(call) or _called(call, text)]
        case ast.With(items=items) | ast.AsyncWith(items=items):
            raised = (_raised(item.context_expr) for item in items)
            return [one for one in raised if one is not None]
    return []


def _asserted(test: ast.expr, text: Text) -> Assertion:
    def blank(kept: ast.expr) -> tuple[Edit, ...]:
        return (replace(test, f"[{text.segment(kept)}]"),)

    match test:
        case ast.Compare(left=left, ops=[ast.Eq() | ast.Is()], comparators=[right]):
            for one, other in ((right, left), (left, right)):
                if found := _values(one):
                    return Assertion(found, blank(other))
        case ast.Compare(left=ast.Constant() as left, ops=[ast.In()], comparators=[right]):
            if isinstance(left.value, str | bytes):
                return Assertion((Choice(Sort.PART, left.value, left),), blank(right))
    kind, truth = kind_of(test)
    return Assertion((_truth(test, kind, text, truth=truth),), blank(test))


def _truth(test: ast.expr, kind: str, text: Text, *, truth: bool) -> Choice:
    """Write a condition and its opposite in the same way."""
    match test:
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _truth(operand, kind, text, truth=truth)
            return Choice(Sort.TRUTH, not inner.true, test, inner.shape, kind=kind)
        case ast.Compare(left=left, ops=[ast.NotEq() | ast.IsNot() | ast.NotIn() as operator], comparators=[right]):
            positive = {ast.NotEq: "==", ast.IsNot: "is", ast.NotIn: "in"}[type(operator)]
            plain = f"({text.segment(left)}) {positive} ({text.segment(right)})"
            return Choice(sort=Sort.TRUTH, true=False, node=test, shape=f"bool({plain}) is \0", kind=kind)
        case ast.Compare(left=left, ops=[ast.GtE() | ast.LtE() as operator], comparators=[right]):
            positive = {ast.GtE: "<", ast.LtE: ">"}[type(operator)]
            plain = f"({text.segment(left)}) {positive} ({text.segment(right)})"
            return Choice(sort=Sort.TRUTH, true=False, node=test, shape=f"bool({plain}) is \0", kind=kind)
    return Choice(sort=Sort.TRUTH, true=True, node=test, shape=f"bool({text.segment(test)}) is \0", kind=kind)


def _values(node: ast.expr) -> tuple[Choice, ...]:
    """The literals of an expected value. Of a list each is one, and only one of them can be used."""
    parts = literals(node)
    constants = [part for part in parts if isinstance(part, ast.Constant)]
    row = isinstance(node, ast.List | ast.Tuple) and len(constants) == len(node.elts)
    return tuple(
        Choice(
            Sort.VALUE,
            part.value,
            part,
            siblings=tuple(None if other is part else other.value for other in constants) if row else (),
        )
        for part in constants
        if part.value is not None
    )


def _called(call: ast.Call, text: Text) -> Assertion:
    none = Assertion((), ())
    if any(isinstance(argument, ast.Starred) for argument in call.args) or not isinstance(call.func, ast.Attribute):
        return none
    name, owner = call.func.attr, text.segment(call.func.value)
    match call.args:
        case [first, second, *_] if COMPARING.fullmatch(name) and not (ROUGHLY.search(name) and len(call.args) > 2):  # noqa: PLR2004
            for one, other in ((second, first), (first, second)):
                if found := _values(one):
                    return Assertion(found, (replace(call, f"[{text.segment(other)}]"),))
        case [ast.Constant(value=str() | bytes() as value) as first, second, *_] if name == "assertIn":
            return Assertion((Choice(Sort.PART, value, first),), (replace(call, f"[{text.segment(second)}]"),))
        case [first, *_] if name in {"assertTrue", "assertFalse"}:
            inner = _truth(first, kind_of(first)[0], text, truth=True)
            true = inner.true is (name == "assertTrue")
            shape = owner + ".assertIs(" + inner.shape.replace(" is \0", ", \0") + ")"
            return Assertion(
                (Choice(Sort.TRUTH, true, call, shape, kind=inner.kind),),
                (replace(call, f"[{text.segment(first)}]"),),
            )
    return none


def _raised(node: ast.expr) -> Assertion | None:
    match node:
        case ast.Call(args=[first, *rest], keywords=keywords) if RAISING.fullmatch(called(node)):
            choices, blank = list[Choice](), list[Edit]()
            messages = [one.value for one in keywords if one.arg in {"match", "expected_regex"}]
            if re.search("regex", called(node), re.IGNORECASE):
                messages += rest[:1]
            for message in messages:
                if isinstance(message, ast.Constant) and isinstance(message.value, str) and message.value:
                    if _PLAIN.fullmatch(message.value):
                        choices.append(Choice(Sort.MESSAGE, message.value, message))
                    blank.append(replace(message, '""'))
            if isinstance(first, ast.Name | ast.Attribute) and "warn" not in called(node).lower():
                choices.append(Choice(Sort.EXCEPTION, Name(ast.unparse(first)), first))
                blank.append(replace(first, "BaseException"))
            return Assertion(tuple(choices), tuple(blank))
    return None
