"""What a person sees while samples are graded: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from boxscore.records import Outcome
from boxscore.run.forecast import Forecast

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import rich.progress
    from rich.progress import Task, TaskID

    from boxscore.records import Result
    from boxscore.run.forecast import Work

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

    def __init__(self, work: Work, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._counts, self._forecast = work.total, Counter[Outcome](), Forecast(work, clock)
        self._clock, self._next = clock, clock() + _PLAIN_EVERY_S

    def add(self, results: Sequence[Result]) -> None:
        """Count results and print a line when it is time."""
        self._counts.update(result.outcome for result in results)
        self._forecast.add(results)
        now = self._clock()
        if now < self._next:
            return
        self._next = now + _PLAIN_EVERY_S
        left = self._forecast.text()
        self.note(f"{self._counts.total():,}/{self._total:,}: {counts_text(self._counts)}{left and f'; {left}'}")

    def note(self, text: str) -> None:
        """Print a line."""
        print(f"boxscore: {text}", file=sys.stderr, flush=True)  # noqa: T201 - what this class is for


class Live:
    """Counts by outcome and time left, drawn by rich a few times a second from a thread of its own."""

    def __init__(self, bar: rich.progress.Progress, task: TaskID, forecast: Forecast) -> None:
        self._bar, self._task, self._forecast, self._counts = bar, task, forecast, Counter[Outcome]()

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""
        self._counts.update(result.outcome for result in results)
        self._forecast.add(results)
        self._bar.update(self._task, advance=len(results), counts=counts_text(self._counts))

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._bar.console.print(f"boxscore: {text}", markup=False, highlight=False)


@contextmanager
def live_progress(work: Work) -> Iterator[Live]:
    """Draw a bar with the time that is left, until the context ends."""
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    forecast = Forecast(work)

    class Left(ProgressColumn):
        """The time that is left, as it is forecast when it is drawn."""

        def render(self, task: Task) -> Text:
            """What is left, or nothing once all is done."""
            return Text("" if task.finished else forecast.text())

    columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.fields[counts]}"), Left())
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as bar:
        yield Live(bar, bar.add_task("grade", total=work.total, counts=""), forecast)


def counts_text(counts: Counter[Outcome]) -> str:
    """Counts in words, passed first, then the most frequent: "120 passed, 30 wrong"."""
    order = sorted(counts, key=lambda outcome: (outcome is not Outcome.PASSED, -counts[outcome], outcome))
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in order)


@contextmanager
def show_progress(work: Work, *, quiet: bool = False) -> Iterator[Progress]:
    """Show how samples are graded, on standard error, in the way that suits it."""
    if quiet:
        yield Silent()
        return
    if sys.stderr.isatty():
        with live_progress(work) as progress:
            _note_reused(progress, work)
            yield progress
    else:
        lines = Lines(work)
        _note_reused(lines, work)
        yield lines


def _note_reused(progress: Progress, work: Work) -> None:
    """Say what a run that goes on need not grade."""
    if work.reused:
        progress.note(f"{work.reused:,} of {work.reused + work.total:,} results were there already")
