"""What holds one open box: whose turn it is, when its time is over, and its end, which comes exactly once."""

from __future__ import annotations

import os
import threading
import weakref
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from boxscore.errors import BoxError, BoxLost

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.boxes.contract import Box

_INHERITED: list[object] = []  # boxes of a parent process: kept here, so that nothing in a child ends them


class Held:
    """An open box and what ends it. `executes`: programs run in it; `has_tmp`: it may write to /tmp."""

    def __init__(self) -> None:
        self.stack = ExitStack()
        self.box: Box | None = None
        self.executes, self.has_tmp = True, False
        self._pid = os.getpid()
        self._lock = threading.Lock()  # of whose turn it is
        self._user: threading.Thread | None = None
        self._user_lock = threading.Lock()
        self._why_over = ""
        self._timer: threading.Timer | None = None

    def end_after(self, ttl_s: float) -> None:
        """Close the box after so many seconds, whoever holds it."""
        self._timer = threading.Timer(ttl_s, _expire, (weakref.ref(self),))
        self._timer.name, self._timer.daemon = "boxscore-ttl", True
        self._timer.start()

    @contextmanager
    def turn(self) -> Iterator[Box]:
        """Wait until nobody else uses the box, and have it. Raises BoxLost where its time is over."""
        self._must_stand()
        with self._lock:
            self._must_stand()
            if self.box is None:
                raise BoxLost("this box has been closed")
            try:
                self._used_by(threading.current_thread())
                yield self.box
            except BoxLost as error:
                if self._why_over:
                    raise BoxLost(self._why_over, cause=error.cause) from error
                raise
            finally:
                self._used_by(None)

    def _used_by(self, user: threading.Thread | None) -> None:
        with self._user_lock:
            self._user = user

    def over(self) -> bool:
        """Whether the box has been halted or closed, or is another process's."""
        return bool(self._why_over) or self.box is None or os.getpid() != self._pid

    def busy(self) -> bool:
        """Whether somebody uses the box just now."""
        return self._lock.locked()

    def halt(self, why: str = "this box has been closed") -> None:
        """End what runs in the box, soon; whatever is asked from now on raises BoxLost, which says why. Never waits."""
        if os.getpid() == self._pid:
            self._why_over = self._why_over or why
            if self.box is not None:
                self.box.halt()

    def interrupt(self, of: threading.Thread | None) -> None:
        """End what runs in the box (if `of` this thread, unless that is None), where its backend can; it goes on."""
        interrupt = getattr(self.box, "interrupt", None)
        if os.getpid() == self._pid and interrupt is not None:
            with self._user_lock:
                if of is None or of is self._user:
                    interrupt()

    def get_ready(self) -> None:
        """Have the box do ahead what the next command would wait for, in a thread, if it can; see `ReadyBox`."""
        ready = getattr(self.box, "get_ready", None)
        if ready is not None and not self.over():
            threading.Thread(target=self._get_ready, args=(ready,), name="boxscore-ready", daemon=True).start()

    def _get_ready(self, ready: Callable[[], None]) -> None:
        with suppress(BoxError), self.turn():
            ready()

    def close(self) -> None:
        """End everything in the box and remove it, once. What its backend cannot remove now is left to its reaper."""
        if os.getpid() != self._pid:
            _INHERITED.append(self)
            return
        self.halt()
        if self._timer is not None:
            self._timer.cancel()
        with self._lock, suppress(BoxError):
            self.box = None
            self.stack.close()

    def _must_stand(self) -> None:
        if os.getpid() != self._pid:
            raise BoxLost("this box was opened by another process: open one of your own after a fork")
        if self._why_over:
            raise BoxLost(self._why_over)


def _expire(reference: weakref.ref[Held]) -> None:
    held = reference()
    if held is not None:
        held.halt("the box's time to live is over")
        held.close()
