"""Read Python source that a benchmark publishes: what it defines and which names it takes from elsewhere."""

from __future__ import annotations

import ast
import builtins
import importlib
from functools import cache
from typing import TYPE_CHECKING

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def definitions(source: str, *, leave_out: str) -> str:
    """The imports, classes, functions and assignments at the top level of a source, without those of one name.

    Raises:
        SyntaxError: It is not Python.
    """
    lines = source.splitlines(keepends=True)
    kept: list[str] = []
    for node in syntax.parse(source).body:
        if not isinstance(node, _KEPT) or leave_out in _bound(node):
            continue
        first = min([node.lineno, *(one.lineno for one in getattr(node, "decorator_list", []))])
        kept.append("".join(lines[first - 1 : node.end_lineno]).rstrip("\n") + "\n")
    return "".join(kept)


def defined_names(source: str) -> tuple[str, ...]:
    """The names that the top level of a source binds, in the order of their first binding. Raises SyntaxError."""
    return tuple(dict.fromkeys(name for node in syntax.parse(source).body for name in _bound(node)))


def bound_names(source: str) -> frozenset[str]:
    """All names that a source binds at any depth, and those of imports: what it could define. Raises SyntaxError."""
    found: set[str] = set()
    for node in ast.walk(syntax.parse(source)):
        if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
            found.add(node.name)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
    return frozenset(found)


def free_names(source: str, *, known: frozenset[str] | tuple[str, ...] = ()) -> tuple[str, ...]:
    """The names a source uses and takes from elsewhere, in the order of their first use.

    Builtins are left out unless they are among `known`, the names that the other side is known to define.

    Raises:
        SyntaxError: It is not Python.
    """
    import symtable  # noqa: PLC0415 - seldom used

    with syntax.alone():
        top = symtable.symtable(source, "<source>", "exec")
    bound = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    wanted, tables = set[str](), [top]
    while tables:
        table = tables.pop()
        tables += table.get_children()
        wanted |= {
            symbol.get_name()
            for symbol in table.get_symbols()
            if symbol.is_referenced() and (table is top or symbol.is_global())
        }
    free = {name for name in wanted - bound if name in known or not hasattr(builtins, name)}
    uses = [node for node in ast.walk(syntax.parse(source)) if isinstance(node, ast.Name) and node.id in free]
    uses.sort(key=lambda node: (node.lineno, node.col_offset))
    return tuple(dict.fromkeys(node.id for node in uses))


def syntax_error(source: str) -> SyntaxError | None:
    """Say why a source is not Python; None if it is. It is compiled, as a parser misses some flaws, and never run."""
    try:
        with syntax.alone():
            compile(source, "<source>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    except (ValueError, MemoryError, RecursionError) as error:
        return SyntaxError(str(error) or type(error).__name__)
    return None


_KEPT = (ast.Import, ast.ImportFrom, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef, ast.Assign, ast.AnnAssign)


def _bound(node: ast.stmt) -> tuple[str, ...]:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)):
        return (node.name,)
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return tuple(alias.asname or alias.name.partition(".")[0] for alias in node.names)
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return tuple(one.id for target in targets for one in ast.walk(target) if isinstance(one, ast.Name))


RECURSION = 50_000
MAX_READ = 1 << 16
MODULES = (
    *("string", "re", "datetime", "collections", "heapq", "bisect", "copy", "math", "random", "statistics"),
    *("itertools", "functools", "operator", "io", "sys", "json", "typing"),
)
"""In the order in which they are imported there: of equal names the last holds."""


def as_in_contests(code: str) -> str:
    """A Python program, after imports of what it uses and lacks, and a recursion limit of 50,000.

    Modules, and public names of theirs, are those that LiveCodeBench, APPS, TACO and verl import before a program. Only
    names that are nobody's are imported, so that no program gets slower. What is no Python stays as it is, and so does
    a program of more than 64 Ki characters, which would take seconds to read.
    """
    if len(code) > MAX_READ:
        return code
    try:
        wanted = free_names(code)
        after = _last_future_line(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return code
    statements = f"__import__('sys').setrecursionlimit({RECURSION})\n" + "".join(_statements(wanted))
    lines = code.splitlines(keepends=True)
    head = "".join(lines[:after])
    return head + "\n" * bool(head and not head.endswith("\n")) + statements + "".join(lines[after:])


def _statements(names: Iterable[str]) -> Iterator[str]:
    for name in names:
        home = public_home(name)
        if name in MODULES:
            yield f"import {name}\n"
        elif home is not None:  # a Python that is older than ours may not have it
            yield f"try:\n    from {home} import {name}\nexcept ImportError:\n    pass\n"


def public_home(name: str, modules: tuple[str, ...] = MODULES) -> str | None:
    """The last of the modules that has a public name; None where none has it."""
    return next((one for one in reversed(modules) if name in _public_names(one)), None)


@cache
def _public_names(module: str) -> frozenset[str]:
    found = importlib.import_module(module)
    return frozenset(getattr(found, "__all__", None) or (name for name in vars(found) if not name.startswith("_")))


def _last_future_line(code: str) -> int:
    """The last line of imports from `__future__`, which must stay first; 0 without any."""
    if "__future__" not in code:
        return 0
    body = syntax.parse(code).body
    ends = (one.end_lineno or 0 for one in body if isinstance(one, ast.ImportFrom) and one.module == "__future__")
    return max(ends, default=0)
