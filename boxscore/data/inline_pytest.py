"""Tests as pytest has them, such as KodCode's: functions named `test_…`, and a program that is imported."""

from __future__ import annotations

import ast

from boxscore import syntax
from boxscore.errors import UsageError

PROGRAM = "solution"


def without_solution(source: str) -> tuple[str, tuple[str, ...]]:
    """Take out `from solution import …`; return the source, line for line, and the names that it imported.

    Raises SyntaxError, and UsageError for what takes no names from it.
    """
    lines, names = source.splitlines(keepends=True), []
    for node in ast.walk(syntax.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module == PROGRAM:
            if any(alias.name == "*" for alias in node.names):
                continue
            renamed = [f"{alias.asname} = {alias.name}" for alias in node.names if alias.asname]
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            lines[first] = lines[first][: node.col_offset] + ("; ".join(renamed) or "pass") + "\n"
            lines[first + 1 : last] = ["\n"] * (last - first - 1)
            names += [alias.name for alias in node.names]
    return "".join(lines), tuple(dict.fromkeys(names))


def calls_of_test_functions(source: str) -> str:
    """Calls of functions named `test_…`, in their order, where nobody calls them. Raises SyntaxError, UsageError."""
    tree = syntax.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    calls = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name.startswith("test_") and node.name not in used:
            if node.args.posonlyargs or node.args.args[len(node.args.defaults) :]:
                raise UsageError(
                    f"tests, line {node.lineno}: {node.name} takes fixtures or parameters, of which there are none"
                )
            calls.append(f"{node.name}()\n")
    return "".join(calls)
