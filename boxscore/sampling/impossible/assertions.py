"""Places in a test function where it can be made to fail: literals that it expects, and how it compares."""

from __future__ import annotations

import ast
import re
import string
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
LARGE = 100_000  # from here on a small step may be within a test's relative tolerance
_SYMBOLS: dict[type[ast.cmpop], tuple[str, str]] = {
    ast.Eq: (r"==", "!="),
    ast.NotEq: (r"!=", "=="),
    ast.Lt: (r"<", ">="),
    ast.LtE: (r"<=", ">"),
    ast.Gt: (r">", "<="),
    ast.GtE: (r">=", "<"),
    ast.In: (r"\bin\b", "not in"),
    ast.NotIn: (r"\bnot\s+in\b", "in"),
    ast.Is: (r"\bis\b", "is not"),
    ast.IsNot: (r"\bis\s+not\b", "is"),
}
_OPPOSITES = (
    ("assertEqual", "assertNotEqual"),
    ("assertAlmostEqual", "assertNotAlmostEqual"),
    ("assertTrue", "assertFalse"),
    ("assertIs", "assertIsNot"),
    ("assertIsNone", "assertIsNotNone"),
    ("assertIn", "assertNotIn"),
    ("assertIsInstance", "assertNotIsInstance"),
    ("assertRegex", "assertNotRegex"),
)
_OPPOSITE = {
    **dict(_OPPOSITES),
    **{second: first for first, second in _OPPOSITES},
    "assertGreater": "assertLessEqual",
    "assertLessEqual": "assertGreater",
    "assertLess": "assertGreaterEqual",
    "assertGreaterEqual": "assertLess",
}
_EXPECTING = re.compile(r"raises|deprecated_call|suppress|ignor|expect|fails|assert(Raises|NotRaises)", re.IGNORECASE)
_COMPARING = re.compile(r"assert(?!_?(not|less|greater)|.*_not_).*(equals?|close)(_\w+)?(_nulp|_ulp)?", re.IGNORECASE)
_HELPING = re.compile(r"_?(expect|check|verify|ensure|compare|assert(?!_?not)|same|equals?|match)\w*", re.IGNORECASE)
_ROUGHLY = re.compile(r"almost|close|nulp|ulp|approx", re.IGNORECASE)


class Literal(Struct, frozen=True):
    """A literal that an assertion depends on; `wide` if the new value must not be contained in the other either."""

    node: ast.expr
    wide: bool = False


class Invert(Struct, frozen=True):
    """How to turn one assertion round: put `before` and `after` about `node`, or replace `old` after `node`.

    `old` is a pattern, looked for in the text from the end of `node` up to `until`.
    """

    node: ast.expr
    before: str = ""
    after: str = ""
    old: str = ""
    new: str = ""
    until: ast.expr | None = None


class Sites(Struct, frozen=True):
    """All places of one test function that each run of it comes to."""

    literals: list[Literal]
    inverts: list[Invert]


def sites(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Sites:
    """Search a test function."""
    found = Sites([], [])
    if not list(_own_returns(function)):
        _block(function.body, found)
    return found


def literals(node: ast.expr) -> list[ast.expr]:
    """Return the literals of which changing any one changes the value of `node`; none where it is no literal.

    They may stand in lists, tuples, sets, values of dicts and in `approx(…)` without a tolerance of its own.
    """
    match node:
        case ast.Constant(value=value):
            return [] if isinstance(value, complex) or value is ... else [node]
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float()) as operand):
            return [operand]
        case ast.List(elts=[]) | ast.Tuple(elts=[]) | ast.Dict(keys=[]):
            return [node]
        case ast.List(elts=parts) | ast.Tuple(elts=parts) | ast.Set(elts=parts) | ast.Dict(values=parts):
            return [found for part in parts for found in literals(part)]
        case ast.Call(args=[ast.Constant(value=int() | float())], keywords=[]) if _called(node) == "approx":
            return literals(node.args[0])
    return []


def changed(node: ast.expr, rng: random.Random, *, wide: bool = False) -> str:
    """Return the source of another value for a literal out of `literals`; `wide` ones are not even contained."""
    match node:
        case ast.List():
            return "[None]"
        case ast.Tuple():
            return "(None,)"
        case ast.Dict():
            return "{None: None}"
        case ast.Constant(value=value):
            return repr(_other(value, rng, wide=wide))
    raise TypeError(f"not a literal: {ast.dump(node)}")


def _other(value: object, rng: random.Random, *, wide: bool) -> object:
    match value:
        case bool():
            return not value
        case int() | float():
            step = rng.randint(1, 9) + (rng.randint(10**9, 10**10) if wide else 0)
            return value + step if abs(value) < LARGE else 2 * value + step
        case str():
            return _misspelt(value, rng, wide=wide)
        case bytes():
            return _misspelt(value.decode("latin-1"), rng, wide=wide).encode("latin-1")
    return rng.choice((True, False))


def _misspelt(text: str, rng: random.Random, *, wide: bool) -> str:
    """Put another digit or letter in the place of one; a digit if there is one."""
    kinds = (string.digits, string.ascii_lowercase, string.ascii_uppercase)
    places = [(at, kind) for at, character in enumerate(text) for kind in kinds if character in kind]
    if wide or not places:
        return text + "".join(rng.choices(string.ascii_lowercase, k=10 if wide else 1))
    at, kind = rng.choice([place for place in places if place[1] is string.digits] or places)
    return text[:at] + rng.choice(kind.replace(text[at], "")) + text[at + 1 :]


def _called(node: ast.expr) -> str:
    """Return the last part of the name of what a call calls, `""` where it has none."""
    match node:
        case ast.Call(func=ast.Attribute(attr=name)) | ast.Call(func=ast.Name(id=name)):
            return name
    return ""


def _own_returns(function: ast.AST) -> Iterator[ast.Return | ast.Yield | ast.YieldFrom]:
    """Yield the returns and yields that are the function's own, not those of functions inside."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Return | ast.Yield | ast.YieldFrom):
            yield child
        if not isinstance(child, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield from _own_returns(child)


def _block(body: list[ast.stmt], found: Sites) -> None:
    for statement in body:
        match statement:
            case ast.Assert(test=test):
                _condition(test, found)
            case ast.Expr(value=ast.Call() as call):
                _call(call, found)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                if not any(_EXPECTING.search(_called(item.context_expr)) for item in items):
                    _block(statement.body, found)


def _condition(test: ast.expr, found: Sites) -> None:
    match test:
        case ast.Compare(left=left, ops=[operator], comparators=[right]):
            old, new = _SYMBOLS[type(operator)]
            found.inverts.append(Invert(left, old=old, new=new, until=right))
            _compared(left, operator, right, found)
            return
        case ast.BoolOp(op=ast.And(), values=values):
            for value in values:
                if isinstance(value, ast.Compare):
                    _condition(value, Sites(found.literals, []))
    found.inverts.append(Invert(test, "not (", ")"))


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr, found: Sites) -> None:
    if isinstance(operator, ast.Eq):
        _expected(left, right, found)
    elif isinstance(operator, ast.Is) and isinstance(right, ast.Constant):
        found.literals.append(Literal(right))
    elif isinstance(operator, ast.In):
        _contained(left, found)


def _expected(first: ast.expr, second: ast.expr, found: Sites) -> None:
    found.literals.extend(Literal(node) for node in literals(second) or literals(first))


def _contained(node: ast.expr, found: Sites) -> None:
    chosen = [n for n in literals(node) if isinstance(n, ast.Constant) and type(n.value) in (int, float, str, bytes)]
    found.literals.extend(Literal(literal, wide=True) for literal in chosen)


def _call(call: ast.Call, found: Sites) -> None:
    name, plain = _called(call), not any(isinstance(argument, ast.Starred) for argument in call.args[:2])
    if isinstance(call.func, ast.Name) and plain and len(call.args) > 1 and _HELPING.fullmatch(name):
        _expected(call.args[0], call.args[1], found)
        return
    match call.args:
        case [first, second, *rest] if plain and _COMPARING.fullmatch(name):
            if not (_ROUGHLY.search(name) and (rest or call.keywords)):  # its tolerance may allow another value
                _expected(first, second, found)
        case [first, _, *_] if plain and name == "assertIn":
            _contained(first, found)
    if name in _OPPOSITE and isinstance(call.func, ast.Attribute):
        old, new = rf"\b{name}\b", _OPPOSITE[name]
        found.inverts.append(Invert(call.func.value, old=old, new=new, until=call.args[0] if call.args else None))
