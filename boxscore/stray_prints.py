"""What plugins and libraries print while a command runs goes to standard error: standard output holds answers alone.

A program that calls boxscore keeps its streams as they are.
"""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO, cast

if TYPE_CHECKING:
    from collections.abc import Iterator

_RAY = "ray_"  # how the names of the threads begin in which Ray prints what happens to nodes
_depth = threading.local()


class _StdoutByThread:
    """A standard output that passes on what is printed in a `prints_to_stderr` block to standard error."""

    def __init__(self, usual: TextIO) -> None:
        self._usual, self._errors = usual, sys.stderr

    def __getattr__(self, name: str) -> Any:
        stray = getattr(_depth, "value", 0) > 0 or threading.current_thread().name.startswith(_RAY)
        return getattr(self._errors if stray and self._errors is not None else self._usual, name)


@contextmanager
def only_answers_on_stdout() -> Iterator[None]:
    """Let `prints_to_stderr` blocks have an effect while this one runs."""
    usual = sys.stdout
    if usual is not None:
        sys.stdout = cast("TextIO", _StdoutByThread(usual))
    try:
        yield
    finally:
        sys.stdout = usual


@contextmanager
def prints_to_stderr() -> Iterator[None]:
    """Send what this thread prints to standard error, if a command runs."""
    _depth.value = getattr(_depth, "value", 0) + 1
    try:
        yield
    finally:
        _depth.value -= 1
