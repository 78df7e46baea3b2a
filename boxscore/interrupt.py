"""Stopping in order: ^C once to finish what runs, again to stop now; SIGTERM and SIGHUP stop now."""

from __future__ import annotations

import os
import signal
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, Protocol

from boxscore.child import end_children

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

EXIT_BASE = 128  # as shells name the end by a signal: 130 for ^C, 143 for SIGTERM, 129 for SIGHUP
_TASK_END_S = 1.0


class StopSignal(Protocol):
    """Asked by those who work whether they should go on."""

    def draining(self) -> bool:
        """Whether to begin nothing new."""

    def halting(self) -> bool:
        """Whether to leave also what runs."""


class Stop:
    """A stop signal that is set by hand. `number` is the last signal that was the reason, if one was."""

    def __init__(self) -> None:
        self._draining = threading.Event()
        self._halting = threading.Event()
        self.number = signal.SIGINT

    @property
    def exit_code(self) -> int:
        """What a process ends with that was stopped so."""
        return EXIT_BASE + self.number

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
    """Give a stop signal that ^C sets: once to drain, again to halt. SIGTERM and SIGHUP halt at once.

    Outside a process's main thread, where no handler can be set, nothing sets it. The handlers that were there are put
    back. `notice` is called from within a signal handler and must not use buffered output.
    """
    stop = Stop()

    def on_signal(number: int, _frame: FrameType | None) -> None:
        stop.number = signal.Signals(number)
        if number == signal.SIGINT and not stop.draining():
            stop.drain()
            notice("finishing what runs; interrupt again to stop now")
        elif not stop.halting():
            stop.halt()
            notice("stopping now")

    with _handled(on_signal):
        yield stop


class Interrupted(SystemExit):
    """A signal ends us: the user's doing, and not that of the plugin which was at work."""


@contextmanager
def leave_on_signals(notice: Callable[[str], None]) -> Iterator[None]:
    """Where nothing has been begun that must be finished: let a signal raise Interrupted, and a second one end us."""

    def on_signal(number: int, _frame: FrameType | None) -> None:
        if left:
            leave(EXIT_BASE + number)
        left.append(number)
        notice(f"interrupted ({signal.Signals(number).name}); leaving")
        raise Interrupted(EXIT_BASE + number)

    left: list[int] = []
    with _handled(on_signal):
        yield


def leave(code: int) -> NoReturn:
    """End this process now, whatever its threads wait for; what they have started ends first."""
    end_children()
    os._exit(code)


def threads_remain() -> bool:
    """Whether the interpreter might wait for threads at its end; those that are just ending are given a moment.

    It waits for pools of threads also where these are daemons, so all of ours count.
    """
    main, until = threading.main_thread(), time.monotonic() + _TASK_END_S
    others = [one for one in threading.enumerate() if one is not main and (not one.daemon or _is_ours(one))]
    for thread in others:
        thread.join(max(0.0, until - time.monotonic()))
    return any(thread.is_alive() for thread in others)


def _is_ours(thread: threading.Thread) -> bool:
    return thread.name.startswith("boxscore-")


@contextmanager
def _handled(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    main = threading.current_thread() is threading.main_thread()
    before = {number: signal.signal(number, handler) for number in (_signals() if main else ())}
    try:
        yield
    finally:
        for number, old in before.items():
            if signal.getsignal(number) is handler:  # else somebody within set another one, to last
                signal.signal(number, old)


def _signals() -> tuple[signal.Signals, ...]:
    """The signals to handle. A hang-up that our caller has us ignore (nohup) stays ignored."""
    ignored = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    return (signal.SIGINT, signal.SIGTERM) if ignored else (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
