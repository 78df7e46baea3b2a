"""Tests in Python that are made to contradict what they test: by one edit of what an assertion expects.

Where an assertion says what it expects as a literal, that is changed, also in the rows of a table that a loop goes
through; where none does, an assertion is turned round.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import syntax
from boxscore.protocols.python_source import CannotRewriteError, Edit, PythonText, around, insert, replace
from boxscore.sampling.impossible.assertions import FUNCTIONS, Invert, changed, literals, sites
from boxscore.sampling.impossible.contradicted import CannotContradictError
from boxscore.score.cheating import Kind

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator

PLAIN_CALLS = frozenset({"abs", "float", "int", "len", "list", "repr", "round", "set", "sorted", "str", "tuple"})
MOST_LITERALS = 400  # of a table: more are data rather than rows of a test


class Contradiction(Struct, frozen=True):
    """A source after the change, and of it the statement that was changed, both as text."""

    source: str
    statement: str


class _Site(Struct, frozen=True):
    """What can be changed: `node` is replaced, or `invert` done; `whole` is the assertion, or the row of a table."""

    whole: ast.stmt | ast.expr
    node: ast.expr | None = None
    wide: bool = False
    invert: Invert | None = None


def contradict(
    source: str,
    kind: Kind,
    rng: random.Random,
    *,
    within: tuple[tuple[str, ...], str] | None = None,
    turns: bool = True,
) -> Contradiction:
    """Change tests by one edit; `within` names the classes and the function in which, any function if None.

    Without `turns` no assertion is turned round. Raises CannotContradictError where nothing can be changed.
    """
    try:
        text = PythonText(source)
        blocks = list(_blocks(text.tree, within))
        found = _straight(blocks, literal=True) or _tabled(blocks, kind)
        if turns and not found:
            found = _straight(blocks, literal=False)
        for site in rng.sample(found, k=len(found)):
            edited = _edited(text, site, kind, rng)
            if edited is not None:
                return edited
    except (CannotRewriteError, RecursionError) as error:
        raise CannotContradictError(f"its tests cannot be rewritten: {error}") from None
    raise CannotContradictError("no assertion of its tests says what it expects")


def function_text(source: str, within: tuple[tuple[str, ...], str]) -> str:
    """Return a function as it is written, without its decorators. Raises CannotContradictError where it is not."""
    try:
        text = PythonText(source)
    except CannotRewriteError as error:
        raise CannotContradictError(str(error)) from None
    found = next(_functions(text.tree, within), None)
    if found is None:
        raise CannotContradictError(f"there is no function {within[1]} in its tests")
    return (text.before(found) or "") + text.written(found)


def _functions(
    tree: ast.Module, within: tuple[tuple[str, ...], str]
) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    body, (scope, name) = tree.body, within
    for class_name in scope:
        body = next((one.body for one in body if isinstance(one, ast.ClassDef) and one.name == class_name), [])
    yield from (one for one in body if isinstance(one, FUNCTIONS) and one.name == name)


def _blocks(tree: ast.Module, within: tuple[tuple[str, ...], str] | None) -> Iterator[ast.FunctionDef]:
    """Yield the functions that are looked at, and what stands outside of all of them as one more."""
    if within is None:
        rest = [one for one in tree.body if not isinstance(one, (*FUNCTIONS, ast.ClassDef))]
        yield _as_function(rest)
        yield from (_as_function(one.body) for one in tree.body if isinstance(one, FUNCTIONS))
        return
    yield from (_as_function(one.body) for one in _functions(tree, within))


def _as_function(body: list[ast.stmt]) -> ast.FunctionDef:
    """Make statements look like a function's, so that they can be searched as one."""
    holder = syntax.parse("def tests(): pass").body[0]
    if not isinstance(holder, ast.FunctionDef):
        raise TypeError(holder)
    holder.body = body
    return holder


def _straight(blocks: list[ast.FunctionDef], *, literal: bool) -> list[_Site]:
    """What each run of the tests comes to."""
    found: list[_Site] = []
    for block in blocks:
        here = sites(block)
        if literal:
            found += (_Site(_statement(block, one.node), node=one.node, wide=one.wide) for one in here.literals)
        else:
            found += (_Site(_statement(block, one.node), invert=one) for one in here.inverts)
    return found


def _statement(block: ast.FunctionDef, node: ast.expr) -> ast.stmt:
    """Return the innermost statement that an expression stands in."""
    around_it = [
        one
        for statement in block.body
        for one in ast.walk(statement)
        if isinstance(one, ast.stmt) and any(inner is node for inner in ast.walk(one))
    ]
    return max(around_it, key=lambda one: (one.lineno, one.col_offset))


def _tabled(blocks: list[ast.FunctionDef], kind: Kind) -> list[_Site]:
    """Find rows of literals that a loop goes through, whose last value an assertion in it compares."""
    found: list[_Site] = []
    for block in blocks:
        tables = {
            statement.targets[0].id: statement.value
            for statement in block.body
            if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name)
        }
        for loop in (one for one in block.body if isinstance(one, ast.For)):
            if _compares_last(loop):
                found += _rows(_table(loop.iter, tables), kind)
    return found


def _compares_last(loop: ast.For) -> bool:
    """Whether the last name that a loop binds is compared by an assertion in it, and given to no function."""
    if not isinstance(loop.target, ast.Tuple) or not isinstance(last := loop.target.elts[-1], ast.Name):
        return False
    calls = [one for part in loop.body for one in ast.walk(part) if isinstance(one, ast.Call)]
    given = [one for one in calls if not (isinstance(one.func, ast.Name) and one.func.id in PLAIN_CALLS)]
    if any(_names(argument, last.id) for one in given for argument in one.args):
        return False
    asserted = [one.test for one in loop.body if isinstance(one, ast.Assert)]
    return any(isinstance(one, ast.Compare) and _names(one, last.id) for one in asserted)


def _names(node: ast.expr, name: str) -> bool:
    return any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(node))


def _table(node: ast.expr, tables: dict[str, ast.expr]) -> ast.expr | None:
    match node:
        case ast.Name(id=name):
            return tables.get(name)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="items"), args=[]):
            return tables.get(name)
    return node


def _rows(table: ast.expr | None, kind: Kind) -> list[_Site]:
    match table:
        case ast.List(elts=rows) | ast.Tuple(elts=rows):
            pairs: list[tuple[ast.expr, ast.expr]]
            pairs = [(row, row.elts[-1]) for row in rows if isinstance(row, ast.Tuple | ast.List) and row.elts]
        case ast.Dict(values=values) if kind is Kind.ONE_OFF:  # a key cannot be there twice
            pairs = [(value, value) for value in values]
        case _:
            return []
    found = [_Site(row, node=node) for row, value in pairs for node in literals(value)]
    return found if len(found) <= MOST_LITERALS else []


def _edited(text: PythonText, site: _Site, kind: Kind, rng: random.Random) -> Contradiction | None:
    edits = _edits(text, site, rng)
    after = text.after(edits)
    if after == text.after([]):
        return None
    statement = _at(PythonText(after), site.whole)
    if kind is Kind.CONFLICTING:
        end = (site.whole.end_lineno or 0, site.whole.end_col_offset or 0)
        both = text.after([insert(end, _joint(text, site.whole) + statement)])
        return Contradiction(both, f"{_at(text, site.whole)}\n{statement}")
    return Contradiction(after, statement)


def _edits(text: PythonText, site: _Site, rng: random.Random) -> list[Edit]:
    if site.node is not None:
        return [replace(site.node, changed(site.node, rng, wide=site.wide))]
    invert = site.invert
    if invert is None:
        raise TypeError(site)
    if not invert.old:
        return list(around(invert.node, invert.before, invert.after))
    start = (invert.node.end_lineno or 0, invert.node.end_col_offset or 0)
    until = invert.until
    stop = (until.lineno, until.col_offset) if until is not None else text.end_of_line(start)
    return [Edit(*text.find(rf"({invert.old})".encode(), start, stop), invert.new)]


def _at(text: PythonText, whole: ast.stmt | ast.expr) -> str:
    """Return what of the same kind begins at the place of a statement or row, as it is written now."""
    for node in ast.walk(text.tree):
        if not isinstance(node, ast.stmt | ast.expr) or type(node) is not type(whole):
            continue
        if (node.lineno, node.col_offset) == (whole.lineno, whole.col_offset):
            return text.written(node)
    raise CannotRewriteError(f"line {whole.lineno}: written in a way not known here")


def _joint(text: PythonText, whole: ast.stmt | ast.expr) -> str:
    """What goes between a statement or row and what is put behind it."""
    if isinstance(whole, ast.expr):
        return ", "
    indent = text.before(whole)
    return "; " if indent is None else f"\n{indent}"
