"""One display of several runs that are graded side by side: a bar for each and one for all, or a line now and then."""

from __future__ import annotations

import sys
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from boxscore.images.watch import BuildWatch, current_watch
from boxscore.report.printable import printable, printable_lines
from boxscore.run.forecast import Forecast, PlannedWork
from boxscore.run.progress import Lines, Silent, counts_text, ticking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    import rich.progress
    from rich.progress import Task

    from boxscore.records import Outcome, Result
    from boxscore.run.progress import Progress

    ShowRun = Callable[[str], Callable[[PlannedWork], AbstractContextManager[Progress]]]

ALL = "all"


class Display(Protocol):
    """Is told of the work of runs and of their results."""

    def begin(self, name: str, work: PlannedWork) -> None:
        """Count in what a run is about to grade."""

    def add(self, name: str, results: Sequence[Result]) -> None:
        """Count results of a run."""

    def note(self, text: str) -> None:
        """Say something beside the counts."""


class OneOf:
    """What one run is told to be its progress."""

    def __init__(self, display: Display, name: str) -> None:
        self._display, self._name = display, name

    def add(self, results: Sequence[Result]) -> None:
        """See `Progress.add`."""
        self._display.add(self._name, results)

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        self._display.note(f"{self._name}: {text}")


class SeveralLines:
    """A line on standard error at most every ten seconds, of all runs together."""

    def __init__(self) -> None:
        self._lines = Lines(PlannedWork(total=0))

    def begin(self, name: str, work: PlannedWork) -> None:
        """See `Display.begin`."""
        self._lines.extend(work, name)

    def add(self, name: str, results: Sequence[Result]) -> None:
        """See `Display.add`."""
        self._lines.add(results, name)

    def tick(self) -> None:
        """See `Lines.tick`."""
        self._lines.tick()

    def note(self, text: str) -> None:
        """See `Display.note`."""
        self._lines.note(text)


class SeveralBars:
    """A bar for each run and one for all, drawn by rich."""

    def __init__(self, bars: rich.progress.Progress, forecast: Forecast) -> None:
        self._bars, self._forecast, self._lock = bars, forecast, threading.Lock()
        self._all = bars.add_task(ALL, total=0, counts="", watch=BuildWatch())
        self._tasks: dict[str, rich.progress.TaskID] = {}
        self._counts: dict[str, Counter[Outcome]] = {}

    def begin(self, name: str, work: PlannedWork) -> None:
        """See `Display.begin`."""
        with self._lock:
            self._forecast.extend(work, name)
            self._counts[name] = Counter()
            self._tasks[name] = self._bars.add_task(printable(name), total=work.total, counts="", watch=current_watch())
            total = sum(task.total or 0 for task in self._bars.tasks if task.id != self._all)
            self._bars.update(self._all, total=total)

    def add(self, name: str, results: Sequence[Result]) -> None:
        """See `Display.add`."""
        with self._lock:
            self._forecast.add(results, name)
            self._counts[name].update(result.outcome for result in results)
            text = counts_text(self._counts[name])
            self._bars.update(self._tasks[name], advance=len(results), counts=text)
            self._bars.update(self._all, advance=len(results))

    def note(self, text: str) -> None:
        """See `Display.note`."""
        self._bars.console.print(f"boxscore: {printable_lines(text)}", markup=False, highlight=False, emoji=False)


@contextmanager
def show_several(*, quiet: bool = False) -> Iterator[ShowRun]:
    """Show how several runs go on, on standard error; gives what shows the work of one, by its name."""
    if quiet:
        yield lambda _: lambda _: _silent()
    elif sys.stderr.isatty():
        with _bars() as display:
            yield lambda name: lambda work: _shown(display, name, work)
    else:
        lines = SeveralLines()
        yield lambda name: lambda work: _shown(lines, name, work, tick=lines.tick)


@contextmanager
def _silent() -> Iterator[Progress]:
    yield Silent()


@contextmanager
def _shown(
    display: Display, name: str, work: PlannedWork, *, tick: Callable[[], object] | None = None
) -> Iterator[Progress]:
    """Show one run as part of a display, with what is built for it; one that draws nothing is told of time passing."""
    progress, watch = OneOf(display, name), current_watch()
    display.begin(name, work)
    if work.reused:
        progress.note(f"{work.reused:,} of {work.reused + work.total:,} results were there already")
    watch.notice = progress.note
    if tick is None:
        yield progress
        return
    watch.tell = progress.note
    with ticking(watch, progress.note, tick):
        yield progress


@contextmanager
def _bars() -> Iterator[SeveralBars]:
    """Draw bars until the context ends."""
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    forecast = Forecast(PlannedWork(total=0))

    class Last(ProgressColumn):
        """What is built for a run; of all runs the time that is left."""

        def render(self, task: Task) -> Text:
            """What there is to say when it is drawn."""
            left = "" if task.finished else forecast.text()
            text = left if task.description == ALL else task.fields["watch"].text()
            return Text(printable(text), overflow="ellipsis", no_wrap=True)

    names = TextColumn("{task.description}", markup=False)
    columns = (names, BarColumn(24), MofNCompleteColumn(), TextColumn("{task.fields[counts]}"), Last())
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as bars:
        yield SeveralBars(bars, forecast)
