"""Run a program as the judges of programming contests do: with imports that it lacks, and with deep recursion."""

from __future__ import annotations

import ast
import importlib
from functools import cache
from typing import TYPE_CHECKING

from boxscore import syntax
from boxscore.protocols.function.source import free_names

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

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
