"""Make batches ahead in a thread, so that no worker and no box waits while code is extracted and packed."""

from __future__ import annotations

import queue
import threading
from contextvars import copy_context
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Self

T = TypeVar("T")
_END = object()
_POLL_S, _JOIN_S = 0.1, 2.0


class Ahead(Generic[T]):
    """An iterator over what a thread makes, so many at most before they are taken; for several threads at once.

    An error of the making is raised where its item would have been taken, once; after that there is nothing more.
    As a context it ends the thread, which leaves what was not taken; one that hangs over an item is left behind.
    """

    def __init__(self, items: Iterable[T], most: int) -> None:
        self._items: Iterable[T] = items
        self._made: queue.Queue[object] = queue.Queue(most)
        self._ended = threading.Event()
        context = copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._make,), name="boxscore-ahead", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._thread.join(_JOIN_S)

    def __iter__(self) -> Iterator[T]:
        return self

    def __next__(self) -> T:
        while True:
            try:
                item = self._made.get(timeout=_POLL_S)
            except queue.Empty:
                if self._ended.is_set() and not self._thread.is_alive():
                    raise StopIteration from None
                continue
            if item is _END:
                self._made.put(_END)  # for whoever asks next; it has the room that it had
                raise StopIteration
            if isinstance(item, _Failed):
                raise item.error
            return item  # type: ignore[return-value]  # all others are of the items

    def _make(self) -> None:
        try:
            for item in self._items:
                if not self._put(item):
                    return
        except BaseException as error:  # noqa: BLE001 - a thread's border: raised again in the thread that takes
            self._put(_Failed(error))
        self._put(_END)

    def _put(self, item: object) -> bool:
        """Hand over an item; False where nobody takes it any more."""
        while not self._ended.is_set():
            try:
                self._made.put(item, timeout=_POLL_S)
            except queue.Full:
                continue
            return True
        return False


class _Failed:
    """An error in the place of an item."""

    def __init__(self, error: BaseException) -> None:
        self.error = error
