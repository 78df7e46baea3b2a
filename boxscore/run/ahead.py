"""Make batches ahead in a thread, so that no worker and no box waits while code is extracted and packed."""

from __future__ import annotations

import threading
import time
from collections import deque
from contextvars import copy_context
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Self

T = TypeVar("T")
_POLL_S, _JOIN_S = 0.1, 2.0
_CHOICE_S = 0.3  # how long somebody who wants another item than those that are made waits for it


class Ahead(Generic[T]):
    """An iterator over what a thread makes, `most` at most before they are taken; for several threads at once.

    An error of the making is raised where its item would have been taken, once; after that there is nothing more.
    As a context it ends the thread, which leaves what was not taken; one that hangs over an item is left behind.
    """

    def __init__(self, items: Iterable[T], most: int) -> None:
        self._items, self.most = items, most
        self._made: deque[T] = deque()
        self._changed = threading.Condition()
        self._over = self._ended = False  # whether no more are made, and whether none are wanted
        self._error: BaseException | None = None
        context = copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._make,), name="boxscore-ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()
        self._thread.join(_JOIN_S)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        return self.take(_any)

    def take(self, wanted: Callable[[T], bool]) -> T:
        """Take the first item that is wanted, of those that are made ahead; the first of all where none is."""
        patient_until = time.monotonic() + _CHOICE_S
        with self._changed:
            while True:
                chosen = next((place for place, item in enumerate(self._made) if wanted(item)), None)
                final = self._over or len(self._made) >= self.most or time.monotonic() >= patient_until
                if chosen is not None or (self._made and final):
                    item = self._made[chosen or 0]
                    del self._made[chosen or 0]
                    self._changed.notify_all()
                    return item
                if self._over or self._ended:
                    error, self._error = self._error, None
                    raise StopIteration if error is None else error
                self._changed.wait(_POLL_S)

    def rest(self) -> list[T] | None:
        """All that is left to be taken; None while more may be made."""
        with self._changed:
            return list(self._made) if self._over else None

    def _make(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    break
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised again in the thread that takes
            self._error = error
        with self._changed:
            self._over = True
            self._changed.notify_all()

    def _put(self, item: T) -> bool:
        """Hand over an item; False where nobody takes it any more."""
        with self._changed:
            while len(self._made) >= self.most and not self._ended:
                self._changed.wait()
            if not self._ended:
                self._made.append(item)
                self._changed.notify_all()
            return not self._ended


def _any(_item: object) -> bool:
    return True
