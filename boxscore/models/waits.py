"""Tell whoever asks a model when the question merely waits: for its turn, or for a provider to take it again.

Who asks says whom to tell (`waits_told_to`); the model says when it waits (`waiting`), wherever in its code that is.
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
    """Within this, and in the tasks that are begun in it, waits are passed within what `listener` gives."""
    token = _LISTENER.set(listener)
    try:
        yield
    finally:
        _LISTENER.reset(token)


def waiting() -> AbstractContextManager[None]:
    """What to wait within."""
    return _LISTENER.get()()
