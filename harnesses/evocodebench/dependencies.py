"""On which names of its repository a body depends: what Recall@k counts.

Names are found in the syntax alone: what a file defines and imports, `self.` and `cls.` in a method, and parameters
with an annotation. The benchmark's own program follows values through the whole repository, so it finds more: see the
docs.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from .row import Row


def recall(row: Row, body: str, source: str) -> float | None:
    """The share of the reference's dependencies that a body has; None where the reference has none, 0 for no Python.

    `source` is the file with the body in its place.
    """
    wanted = row.dependency.all
    if not wanted:
        return None
    if not body.strip():
        return 0.0
    try:
        found = dependencies(row, source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return 0.0
    return len(wanted & found) / len(wanted)


def dependencies(row: Row, source: str) -> set[str]:
    """The dotted names that the function of a row uses in a file. Raises SyntaxError."""
    tree = boxscore.parse_source(source)
    function = _function_of(row, tree)
    if function is None:
        return set()
    known = known_names(tree, row)
    scope = ast.Module(body=function.body, type_ignores=[])
    known.update(_local_imports(scope, row))
    known.update(_parameters(function, known, row))
    found = set[str]()
    for node in ast.walk(scope):
        chain = _chain(node)
        if chain and chain[0] in known:
            found.update(".".join((known[chain[0]], *chain[1:end])) for end in range(1, len(chain) + 1))
    return found


def module_of(row: Row) -> str:
    """The module of a row's function, as its namespace has it."""
    return row.namespace.rsplit(".", 2 if row.type == "method" else 1)[0]


def known_names(tree: ast.Module, row: Row) -> dict[str, str]:
    """The names that a file defines at its top or imports, with their dotted names; what it defines comes first."""
    module = module_of(row)
    names = dict(_local_imports(tree, row))
    for node in _top(tree.body):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names[node.name] = f"{module}.{node.name}"
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        names.update({target.id: f"{module}.{target.id}" for target in targets if isinstance(target, ast.Name)})
    return names


def _top(statements: Sequence[ast.stmt]) -> Iterator[ast.stmt]:
    """The statements at a file's top, also those that depend on a condition."""
    for node in statements:
        yield node
        if isinstance(node, (ast.If, ast.Try)):
            yield from _top([one for one in ast.iter_child_nodes(node) if isinstance(one, ast.stmt)])
            yield from (one for handler in getattr(node, "handlers", ()) for one in _top(handler.body))


def _local_imports(tree: ast.Module, row: Row) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                yield (one.asname, one.name) if one.asname else (one.name.partition(".")[0],) * 2
        elif isinstance(node, ast.ImportFrom):
            package = module_of(row).split(".")[: -node.level] if node.level else []
            base = ".".join((*package, *([node.module] if node.module else [])))
            yield from ((one.asname or one.name, f"{base}.{one.name}") for one in node.names)


def _parameters(
    function: ast.FunctionDef | ast.AsyncFunctionDef, known: dict[str, str], row: Row
) -> Iterator[tuple[str, str]]:
    arguments = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
    for argument in arguments:
        chain = _chain(argument.annotation) if argument.annotation is not None else ()
        if chain and chain[0] in known:
            yield argument.arg, ".".join((known[chain[0]], *chain[1:]))
    if row.type == "method" and arguments:
        yield arguments[0].arg, row.namespace.rpartition(".")[0]


def _chain(node: ast.AST) -> tuple[str, ...]:
    """The names of `a.b.c`; () for anything else."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def _path(row: Row) -> tuple[str, ...]:
    return tuple(row.namespace.split(".")[-2 if row.type == "method" else -1 :])


def _function_of(row: Row, tree: ast.Module) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    """The function of a row: of those of its name the one on its lines, for overloads have the same name."""
    named = [node for path, node in _functions(tree, ()) if path == _path(row)]
    first, last = row.signature_position
    return next((node for node in named if first <= node.lineno <= last), named[-1] if named else None)


def _functions(
    node: ast.AST, within: Sequence[str]
) -> Iterator[tuple[tuple[str, ...], ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield (*within, child.name), child
        elif isinstance(child, ast.ClassDef):
            yield from _functions(child, (child.name,))
        elif isinstance(child, (ast.If, ast.Try)):
            yield from _functions(child, within)
