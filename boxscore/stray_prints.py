"""Send what plugins and libraries print to standard error, for standard output holds our answers alone.

`contextlib.redirect_stdout` would move what all threads print, and a program that uses boxscore may print meanwhile. So
`sys.stdout` is replaced by a stream that looks at the thread: what one in a `prints_to_stderr` block prints goes to
standard error, and what all others print goes where it went before.
"""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from collections.abc import Iterator


class _StdoutByThread:
    """A standard output that passes what stray threads print on to standard error.

    Where foreign code has made this the standard error too, they go to the one that was there before.
    """

    def __init__(self, usual: TextIO, strays: _Strays) -> None:
        self._usual, self._errors, self._strays = usual, sys.stderr, strays

    def __getattr__(self, name: str) -> Any:
        errors = self._errors if isinstance(sys.stderr, _StdoutByThread) else sys.stderr
        return getattr(errors if errors is not None and self._strays.is_stray() else self._usual, name)


class _Strays:
    """The threads whose prints are redirected at the moment; `sys.stdout` is replaced while there are any."""

    def __init__(self) -> None:
        self._lock, self._blocks = threading.Lock(), 0
        self._depth = threading.local()
        self._names: Counter[str] = Counter()
        self._usual: TextIO | None = None
        self._replacement: _StdoutByThread | None = None

    def renew(self) -> None:
        """In a forked child: no block of the parent's other threads goes on here."""
        if self._usual is not None:
            sys.stdout = self._usual
        self.__init__()  # type: ignore[misc]

    def is_stray(self) -> bool:
        """Whether what the current thread prints is redirected."""
        named = any(self._names[prefix] and _name().startswith(prefix) for prefix in tuple(self._names))
        return named or getattr(self._depth, "value", 0) > 0

    def enter(self, threads: str | None) -> None:
        """Begin a block of the current thread, and of threads whose names begin so."""
        with self._lock:
            self._blocks += 1
            if threads is not None:
                self._names[threads] += 1
            if self._replacement is None and sys.stdout is not None:
                self._usual = sys.stdout
                self._replacement = _StdoutByThread(sys.stdout, self)
                sys.stdout = self._replacement
        self._depth.value = getattr(self._depth, "value", 0) + 1

    def leave(self, threads: str | None) -> None:
        """End a block; the last one restores `sys.stdout`, unless somebody else has replaced it meanwhile."""
        self._depth.value -= 1
        with self._lock:
            self._blocks -= 1
            if threads is not None:
                self._names[threads] -= 1
            if self._blocks == 0 and self._replacement is not None:
                if sys.stdout is self._replacement:
                    sys.stdout = self._usual
                self._replacement = self._usual = None


_STRAYS = _Strays()
os.register_at_fork(after_in_child=_STRAYS.renew)


@contextmanager
def prints_to_stderr(*, threads: str | None = None) -> Iterator[None]:
    """Send what this thread prints to standard error, and what threads print whose names begin with `threads`."""
    _STRAYS.enter(threads)
    try:
        yield
    finally:
        _STRAYS.leave(threads)


def _name() -> str:
    return threading.current_thread().name
