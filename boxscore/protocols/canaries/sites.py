"""Places in a test function where it can be made to fail: what its assertions expect, and how they compare."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.canaries.helpers import FileHelpers, Helpers
from boxscore.protocols.canaries.values import called, literals

if TYPE_CHECKING:
    from collections.abc import Iterator

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DIFFERENT, FOREIGN, OPPOSITE = 0, 1, 2  # the modes of `values.RUNTIME`

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
EXPECTING = re.compile(r"raises|deprecated_call|suppress|ignor|expect|fails|assert(Raises|NotRaises)", re.IGNORECASE)
RAISING = re.compile(r"(assert)?_?(raises|warns)(_?regexp?)?", re.IGNORECASE)
COMPARING = re.compile(r"assert(?!_?(not|less|greater)|.*_not_).*(equals?|close)(_\w+)?(_nulp|_ulp)?", re.IGNORECASE)
_HELPING = re.compile(r"_?(expect|check|verify|ensure|compare|assert(?!_?not)|same|equals?|match)\w*", re.IGNORECASE)
ROUGHLY = re.compile(r"almost|close|nulp|ulp|approx", re.IGNORECASE)


class Literal(Struct, frozen=True):
    """A literal that an assertion depends on; `wide` if the new value must not be contained in the other either."""

    node: ast.expr
    wide: bool = False


class Wrap(Struct, frozen=True):
    """An expression to be passed through the function in the test file, in a mode of it."""

    node: ast.expr
    mode: int


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
    """All places of one test function. Literals and inversions are such as each run comes to."""

    literals: list[Literal]
    wraps: list[Wrap]
    inverts: list[Invert]


def sites(function: ast.FunctionDef | ast.AsyncFunctionDef, file: FileHelpers | None = None) -> Sites:
    """Look through a test function; in `file` are the helpers that it may assert by."""
    found = Sites([], [], [])
    helpers = (file or FileHelpers(ast.Module([], []))).of(function)
    _block(function.body, found, helpers, sure=not list(own_returns(function)))
    return found


def asserting(function: ast.AST, node: ast.expr) -> str:
    """Return the name of the assertion that an expression is a part of: what is called there, or `assert`."""
    for statement in ast.walk(function):
        match statement:
            case ast.Assert() if node in ast.walk(statement):
                return "assert"
            case ast.Expr(value=value) | ast.withitem(context_expr=value) if node in ast.walk(statement):
                return called(value)
    return ""


def own_returns(function: ast.AST) -> Iterator[ast.Return | ast.Yield | ast.YieldFrom]:
    """Yield the returns and yields that are the function's own, not those of functions inside."""
    for child in ast.iter_child_nodes(function):
        if isinstance(child, ast.Return | ast.Yield | ast.YieldFrom):
            yield child
        if not isinstance(child, (*FUNCTIONS, ast.Lambda, ast.ClassDef)):
            yield from own_returns(child)


def _block(body: list[ast.stmt], found: Sites, helpers: Helpers, *, sure: bool) -> None:
    for statement in body:
        here = Sites([], [], [])
        match statement:
            case ast.Assert(test=test):
                _condition(test, here)
            case ast.Expr(value=ast.Call() as call):
                _told(call, helpers, here)
            case ast.With(items=items) | ast.AsyncWith(items=items):
                for item in items:
                    _raising(item.context_expr, here)
                if not any(EXPECTING.search(called(item.context_expr)) for item in items):
                    _block(statement.body, here, helpers, sure=True)
            case ast.For() | ast.AsyncFor():
                _block(statement.body, here, helpers, sure=False)
            case ast.If():
                _block(statement.body + statement.orelse, here, helpers, sure=False)
        found.wraps.extend(wrap for wrap in here.wraps if not isinstance(wrap.node, ast.GeneratorExp))
        if sure:
            found.literals.extend(here.literals)
            found.inverts.extend(here.inverts)


def _told(call: ast.Call, helpers: Helpers, found: Sites) -> None:
    """Look through a call that may assert something by another name: only its own arguments can be changed then."""
    own, inner = {id(node) for node in ast.walk(call)}, Sites([], [], [])
    for asserted in helpers.asserted(call):
        if isinstance(asserted, ast.Call) and called(asserted).startswith("assert"):
            _call(asserted, inner)
        else:
            _condition(asserted.operand if isinstance(asserted, ast.UnaryOp) else asserted, inner)
    wraps = [one for one in inner.wraps if id(one.node) in own]
    literal = [one for one in inner.literals if id(one.node) in own]
    found.wraps.extend(wraps)
    found.literals.extend(literal)
    if not wraps and not literal:
        _call(call, found)


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
                    _condition(value, Sites(found.literals, found.wraps, []))
        case ast.Call(func=ast.Name(id="isinstance"), args=[_, kinds]):
            found.wraps.append(Wrap(kinds, DIFFERENT))
    found.inverts.append(Invert(test, "not (", ")"))
    found.wraps.append(Wrap(test, OPPOSITE))


def _compared(left: ast.expr, operator: ast.cmpop, right: ast.expr, found: Sites) -> None:
    if isinstance(operator, ast.Eq):
        _expected(left, right, found, mode=DIFFERENT)
    elif isinstance(operator, ast.Is):
        if isinstance(right, ast.Constant):
            found.literals.append(Literal(right))
        else:
            found.wraps.append(Wrap(right, FOREIGN))
    elif isinstance(operator, ast.In):
        _contained(left, found)


def _expected(first: ast.expr, second: ast.expr, found: Sites, *, mode: int) -> None:
    chosen = literals(second) or literals(first)
    found.literals.extend(Literal(node) for node in chosen)
    found.wraps.append(Wrap(first if literals(first) and not literals(second) else second, mode))


def _contained(node: ast.expr, found: Sites) -> None:
    chosen = [n for n in literals(node) if isinstance(n, ast.Constant) and type(n.value) in (int, float, str, bytes)]
    found.literals.extend(Literal(literal, wide=True) for literal in chosen)
    found.wraps.append(Wrap(node, FOREIGN))


def _call(call: ast.Call, found: Sites) -> None:
    name, plain = called(call), not any(isinstance(argument, ast.Starred) for argument in call.args[:2])
    _raising(call, found)
    if isinstance(call.func, ast.Name) and plain and len(call.args) > 1 and _HELPING.fullmatch(name):
        # A helper of the tests' own, which a candidate's code may have emptied: what it is told to expect must matter.
        _expected(call.args[0], call.args[1], found, mode=DIFFERENT)
        return
    match call.args:
        case [first, second, *_] if plain and COMPARING.fullmatch(name):
            rough = ROUGHLY.search(name)
            tolerant = rough and (len(call.args) > len([first, second]) or call.keywords)
            here = Sites(found.literals if not tolerant else [], found.wraps, [])
            _expected(first, second, here, mode=FOREIGN if rough else DIFFERENT)
        case [first, _, *_] if plain and name == "assertIn":
            _contained(first, found)
        case [_, second, *_] if plain and name in {"assertIs", "assertIsInstance"}:
            found.wraps.append(Wrap(second, FOREIGN if name == "assertIs" else DIFFERENT))
        case [first, *_] if plain and name in {"assertTrue", "assertFalse"}:
            found.wraps.append(Wrap(first, OPPOSITE))
    if name in _OPPOSITE and isinstance(call.func, ast.Attribute):
        old, new = rf"\b{name}\b", _OPPOSITE[name]
        found.inverts.append(Invert(call.func.value, old=old, new=new, until=call.args[0] if call.args else None))


def _raising(node: ast.expr, found: Sites) -> None:
    match node:
        case ast.Call(args=[first, *_]) if RAISING.fullmatch(called(node)) and not isinstance(first, ast.Starred):
            found.wraps.append(Wrap(first, DIFFERENT))
