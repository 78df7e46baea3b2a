"""Tests that must fail for Python: functions for pytest and sympy's own runner, methods for unittest and Django's."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, TypeGuard

from boxscore import syntax

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from boxscore.protocols.patch.planting.language import Failure

RAISED = 'raise RuntimeError("planted by the grader: it must fail")'
TEST = re.compile(r"^\s*(?:async\s+)?def test_?\w", re.MULTILINE)
FUNCTIONS = {"throw": RAISED, "assert": "assert 1 == 2"}
METHODS = {"throw": RAISED, "assert": "self.assertEqual('planted', None)"}  # which no tolerance of a project takes


class Functions:
    """Functions at the end of a file."""

    ends: tuple[str, ...] = (".py",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(FUNCTIONS) if TEST.search(source) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:  # noqa: ARG002 - files run whole
        """See `Language.plant`."""
        written = (f"def test_{one.name}():\n    {FUNCTIONS[one.kind]}\n" for one in failures)
        return "\n\n".join([source.rstrip("\n") + "\n", *written])


class Methods:
    """Methods that run last of a class of tests, one that required tests are of if there is one."""

    ends: tuple[str, ...] = (".py",)
    reports: tuple[str, ...] = ()

    def kinds(self, source: str) -> tuple[str, ...]:
        """See `Language.kinds`."""
        return tuple(METHODS) if any(_classes(source)) else ()

    def plant(self, source: str, failures: Sequence[Failure], required: Collection[str]) -> str:
        """See `Language.plant`."""
        classes = list(_classes(source))
        named = [one for one in classes if any(f".{one.name}" in test for test in required)]
        chosen = (named or classes)[0]
        lines = source.splitlines()
        first = lines[chosen.body[0].lineno - 1]
        indent = first[: len(first) - len(first.lstrip())]
        last = max(node.name for node in chosen.body if _is_test(node))  # tests may rely on their order
        inner = indent * 2 if "\t" in indent else f"{indent}    "
        written = [
            line
            for one in failures
            for line in ("", f"{indent}def {last}_{one.name}(self):", f"{inner}{METHODS[one.kind]}")
        ]
        end = chosen.end_lineno or len(lines)
        return "\n".join([*lines[:end], *written, *lines[end:], ""])


def _classes(source: str) -> Iterator[ast.ClassDef]:
    """Yield the classes with methods that are tests."""
    try:
        body = syntax.parse(source).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    for node in body:
        if isinstance(node, ast.ClassDef) and any(map(_is_test, node.body)):
            yield node


def _is_test(node: ast.stmt) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name.startswith("test")
