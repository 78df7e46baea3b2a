"""What a person sees while samples are graded: a live line on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.images.watch import BuildWatch, current_watch, watched_by
from boxscore.records import Outcome
from boxscore.report.numbers import duration
from boxscore.report.printable import printable, printable_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import rich.progress
    from rich.progress import Task, TaskID

    from boxscore.records import Result

_PLAIN_EVERY_S = 10.0
_FIRST_S, _FIRST_SHARE = 3.0, 0.01  # before so much time and work nothing is forecast


class PlannedWork(Struct, frozen=True, kw_only=True):
    """What a run is about to grade: `total` samples, beside `reused` ones whose results were there.

    `todo` counts samples by instance.
    """

    total: int
    reused: int = 0
    todo: Mapping[str, int] = {}


class Progress(Protocol):
    """Counts results as they are stored."""

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


class Tally:
    """Counts results, here by outcome; `text` says the counts in words."""

    def __init__(self) -> None:
        self.total, self._counts = 0, Counter[Outcome]()

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""
        self.total += len(results)
        self._counts.update(result.outcome for result in results)

    def text(self) -> str:
        """Say the counts."""
        return counts_text(self._counts)


class Forecast:
    """Seconds that are left, at the speed so far."""

    def __init__(self, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._total, self._clock, self._began = total, clock, clock()

    def text(self, done: int) -> str:
        """What is left, for people; "" while nothing sensible can be said, and once nothing is left."""
        elapsed, left = self._clock() - self._began, self._total - done
        if elapsed < _FIRST_S or done < _FIRST_SHARE * self._total or not left:
            return ""
        return f"about {duration(elapsed * left / done)} left"


class Lines:
    """A line on standard error at most every ten seconds; while no result comes, at intervals that double."""

    def __init__(
        self,
        work: PlannedWork,
        watch: BuildWatch,
        tally: Tally,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._total, self._watch, self._tally = work.total, watch, tally
        self._forecast = Forecast(work.total, clock)
        self._clock, self._lock = clock, threading.RLock()
        self._printed = 0
        self._next, self._silent_s = clock() + _PLAIN_EVERY_S, _PLAIN_EVERY_S

    def add(self, results: Sequence[Result]) -> None:
        """Count results and print a line when it is time."""
        with self._lock:
            self._tally.add(results)
            if self._silent_s > _PLAIN_EVERY_S:
                self._next, self._silent_s = self._clock(), _PLAIN_EVERY_S
            if self._clock() >= self._next:
                self._print()

    def tick(self) -> None:
        """Print a line when it is time: of results that came, or of what is graded while none does."""
        with self._lock:
            if self._clock() < self._next or self._tally.total == self._total:
                return
            at_work = self._watch.grading_text()
            if self._tally.total != self._printed or at_work:
                self._silent_s *= 1 if self._tally.total != self._printed else 2
                self._print(at_work)

    def _print(self, at_work: str = "") -> None:
        self._next, self._printed = self._clock() + self._silent_s, self._tally.total
        counts = ": ".join(filter(None, (f"{self._printed:,}/{self._total:,}", self._tally.text())))
        self.note("; ".join(filter(None, (counts, at_work, self._forecast.text(self._printed)))))

    def note(self, text: str) -> None:
        """Print a line."""
        print(f"boxscore: {printable_lines(text)}", file=sys.stderr, flush=True)  # noqa: T201 - what this class is for


class Live:
    """Counts by outcome and time left, drawn by rich a few times a second from a thread of its own."""

    def __init__(self, bar: rich.progress.Progress, task: TaskID, tally: Tally) -> None:
        self._bar, self._task, self._tally = bar, task, tally

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""
        self._tally.add(results)
        self._bar.update(self._task, advance=len(results), counts=self._tally.text())

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        shown = printable_lines(text)
        self._bar.console.print(f"boxscore: {shown}", markup=False, highlight=False, emoji=False)


@contextmanager
def live_progress(work: PlannedWork, watch: BuildWatch, tally: Tally) -> Iterator[Live]:
    """Draw a bar with the time that is left and what is being built, until the context ends."""
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    forecast = Forecast(work.total)

    class Left(ProgressColumn):
        """The time that is left, and what is being built or graded, when it is drawn."""

        def render(self, task: Task) -> Text:
            """What is at work, or nothing once all is done."""
            texts = (
                (watch.text(),) if task.finished else (forecast.text(tally.total), watch.text() or watch.grading_text())
            )
            return Text(printable("  ".join(filter(None, texts))), overflow="ellipsis", no_wrap=True)

    columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.fields[counts]}"), Left())
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as bar:
        yield Live(bar, bar.add_task("grade", total=work.total, counts=""), tally)


def counts_text(counts: Counter[Outcome]) -> str:
    """Counts in words, passed first, then the most frequent: "120 passed, 30 wrong"."""
    order = sorted(counts, key=lambda outcome: (outcome is not Outcome.PASSED, -counts[outcome], outcome))
    return ", ".join(f"{counts[outcome]} {outcome.value}" for outcome in order)


@contextmanager
def show_progress(work: PlannedWork, *, quiet: bool = False, tally: Tally | None = None) -> Iterator[Progress]:
    """Show how samples are graded, as `tally` counts them, and images built, on standard error."""
    tally = tally or Tally()
    watch = current_watch()
    if quiet:
        yield Silent()
        return
    if sys.stderr.isatty():
        with live_progress(work, watch, tally) as progress:
            _note_reused(progress, work)
            watch.notice = progress.note
            yield progress
    else:
        lines = Lines(work, watch, tally)
        _note_reused(lines, work)
        watch.tell = watch.notice = lines.note
        with ticking(watch, lines.note, lines.tick):
            yield lines


@contextmanager
def show_builds(total: int, say: Callable[[str], object]) -> Iterator[BuildWatch]:
    """Show how so many images are built where nothing is graded: a line now and then."""
    watch = BuildWatch(tell=say)
    watch.total = total
    with watched_by(watch), ticking(watch, say):
        yield watch


@contextmanager
def ticking(
    watch: BuildWatch,
    say: Callable[[str], object],
    idle: Callable[[], object] = lambda: None,
    every_s: float = _PLAIN_EVERY_S,
) -> Iterator[None]:
    """Say what is being built, and for how long, again and again while it takes; call `idle` while nothing is."""
    done = threading.Event()

    def tick() -> None:
        while not done.wait(every_s):
            text = watch.text()
            if text:
                say(text)
            else:
                idle()

    thread = threading.Thread(target=tick, name="boxscore-tick", daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _note_reused(progress: Progress, work: PlannedWork) -> None:
    if work.reused:
        progress.note(f"{work.reused:,} of {work.reused + work.total:,} results were there already")
