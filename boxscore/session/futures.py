"""Give answers of a session's threads to whoever waits for them."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    import asyncio
    from concurrent.futures import Future

Value = TypeVar("Value")


def settle_later(loop: asyncio.AbstractEventLoop, future: asyncio.Future[Value], answer: Value | BaseException) -> None:
    """Settle a future of a loop from another thread; if the loop has ended, nobody waits any more."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(settle, future, answer)


def settle(future: asyncio.Future[Value] | Future[Value], answer: Value | BaseException) -> None:
    """Give a future its value, or raise an error where it is awaited; one that is settled or cancelled stays so."""
    if future.done():
        return
    if isinstance(answer, BaseException):
        future.set_exception(answer)
    else:
        future.set_result(answer)
