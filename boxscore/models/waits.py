"""Tell whoever asks a model when a question merely waits: for its turn, or until a provider accepts it again.

The asker names a listener (`waits_told_to`); the model marks its waits (`waiting`), wherever in its code they are.
"""

from __future__ import annotations

from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    Listener = Callable[[], AbstractContextManager[None]]

_LISTENER: ContextVar[Listener] = ContextVar("boxscore_waits", default=nullcontext)


@contextmanager
def waits_told_to(listener: Listener) -> Iterator[None]:
    """Have waits inside the block, and in tasks started in it, happen within the context that `listener` returns."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def waiting() -> AbstractContextManager[None]:
    """Return the context to wait in."""
    return _LISTENER.get()()
