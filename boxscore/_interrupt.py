"""Stopping in order: once to finish what runs, twice to stop now."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType


class StopSignal(Protocol):
    """Asked by those who work whether they should go on."""

    def draining(self) -> bool:
        """Whether to begin nothing new."""

    def halting(self) -> bool:
        """Whether to leave also what runs."""


class Stop:
    """A stop signal that is set by hand."""

    def __init__(self) -> None:
        self._draining = threading.Event()
        self._halting = threading.Event()

    def draining(self) -> bool:
        """Whether to begin nothing new."""
        return self._draining.is_set()

    def halting(self) -> bool:
        """Whether to leave also what runs."""
        return self._halting.is_set()

    def drain(self) -> None:
        """Ask to finish what runs."""
        self._draining.set()

    def halt(self) -> None:
        """Ask to stop now."""
        self._draining.set()
        self._halting.set()


@contextmanager
def stop_on_signals(notice: Callable[[str], None]) -> Iterator[Stop]:
    """Give a stop signal that ^C sets: once to drain, twice to halt. SIGTERM drains; a second signal of any kind halts.

    Outside a process's main thread, where no handler can be set, nothing sets it. The handlers that were there are put
    back. `notice` is
    called from within a signal handler and must not use buffered output.
    """
    stop = Stop()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        if stop.draining():
            stop.halt()
            notice("stopping now")
        else:
            stop.drain()
            notice("finishing what runs; interrupt again to stop now")

    main = threading.current_thread() is threading.main_thread()
    numbers = (signal.SIGINT, signal.SIGTERM) if main else ()
    before = {number: signal.signal(number, on_signal) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
