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
            renamed = [f"{alias.asname} = {alias.name}" for alias in node.names if alias.asname]
            first, last = node.lineno - 1, node.end_lineno or node.lineno
            lines[first] = lines[first][: node.col_offset] + ("; ".join(renamed) or "pass") + "\n"
            lines[first + 1 : last] = ["\n"] * (last - first - 1)
            names += [alias.name for alias in node.names if alias.name != "*"]
    return "".join(lines), tuple(dict.fromkeys(names))


def calls_of_test_functions(source: str) -> str:
    """Calls of what pytest would run and nobody calls: functions named `test_…`, and methods of classes `Test…`.

    Raises SyntaxError, and UsageError for what needs a runner.
    """
    tree = syntax.parse(source)
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    calls = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(node) and node.name not in used:
            _check_runs_alone(node, arguments=0)
            calls.append(f"{node.name}()\n")
        elif isinstance(node, ast.ClassDef) and node.name not in used and any(map(_is_test, node.body)):
            if node.bases or any(isinstance(one, ast.FunctionDef) and one.name in _SETTING_UP for one in node.body):
                raise UsageError(f"tests, line {node.lineno}: {node.name} needs a runner, and there is none")
            for one in node.body:
                if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef) and _is_test(one):
                    _check_runs_alone(one, arguments=1)
                    calls.append(f"{node.name}().{one.name}()\n")
    return "".join(calls)


def _is_test(node: ast.stmt) -> bool:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test")


def _check_runs_alone(node: ast.FunctionDef | ast.AsyncFunctionDef, *, arguments: int) -> None:
    required = len(node.args.posonlyargs) + len(node.args.args) - len(node.args.defaults)
    if required > arguments:
        raise UsageError(
            f"tests, line {node.lineno}: {node.name} takes fixtures or parameters, of which there are none"
        )
    if isinstance(node, ast.AsyncFunctionDef):
        raise UsageError(f"tests, line {node.lineno}: {node.name} is a coroutine, which nobody awaits")


_SETTING_UP = ("setup_method", "setup_class", "teardown_method", "teardown_class", "setUp", "tearDown")
