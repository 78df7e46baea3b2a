"""What code that is not ours prints goes to standard error, for standard output holds our answers alone.

While somebody asks for it, `sys.stdout` tells threads apart: what a thread in a `strays_apart` block prints goes to
standard error, and what all others print where it went before. A program that uses boxscore may print meanwhile.
"""

from __future__ import annotations

import sys
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Sorted:
    """A standard output that is another stream for each thread."""

    def __init__(self, usual: TextIO, strays: _Strays) -> None:
        self._usual, self._strays = usual, strays

    def __getattr__(self, name: str) -> Any:
        return getattr(sys.stderr if self._strays.is_stray() else self._usual, name)


class _Strays:
    """Which threads print apart at the moment; `sys.stdout` is ours while there are any."""

    def __init__(self) -> None:
        self._lock, self._blocks = threading.Lock(), 0
        self._depth = threading.local()
        self._names: Counter[str] = Counter()
        self._usual: TextIO | None = None
        self._sorted: _Sorted | None = None

    def is_stray(self) -> bool:
        """Whether what the current thread prints goes apart; there must be a standard error for it."""
        if sys.stderr is None:
            return False
        named = any(self._names[prefix] and _name().startswith(prefix) for prefix in tuple(self._names))
        return named or getattr(self._depth, "value", 0) > 0

    def enter(self, threads: str | None) -> None:
        """Begin a block of the current thread, and of threads whose names begin so."""
        with self._lock:
            self._blocks += 1
            if threads is not None:
                self._names[threads] += 1
            if self._sorted is None and sys.stdout is not None:
                self._usual = sys.stdout
                self._sorted = _Sorted(sys.stdout, self)
                sys.stdout = self._sorted  # type: ignore[assignment]  # which is one by all that it is asked for
        self._depth.value = getattr(self._depth, "value", 0) + 1

    def leave(self, threads: str | None) -> None:
        """End a block; the last one puts back what was there, unless somebody else has put something in its place."""
        self._depth.value -= 1
        with self._lock:
            self._blocks -= 1
            if threads is not None:
                self._names[threads] -= 1
            if self._blocks == 0 and self._sorted is not None:
                if sys.stdout is self._sorted:
                    sys.stdout = self._usual
                self._sorted = self._usual = None


_STRAYS = _Strays()


@contextmanager
def strays_apart(*, threads: str | None = None) -> Iterator[None]:
    """Send to standard error what this thread prints, and threads whose names begin with `threads`."""
    _STRAYS.enter(threads)
    try:
        yield
    finally:
        _STRAYS.leave(threads)


def _name() -> str:
    return threading.current_thread().name
