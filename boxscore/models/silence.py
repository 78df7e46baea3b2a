"""Notice that a provider has given no answer for a while, and say so now and then: whoever watches a run wonders."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from boxscore.log import event
from boxscore.models.waits import tell

if TYPE_CHECKING:
    from collections.abc import Callable

LONG_S = 30.0  # without any answer: before that, there is nothing to tell
EVERY_S = 60.0  # at most so often
_REASON_CHARS = 160


class Silence:
    """The time since a model last answered, as long as it refuses or fails. For one event loop.

    `clock` gives seconds that only grow, `now` the time of day.
    """

    def __init__(
        self,
        model: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Begin as if it had just answered."""
        self._model, self._clock, self._now = model, clock, now
        self._since, self._began = 0.0, now()
        self._attempts = 0
        self._told_at: float | None = None

    def failed(self, reason: str, *, wait_s: float | None = None) -> None:
        """Count an attempt without an answer; `wait_s` is for how long the provider wants to be left alone, if it does.

        It is told if there has been no answer for long, or will be none.
        """
        now = self._clock()
        if not self._attempts:
            self._since, self._began = now, self._now()
        self._attempts += 1
        lasts_s = now - self._since
        if max(lasts_s, wait_s or 0.0) < LONG_S or (self._told_at is not None and now - self._told_at < EVERY_S):
            return
        self._told_at = now
        reason = reason if len(reason) <= _REASON_CHARS else f"{reason[:_REASON_CHARS]}…"
        asked = f"{self._attempts:,} attempt{'' if self._attempts == 1 else 's'}"
        rests = f", and wants to be left alone for {wait_s:.0f} s" if wait_s else ""
        tell(f"{self._model} gives no answer since {self._began:%H:%M:%S} UTC, {asked}: {reason}{rests}; waiting")
        event(
            "model_silent",
            logging.WARNING,
            shown=True,
            model=self._model,
            silent_s=round(lasts_s),
            attempts=self._attempts,
            reason=reason,
        )

    def answered(self) -> None:
        """End the silence; say so if anything was told of it."""
        if self._told_at is not None:
            tell(f"{self._model} answers again, after {self._clock() - self._since:,.0f} s")
        self._attempts, self._told_at = 0, None
