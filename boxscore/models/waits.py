"""What whoever asks a model and the model tell each other while a question waits: for its turn, or to be asked again.

The asker names a listener and says when it no longer wants an answer that has not been asked for yet (`waits_told_to`);
the model marks its waits (`waiting`) and ends them then (`while_wanted`), wherever in its code they are. What people
should know of a long one it says by `tell`.
"""

from __future__ import annotations

import asyncio
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING, TypeVar

from boxscore.errors import ModelError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Listener = Callable[[], AbstractContextManager[None]]

Value = TypeVar("Value")

_LOOK_S = 0.2
_LISTENER: ContextVar[Listener] = ContextVar("boxscore_waits", default=nullcontext)
_SAY: ContextVar[Callable[[str], None]] = ContextVar("boxscore_say", default=lambda _: None)
_UNWANTED: ContextVar[Callable[[], bool]] = ContextVar("boxscore_unwanted", default=lambda: False)


@contextmanager
def waits_told_to(
    listener: Listener, *, unwanted: Callable[[], bool] = lambda: False, say: Callable[[str], None] = lambda _: None
) -> Iterator[None]:
    """Have waits inside the block, and in tasks started in it, happen within the context that `listener` returns.

    They end with a ModelError once nobody wants what is waited for (`unwanted`). `say` gets what people should know.
    """
    listeners, wishes, words = _LISTENER.set(listener), _UNWANTED.set(unwanted), _SAY.set(say)
    try:
        yield
    finally:
        _LISTENER.reset(listeners)
        _UNWANTED.reset(wishes)
        _SAY.reset(words)


def tell(text: str) -> None:
    """Say something to the people who wait for answers."""
    _SAY.get()(text)


def waiting() -> AbstractContextManager[None]:
    """Return the context to wait in."""
    return _LISTENER.get()()


async def while_wanted(future: asyncio.Future[Value]) -> None:
    """Wait until a future is done, which is left to the caller. Raises ModelError once nobody wants the answer."""
    while not future.done():
        if _UNWANTED.get()():
            raise ModelError("the run was interrupted before the model could be asked again")
        await asyncio.wait({future}, timeout=_LOOK_S)
