"""Trying again where boxes are lost, and telling whose doing that is.

A box may be lost because the engine restarts, memory of the machine runs out or its image is removed; or because the
candidate broke it, to be left out of the score. So each further attempt begins with a control in a box of the same
kind, and a loss right after a control, while the candidate's code ran, is put down to the candidate. Three such are
tampering.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, TypeVar

from msgspec import Struct

from boxscore.errors import BoxError, HarnessError, ImageMissing, RunStopped, SandboxUnavailable
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    OnLoss = Callable[[int, BaseException, Outcome | None], object]

MAX_LOSSES, MAX_LOSSES_AT_CODE = 6, 3
FIRST_WAIT_S, LONGEST_WAIT_S = 0.5, 16.0

Found = TypeVar("Found")


class _LostAtCodeError(Exception):
    """A box was lost while the candidate's code ran; the cause says how."""


@contextmanager
def at_code() -> Iterator[None]:
    """Mark where code of the candidate runs: a box that is lost here may be its doing."""
    try:
        yield
    except BoxError as error:
        raise _LostAtCodeError from error


class Tried(Struct, Generic[Found], frozen=True, kw_only=True):
    """What came of an attempt and how many it took; where nothing came of any, why, and whose doing that is."""

    found: Found | None = None
    attempts: int
    outcome: Outcome = Outcome.INTERNAL
    reason: str = ""


def attempt(
    once: Callable[[], Found],
    *,
    control: Callable[[], object],
    sleep: Callable[[float], object],
    on_loss: OnLoss = lambda *_: None,
) -> Tried[Found]:
    """Call `once` until it returns, but for `control` and a wait before each further time; give up after some losses.

    `on_loss` is told of each: how many there were, why, and what that comes to (None: it is tried again).
    Raises SandboxUnavailable where no box can be opened at all, RunStopped as soon as the run was stopped.
    """
    losses = _Losses()
    while True:
        try:
            if losses.total:
                control()
            return Tried(found=once(), attempts=losses.total + 1)
        except RunStopped:
            raise  # else it would be waited for and tried again
        except (BoxError, HarnessError, SandboxUnavailable, TimeoutError, _LostAtCodeError) as error:
            outcome = losses.count(error)
            on_loss(losses.total, error.__cause__ or error, outcome)
            if outcome is not None:
                return Tried(attempts=losses.total, outcome=outcome, reason=losses.reason)
        sleep(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2**losses.total))


class _Losses:
    """How often an attempt came to nothing, and whose doing that was."""

    def __init__(self) -> None:
        self.total = self._at_code = 0
        self.reason = ""

    def count(self, error: Exception) -> Outcome | None:
        """Count one more; return what the sample has come to, None while it is to be tried again.

        Raises the error where no box can be opened at all.
        """
        controlled, self.total, self.reason = self.total > 0, self.total + 1, str(error)
        if isinstance(error, _LostAtCodeError):
            self.reason = str(error.__cause__)
            self._at_code += controlled
            if self._at_code == MAX_LOSSES_AT_CODE:
                self.reason = f"its box was lost each time while its code ran: {self.reason}"
                return Outcome.TAMPERED
        if isinstance(error, HarnessError):
            return Outcome.INTERNAL
        if isinstance(error, ImageMissing) and controlled:  # it may have been removed under us, but once
            return Outcome.INTERNAL
        if self.total < MAX_LOSSES:
            return None
        if isinstance(error, SandboxUnavailable):
            raise error
        return Outcome.INTERNAL
