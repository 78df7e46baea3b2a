"""Try again when a box is lost, and decide who caused the loss.

A box may be lost because the engine restarts, memory of the machine runs out or its image is removed; or because the
candidate broke it, to be left out of the score. So each further attempt begins with a control in a box of the same
kind, and a loss right after a control, while the candidate's code ran, is put down to the candidate where the box
ended from within. Three such are tampering (`losses`).
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from msgspec import Struct

from boxscore.errors import (
    BoxError,
    BoxLost,
    HarnessError,
    ImageMissing,
    LossCause,
    ProtocolError,
    RunStopped,
    SandboxUnavailable,
)
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    During = Callable[[], AbstractContextManager[None]]
    OnLoss = Callable[[int, BaseException, Outcome | None], object]


MAX_LOSSES, MAX_LOSSES_AT_SAMPLE, MAX_HELD = 6, 3, 2
LAST_WORDS = 500  # characters
MAX_UNSURE = 3  # how often such a verdict must come before it is believed


class BoxVerdict(Protocol):
    """What every verdict out of a box has: the sample's number, why it came to this, and whether that is for sure."""

    @property
    def number(self) -> int:
        """As the host numbered the samples."""

    @property
    def reason(self) -> str:
        """For people."""

    @property
    def unsure(self) -> bool:
        """Whether somebody else may have done it, so that it is graded once more."""


class Losses:
    """How often the box was lost at one sample, and whether that was the sample's doing.

    Every retry is in a new box, right after a control in one of its kind, and alone there. What is counted against a
    sample are boxes that ended by themselves with it (LossCause.INSIDE): three make it `tampered`. Tests that do not
    finish over its answers twice make it `timeout`. All other losses are ours.
    """

    def __init__(self) -> None:
        self.total = self._at_sample = self._held = self._unsure = 0

    def believes(self, verdict: BoxVerdict) -> bool:
        """Whether a verdict is to be taken: one that the grader is not sure of only when it comes again."""
        if not verdict.unsure:
            return True
        self._unsure += 1
        return self._unsure >= MAX_UNSURE

    def count(self, cause: LossCause, *, alone: bool) -> Outcome | None:
        """Count one more loss; return what the sample has come to, None while it is to be tried again.

        Only a sample that was `alone` in a box shown to work is surely the one at which it was lost.
        """
        self.total += 1
        self._at_sample += alone and cause is LossCause.INSIDE
        self._held += alone and cause is LossCause.HELD
        if self._at_sample >= MAX_LOSSES_AT_SAMPLE:
            return Outcome.TAMPERED
        if self._held >= MAX_HELD:
            return Outcome.TIMEOUT
        return Outcome.INTERNAL if self.total >= MAX_LOSSES else None


def cause_of(error: Exception) -> LossCause:
    """Say who ended a box by the error that was met. A stream that breaks the protocol is not an outsider's doing."""
    if isinstance(error, BoxLost):
        return error.cause
    return LossCause.INSIDE if isinstance(error, ProtocolError) else LossCause.UNKNOWN


def with_last_words(error: BoxLost, cause: LossCause, words: str) -> BoxLost:
    """Return the same loss with its cause, and with the last words of its program, if there are any."""
    last = words.strip()[-LAST_WORDS:]
    return BoxLost(f"{error} ({cause}){f': {last}' if last else ''}", cause=cause)


@contextmanager
def at_reference() -> Iterator[None]:
    """Run a reference: a box that is lost meanwhile is no sample's doing. Raises BoxLost that says so."""
    try:
        yield
    except (BoxLost, ProtocolError, TimeoutError) as error:
        raise BoxLost(str(error), cause=LossCause.OUTSIDE) from error


FIRST_WAIT_S, LONGEST_WAIT_S = 1.0, 16.0

Found = TypeVar("Found")


class _LostAtCodeError(Exception):
    """A box was lost while the candidate's code ran; the cause says how."""

    def __init__(self, error: BoxError) -> None:
        super().__init__(str(error))
        # A box that answers and yet cannot do what it is asked is as the candidate left it.
        self.cause = error.cause if isinstance(error, BoxLost) else LossCause.INSIDE


@contextmanager
def at_code() -> Iterator[None]:
    """Mark where code of the candidate runs, and nothing else: a box that is lost here may be its doing."""
    try:
        yield
    except BoxError as error:
        raise _LostAtCodeError(error) from error


class Tried(Struct, Generic[Found], frozen=True, kw_only=True):
    """What came of an attempt and how many it took; where nothing came of any, why, and whose doing that is.

    `lost_boxes` counts the boxes that this was concluded from, 0 where there is anything else to go by.
    """

    found: Found | None = None
    attempts: int
    outcome: Outcome = Outcome.INTERNAL
    reason: str = ""
    lost_boxes: int = 0


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
    losses = Losses()
    while True:
        controlled = losses.total > 0
        try:
            if controlled:
                control()
            return Tried(found=once(), attempts=losses.total + 1)
        except RunStopped:
            raise  # else it would be waited for and tried again
        except (BoxError, HarnessError, SandboxUnavailable, TimeoutError, _LostAtCodeError) as error:
            outcome = _count(losses, error, controlled=controlled)
            on_loss(losses.total, error.__cause__ or error, outcome)
            if outcome is not None:
                return _given_up(losses, error, outcome)
        sleep(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (losses.total - 1)))


def _count(losses: Losses, error: Exception, *, controlled: bool) -> Outcome | None:
    """Count one more loss; return what the sample has come to, None while it is to be tried again.

    Raises the error where no box can be opened at all.
    """
    cause = error.cause if isinstance(error, _LostAtCodeError) else LossCause.OUTSIDE
    outcome = losses.count(cause, alone=controlled)
    if isinstance(error, HarnessError):
        return Outcome.INTERNAL
    if isinstance(error, ImageMissing) and controlled:  # it may have been removed under us, but once
        return Outcome.INTERNAL
    if isinstance(error, SandboxUnavailable) and losses.total >= MAX_LOSSES:
        raise error
    return outcome


def _given_up(losses: Losses, error: Exception, outcome: Outcome) -> Tried[Found]:
    reason = str(error)
    if outcome is Outcome.TAMPERED:
        reason = f"each time while its code ran: {reason}"
    lost = 0 if isinstance(error, HarnessError) else losses.total
    return Tried(attempts=losses.total, outcome=outcome, reason=reason, lost_boxes=lost)
