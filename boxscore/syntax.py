"""Python's own parser, by one thread at a time and without its warnings.

Python 3.11 loses count of how deep it is where two threads build trees at once, and raises SystemError
(python/cpython#106905). `warnings.catch_warnings` changes the filters of all threads and puts back what it found: two
at once leave them wrong. So whoever parses goes through here.
"""

from __future__ import annotations

import ast
import os
import threading
import warnings
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_PYTHON = (SyntaxError, ValueError, MemoryError, RecursionError)
"""What `parse` raises; MemoryError for expressions that are nested too deeply."""


def parse(source: str) -> ast.Module:
    """Parse a module. Raises SyntaxError, ValueError, MemoryError or RecursionError for what is none."""
    with alone():
        return ast.parse(source)


parse_source = parse  # its name in the public API


def parse_expression(source: str) -> ast.expr:
    """Parse an expression. Raises what `parse` raises."""
    with alone():
        return ast.parse(source, mode="eval").body


def literal(source: str) -> Any:
    """The value of a literal, as `ast.literal_eval` reads it. Raises TypeError too, for one such as `{[]}`."""
    return ast.literal_eval(parse_expression(source.lstrip(" \t")))


class _Turn:
    lock = threading.RLock()

    @classmethod
    def renew(cls) -> None:
        """In a forked child, forget who parsed."""
        cls.lock = threading.RLock()


os.register_at_fork(after_in_child=_Turn.renew)


@contextmanager
def alone() -> Iterator[None]:
    """Parse or compile in this block: no other thread does, and nothing warns."""
    with _Turn.lock, warnings.catch_warnings():  # published code has invalid escapes, which are its own affair
        warnings.simplefilter("ignore")
        yield
