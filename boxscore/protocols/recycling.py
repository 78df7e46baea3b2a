"""When a warm box has done enough: after so many samples, or when what it holds between samples has grown by so much.

A supervisor is not meant to grow. One that does, because of a module that it has imported or of what a kernel keeps,
takes from the memory that its box has for candidates, until these are blamed for it. So now and then, between two
batches and never within a sample, the box is asked what it holds while no candidate is in it, and replaced where that
is much more than after its first batch. The new box imports and proves what every new box does.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import BoxError
from boxscore.log import event
from boxscore.protocols.warm import SPARE_TURNS

if TYPE_CHECKING:
    from contextlib import ExitStack

    from boxscore.protocols.warm import WarmBox

ANSWER_S = 60.0


class Bounds(Struct, frozen=True, kw_only=True):
    """How much a warm box may do before it is replaced; what it holds is asked for after every `ask_every` samples."""

    samples: int = 5_000
    growth_bytes: int = 128 << 20
    ask_every: int = 256


class KeptBox:
    """A warm box that is kept for further batches, and what it has done."""

    def __init__(self, warm: WarmBox, stack: ExitStack) -> None:
        self.warm, self._stack = warm, stack
        self.samples = 0
        self._asked_at: int | None = None
        self._first_bytes: int | None = None

    def close(self) -> None:
        """Close the box."""
        self._stack.close()

    def is_spent(self, bounds: Bounds) -> bool:
        """Whether it is to be replaced now, between two batches; one that does not answer is."""
        if self.samples >= bounds.samples:
            event("box_recycled", reason=f"{self.samples} samples", samples=self.samples)
            return True
        if self.warm.turns_left < SPARE_TURNS:
            event("box_recycled", reason=f"{self.warm.turns_left} graders left", samples=self.samples)
            return True
        if not self.samples or (self._asked_at is not None and self.samples - self._asked_at < bounds.ask_every):
            return False
        self._asked_at = self.samples
        return self._has_grown(bounds.growth_bytes)

    def _has_grown(self, most_bytes: int) -> bool:
        held: int | None = None
        with suppress(BoxError, TimeoutError):
            held = self.warm.held_bytes(ANSWER_S) if self.warm.is_free() else None
        if held is None:
            event("box_recycled", logging.WARNING, reason="it does not say what it holds", samples=self.samples)
            return True
        if self._first_bytes is None:
            self._first_bytes = held
        grown = held - self._first_bytes
        if grown > most_bytes:
            event("box_recycled", reason=f"it has grown by {grown} bytes", samples=self.samples)
        return grown > most_bytes
