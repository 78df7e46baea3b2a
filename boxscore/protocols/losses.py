"""Decide who is to blame when a sample got no verdict or an uncertain one: one rule for all protocols."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from boxscore.errors import BoxLost, LossCause, ProtocolError
from boxscore.records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

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
