"""Hands on what many tasks give to a call in a thread, all that came meanwhile at once.

A disk that is slow to take a line then keeps nobody waiting but whose line it is, and many lines are one write.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Item = TypeVar("Item")
Value = TypeVar("Value")


class Batches(Generic[Item, Value]):
    """Calls `write` with items in their order, never twice at a time; it gives a value for each.

    `done` is told of each item with its value, in the event loop, before whoever gave it goes on, and also where that
    one has been cancelled meanwhile.
    """

    def __init__(
        self,
        write: Callable[[Sequence[Item]], Sequence[Value]],
        done: Callable[[Item, Value], object] = lambda _item, _value: None,
    ) -> None:
        self._write, self._done = write, done
        self._waiting: list[tuple[Item, asyncio.Future[None]]] = []
        self._work: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> None:
        """Return once the item is written. Raises what the call raised."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._work is None:
            self._work = asyncio.ensure_future(self._write_all())
        await future

    async def flush(self) -> None:
        """Return once all that was given is written, whoever waits for it."""
        while self._work is not None:
            await asyncio.wait({self._work})

    async def _write_all(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting, []
                try:
                    values = await asyncio.to_thread(self._write, [item for item, _ in batch])
                except Exception as error:  # noqa: BLE001 - raised again for each whose item it was
                    for _, future in batch:
                        if not future.done():
                            future.set_exception(error)
                    continue
                for (item, future), value in zip(batch, values, strict=True):
                    self._settle(item, value, future)
        finally:
            self._work = None

    def _settle(self, item: Item, value: Value, future: asyncio.Future[None]) -> None:
        """Tell of an item that is written, and let whoever gave it go on: in any case, or it would wait for ever."""
        try:
            self._done(item, value)
        except Exception as error:  # noqa: BLE001 - raised again where the item came from
            if not future.done():
                future.set_exception(error)
        else:
            if not future.done():
                future.set_result(None)
