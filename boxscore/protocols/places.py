"""Places of the warm boxes of one process, by which each finds a processor of its own (`sandbox/placement.py`)."""

from __future__ import annotations

import itertools
import os
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Places:
    """Numbers from the lowest that no open box has; engines beside each other begin at different ones."""

    def __init__(self, first: int) -> None:
        self._first, self._taken, self._lock = first, set[int](), threading.Lock()

    @contextmanager
    def taken(self) -> Iterator[int]:
        """Take a place for as long as a box is open."""
        with self._lock:
            place = next(number for number in itertools.count(self._first) if number not in self._taken)
            self._taken.add(place)
        try:
            yield place
        finally:
            with self._lock:
                self._taken.discard(place)


PLACES = Places(os.getpid())
