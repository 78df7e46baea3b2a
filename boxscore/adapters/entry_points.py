"""Say what asserts test where that is named like a builtin, as `sum` of a task of MBPP is."""

from __future__ import annotations

import ast
import builtins
import re
from typing import TYPE_CHECKING

from boxscore import syntax
from boxscore.data.inline import inline_task
from boxscore.errors import UsageError
from boxscore.protocols.function.source import free_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.protocols.contract import Task
    from boxscore.records import Limits


def task_of_tests(
    tests: object,
    programs: Sequence[str],
    *,
    entry_point: str | None = None,
    language: str = "python",
    limits: Limits | None = None,
) -> Task:
    """Make a task of tests, as `boxscore.inline_task` does, for texts that hold the programs to be tested.

    Where asserts use nothing but builtins, the one that they call and that a program defines is tested, else the first
    that they call. Raises UsageError.
    """
    try:
        return inline_task(tests, entry_point=entry_point, language=language, limits=limits)
    except UsageError:
        name = _called_builtin(tests, programs) if entry_point is None else None
        if name is None:
            raise
    return inline_task(tests, entry_point=name, language=language, limits=limits)


def _called_builtin(tests: object, programs: Sequence[str]) -> str | None:
    lines = [tests] if isinstance(tests, str) else tests
    if not isinstance(lines, list | tuple) or not all(isinstance(line, str) for line in lines):
        return None
    try:
        tree = syntax.parse("\n".join(lines))
        if free_names("\n".join(lines)):
            return None  # they test something else, and which that is could not be told
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    calls = [node.func for node in ast.walk(tree) if isinstance(node, ast.Call)]
    names = [node.id for node in calls if isinstance(node, ast.Name) and hasattr(builtins, node.id)]
    defined = (name for name in names if any(re.search(rf"\bdef\s+{name}\b", one) for one in programs))
    return next(defined, next(iter(names), None))
