"""Refuse tests that sleep for longer than a sample may take: whoever is graded by them would be charged for it.

While tests sleep over an answer nobody can tell whose doing that is (`time.sleep(f(1))`); what they say themselves can
be read beforehand.
"""

from __future__ import annotations

import ast

from boxscore import syntax
from boxscore.errors import UsageError


def check_sleeps(source: str, wall_s: float, *, field: str) -> None:
    """Raise UsageError where source of tests calls `sleep` with a number that is `wall_s` or more; else SyntaxError."""
    for node in ast.walk(syntax.parse(source)):
        if isinstance(node, ast.Call) and _name(node.func) == "sleep":
            seconds = _number(node)
            if seconds is not None and seconds >= wall_s:
                raise UsageError(
                    f"{field}, line {node.lineno}: they sleep for {seconds:g} s, and a sample has {wall_s:g} s "
                    "(limits.wall_s)"
                )


def _name(called: ast.expr) -> str:
    """The last name of what is called."""
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _number(call: ast.Call) -> float | None:
    """The first argument, if it is written as a number."""
    first = call.args[0] if call.args else None
    if isinstance(first, ast.Constant) and isinstance(first.value, int | float):
        return float(min(first.value, 1e9))
    return None
