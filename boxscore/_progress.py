"""What a person sees while samples are graded: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from boxscore._records import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore._records import Result

_PLAIN_EVERY_S = 10.0


class Progress(Protocol):
    """Is told of results as they are stored."""

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""

    def note(self, text: str) -> None:
        """Say something beside the counts."""


class Silent:
    """Shows nothing."""

    def add(self, results: Sequence[Result]) -> None:
        """Ignore results."""

    def note(self, text: str) -> None:
        """Ignore a notice."""


class Lines:
    """A line on standard error at most every ten seconds."""

    def __init__(self, total: int) -> None:
        self._total, self._counts, self._began = total, Counter[Outcome](), time.monotonic()
        self._next = self._began + _PLAIN_EVERY_S

    def add(self, results: Sequence[Result]) -> None:
        """Count results and print a line when it is time."""
        self._counts.update(result.outcome for result in results)
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + _PLAIN_EVERY_S
        done = self._counts.total()
        left = (now - self._began) / max(done, 1) * (self._total - done)
        self.note(f"{done}/{self._total}: {counts_text(self._counts)}; about {left:.0f} s left")

    def note(self, text: str) -> None:
        """Print a line."""
        print(f"boxscore: {text}", file=sys.stderr, flush=True)  # noqa: T201 - what this class is for


def counts_text(counts: Counter[Outcome]) -> str:
    """Counts in words, passed first, then the most frequent: "120 passed, 30 wrong"."""
    order = sorted(counts, key=lambda outcome: (outcome is not Outcome.PASSED, -counts[outcome], outcome))
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in order)


@contextmanager
def show_progress(total: int, *, quiet: bool = False) -> Iterator[Progress]:
    """Show how `total` samples are graded, on standard error, in the way that suits it."""
    if quiet:
        yield Silent()
    elif not sys.stderr.isatty():
        yield Lines(total)
    else:
        from boxscore._progress_live import live_progress  # noqa: PLC0415 - rich is slow to import

        with live_progress(total) as progress:
            yield progress
