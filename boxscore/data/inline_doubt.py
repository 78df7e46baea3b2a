"""What can be read from tests before they run: whether they act on their process, and who decides a comparison."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

VALUES_ONLY = frozenset(  # modules that work on values alone, so that it does not matter in whose process they do
    {
        *("abc", "array", "bisect", "calendar", "cmath", "collections", "copy", "dataclasses", "datetime", "decimal"),
        *("difflib", "enum", "fractions", "functools", "hashlib", "heapq", "itertools", "json", "math", "numbers"),
        *("numpy", "operator", "pytest", "re", "statistics", "string", "textwrap", "typing", "uuid", "zlib", "base64"),
    }
)
ACTS = frozenset(
    {"open", "globals", "locals", "vars", "exec", "eval", "setattr", "delattr", "id", "__import__", "input"}
)
_SINGLETONS = (None, True, False, ...)


def acts_on_process(source: str) -> bool:
    """Whether tests do what only works in the program's own process: seed, patch, write files, ask for identity.

    Raises SyntaxError.
    """
    for node in ast.walk(syntax.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            modules = [node.module or ""]
        else:
            modules = []
        if any(name.partition(".")[0] not in VALUES_ONLY for name in modules):
            return True
        if isinstance(node, ast.Name) and node.id in ACTS:
            return True
        if isinstance(node, ast.Compare) and any(map(_is_identity, node.ops, node.comparators)):
            return True
    return False


def _is_identity(operator: ast.cmpop, other: ast.expr) -> bool:
    if not isinstance(operator, ast.Is | ast.IsNot):
        return False
    return not (isinstance(other, ast.Constant) and other.value in _SINGLETONS)


def deciding_names(source: str, names: tuple[str, ...]) -> tuple[str, ...]:
    """The program's names, beside the first, that may decide a comparison of the tests: none if they hold no sway.

    In `assert f(1) == Decimal("2.5")` a program that defines `Decimal` says what is right, in `assert near(f(1), 2)`
    one that defines `near` does. `assert size(Stack()) == 0` is decided by the tests: one side of it is theirs alone.
    Raises SyntaxError.
    """
    others = frozenset(names[1:])
    if not others:
        return ()
    tree = syntax.parse(source)
    tainted = {name: frozenset({name}) for name in names}
    while (found := _spread(tree, tainted)) != tainted:
        tainted = found
    deciding = set[str]()
    for test in _decisions(tree, others):
        sides = [test.left, *test.comparators] if isinstance(test, ast.Compare) else [test]
        if isinstance(test, ast.Compare) and any(not _names_in(side, tainted) for side in sides):
            continue
        deciding |= _names_in(test, tainted) & others
    return tuple(name for name in names if name in deciding)


def _decisions(tree: ast.AST, others: frozenset[str]) -> Iterator[ast.expr]:
    """The conditions that tests check, part by part, and calls of other names for the sake of what these check."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Assert | ast.If):
            yield from _parts(node.test)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            function = node.value.func
            if isinstance(function, ast.Name) and function.id in others:
                yield node.value


def _parts(test: ast.expr) -> Iterator[ast.expr]:
    if isinstance(test, ast.BoolOp):
        for value in test.values:
            yield from _parts(value)
    elif isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
        yield from _parts(test.operand)
    else:
        yield test


def _spread(tree: ast.AST, tainted: dict[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """Which of the program's names each variable may hold something of, wherever it is assigned."""
    found = dict(tainted)
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            _taint(found, targets, _names_in(node.value, tainted))
        elif isinstance(node, ast.For | ast.comprehension):
            _taint(found, [node.target], _names_in(node.iter, tainted))
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            _taint(found, [node.optional_vars], _names_in(node.context_expr, tainted))
        elif isinstance(node, ast.FunctionDef):
            _taint_name(found, node.name, _names_in(node, tainted))
    return found


def _taint(found: dict[str, frozenset[str]], targets: Collection[ast.expr], names: frozenset[str]) -> None:
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                _taint_name(found, node.id, names)


def _taint_name(found: dict[str, frozenset[str]], name: str, names: frozenset[str]) -> None:
    if names:
        found[name] = found.get(name, frozenset()) | names


def _names_in(node: ast.AST, tainted: dict[str, frozenset[str]]) -> frozenset[str]:
    """The program's names that a value may come from."""
    empty = frozenset[str]()
    return empty.union(*(tainted.get(one.id, empty) for one in ast.walk(node) if isinstance(one, ast.Name)))
