"""Mutants of a program: the same Python with one small mistake in it, by a small table of operators.

A mutant differs from its source in the text of one node alone, so that a diff of both shows one line. Each is parsed
again: what does not read as it was meant, as within f-strings of older Pythons, is no mutant.
"""

from __future__ import annotations

import ast
import random
from itertools import chain, zip_longest
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator

    Change = Callable[[ast.AST], Iterator[tuple[ast.AST, ast.AST]]]

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


class Mutant(Struct, frozen=True, kw_only=True):
    """A program with one mistake: the operator that made it, and the line of the source, from 1, where it is."""

    code: str
    line: int
    operator: str


def mutants(  # noqa: PLR0913 - options, by keyword
    source: str, *, entry_point: str, most: int, seed: int, given: str = "", operators: Collection[str] | None = None
) -> list[Mutant]:
    """Make up to `most` different mutants of a program, of every operator that fits before a second of any.

    Mistakes are in what `entry_point` names and the functions it calls, but for those that stand word for word in
    `given`, such as a prompt; in the whole program where no function or class has that name. By default all `operators`
    make them. The same arguments give the same mutants. A source that is no Python has none.
    """
    try:
        tree = syntax.parse(source)
    except syntax.NOT_PYTHON:
        return []
    rng = random.Random(f"{seed} {entry_point}")  # noqa: S311 - nothing hangs on its being guessed
    text = _Text(source, tree)
    wanted = {name: change for name, change in OPERATORS.items() if operators is None or name in operators}
    found: dict[str, list[tuple[str, ast.AST, ast.AST]]] = {name: [] for name in wanted}
    for node in chain.from_iterable(map(_mutable, _regions(tree, source, entry_point, given))):
        for name, change in wanted.items():
            found[name] += [(name, old, new) for old, new in change(node)]
    for of_one in found.values():
        rng.shuffle(of_one)
    made: dict[str, Mutant] = {}
    for name, old, new in filter(None, chain.from_iterable(zip_longest(*found.values()))):
        if len(made) >= most:
            break
        code = text.with_change(old, new)
        if code is not None:
            made.setdefault(code, Mutant(code=code, line=getattr(old, "lineno", 1), operator=name))
    return list(made.values())


def _regions(tree: ast.Module, source: str, entry_point: str, given: str) -> list[ast.stmt]:
    """The definitions that may be changed; the statements of the module where the entry point is none of them."""
    top = {one.name: one for one in tree.body if isinstance(one, (*_FUNCTIONS, ast.ClassDef))}
    if entry_point not in top:
        return [one for one in tree.body if not isinstance(one, (ast.Import, ast.ImportFrom))]
    reached, new = dict[str, ast.stmt](), [entry_point]
    while new:
        name = new.pop()
        reached[name] = top[name]
        used = {node.id for node in ast.walk(top[name]) if isinstance(node, ast.Name)}
        new += [one for one in top if one in used and one not in reached and one not in new]
    return [
        one
        for name, one in reached.items()
        if name == entry_point or (ast.get_source_segment(source, one) or "") not in given
    ]


def _mutable(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes below one that decide what a program answers: no annotations, docstrings, decorators and messages."""
    yield node
    for field, value in ast.iter_fields(node):
        if field in {"decorator_list", "annotation", "returns", "msg", "bases"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _decides_nothing(child):
                yield from _mutable(child)


def _decides_nothing(node: ast.AST) -> bool:
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return True
    if not isinstance(node, ast.Expr):
        return False
    value = node.value
    called = value.func if isinstance(value, ast.Call) else None
    return isinstance(value, ast.Constant) or (isinstance(called, ast.Name) and called.id == "print")


class _Text:
    """A source and its tree, in which the text of one node can be replaced."""

    def __init__(self, source: str, tree: ast.Module) -> None:
        self._bytes, self._tree = source.encode("utf-8", "surrogatepass"), tree
        self._starts = [0]
        for line in self._bytes.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._places = {
            id(child): (parent, field, place)
            for parent in ast.walk(tree)
            for field, value in ast.iter_fields(parent)
            for place, child in (enumerate(value) if isinstance(value, list) else [(None, value)])
            if isinstance(child, ast.AST)
        }

    def with_change(self, old: ast.AST, new: ast.AST) -> str | None:
        """The source with `new` in place of `old`; None where its text would mean anything else."""
        if not isinstance(old, (ast.expr, ast.stmt)) or old.end_lineno is None or old.end_col_offset is None:
            return None
        start = self._starts[old.lineno - 1] + old.col_offset
        end = self._starts[old.end_lineno - 1] + old.end_col_offset
        wanted = self._wanted(old, new)
        text = ast.unparse(ast.fix_missing_locations(new))
        for shape in (text, f"({text})"):
            changed = self._bytes[:start] + shape.encode("utf-8", "surrogatepass") + self._bytes[end:]
            code = changed.decode("utf-8", "surrogatepass")
            if changed != self._bytes and _dumped(code) == wanted:
                return code
        return None

    def _wanted(self, old: ast.AST, new: ast.AST) -> str:
        parent, field, place = self._places[id(old)]
        value = getattr(parent, field)
        setattr(parent, field, new if place is None else [*value[:place], new, *value[place + 1 :]])
        try:
            return ast.dump(self._tree)
        finally:
            setattr(parent, field, value)


def _dumped(source: str) -> str | None:
    try:
        return ast.dump(syntax.parse(source))
    except syntax.NOT_PYTHON:
        return None


_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq, ast.GtE, ast.LtE),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
_ARITHMETIC: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub,),
    ast.Sub: (ast.Add,),
    ast.Mult: (ast.Add, ast.FloorDiv),
    ast.Div: (ast.FloorDiv, ast.Mult),
    ast.FloorDiv: (ast.Div, ast.Mod),
    ast.Mod: (ast.FloorDiv,),
    ast.Pow: (ast.Mult,),
    ast.BitAnd: (ast.BitOr,),
    ast.BitOr: (ast.BitAnd, ast.BitXor),
    ast.BitXor: (ast.BitOr,),
    ast.LShift: (ast.RShift,),
    ast.RShift: (ast.LShift,),
}


def _comparison(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if not isinstance(node, ast.Compare):
        return
    for place, one in enumerate(node.ops):
        for other in _COMPARISONS[type(one)]:
            operators = [*node.ops[:place], other(), *node.ops[place + 1 :]]
            yield node, ast.Compare(left=node.left, ops=operators, comparators=node.comparators)


def _constant(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if not isinstance(node, ast.Constant):
        return
    match node.value:
        case bool(flag):
            others: Iterable[object] = (not flag,)
        case int(number):
            others = (number + 1, number - 1)
        case float(number):
            others = (number + 1.0, number / 2 + 0.25)
        case str(text):
            others = ("" if text else "?", f"{text} ")
        case _:
            others = ()
    for value in others:
        yield node, _negative_too(value)


def _negative_too(value: object) -> ast.expr:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value < 0:
        return ast.UnaryOp(op=ast.USub(), operand=ast.Constant(-value))
    return ast.Constant(value)  # type: ignore[arg-type]  # one of the types above


def _boolean(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, ast.BoolOp):
        yield node, ast.BoolOp(op=ast.Or() if isinstance(node.op, ast.And) else ast.And(), values=node.values)
        for place in range(len(node.values)):
            rest = [*node.values[:place], *node.values[place + 1 :]]
            yield node, rest[0] if len(rest) == 1 else ast.BoolOp(op=node.op, values=rest)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not):
        yield node, node.operand
    tests = [node.test] if isinstance(node, (ast.If, ast.IfExp)) else []
    for test in [*tests, *(node.ifs if isinstance(node, ast.comprehension) else [])]:
        if not isinstance(test, ast.Compare):  # whose other operator says the same
            yield test, ast.UnaryOp(op=ast.Not(), operand=test)


def _bound(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    ends: list[ast.expr] = []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "range":
        ends = node.args[:2]
    elif isinstance(node, ast.Slice):
        ends = [one for one in (node.lower, node.upper) if one is not None]
    for end in ends:
        for operator in (ast.Add(), ast.Sub()):
            if not isinstance(end, (ast.Constant, ast.Starred)):
                yield end, ast.BinOp(left=end, op=operator, right=ast.Constant(1))


def _arithmetic(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, ast.BinOp):
        for other in _ARITHMETIC.get(type(node.op), ()):
            yield node, ast.BinOp(left=node.left, op=other(), right=node.right)
    elif isinstance(node, ast.AugAssign):
        for other in _ARITHMETIC.get(type(node.op), ()):
            yield node, ast.AugAssign(target=node.target, op=other(), value=node.value)
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield node, node.operand


def _branch(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, (ast.If, ast.IfExp)) and not isinstance(node.test, ast.Constant):
        for taken in (True, False):
            yield node.test, ast.Constant(taken)


def _dropped(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, (ast.Assign, ast.AugAssign, ast.Expr, ast.Break, ast.Continue)):
        yield node, ast.Pass()


def _returned(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    if isinstance(node, ast.Return) and node.value is not None:
        yield node, ast.Return(value=ast.Constant(None))


OPERATORS: dict[str, Change] = {
    "comparison": _comparison,
    "constant": _constant,
    "boolean": _boolean,
    "bound": _bound,
    "arithmetic": _arithmetic,
    "branch": _branch,
    "dropped": _dropped,
    "returned": _returned,
}
"""What makes mutants, by name: of a node, what is replaced (it or one below it) and by what. Those that weak tests are
most likely to miss come first."""
