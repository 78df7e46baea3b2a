"""The live progress line of a terminal."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, Task, TaskID, TextColumn
from rich.text import Text

from boxscore.run.forecast import Forecast
from boxscore.run.progress import counts_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.records import Outcome, Result
    from boxscore.run.forecast import Work


class _Left(ProgressColumn):
    """The time that is left, as it is forecast when it is drawn."""

    def __init__(self, forecast: Forecast) -> None:
        super().__init__()
        self._forecast = forecast

    def render(self, task: Task) -> Text:
        """What is left, or nothing once all is done."""
        return Text("" if task.finished else self._forecast.text())


class Live:
    """Counts by outcome and time left, drawn by rich a few times a second from a thread of its own."""

    def __init__(self, bar: Progress, task: TaskID, forecast: Forecast) -> None:
        self._bar, self._task, self._forecast, self._counts = bar, task, forecast, Counter["Outcome"]()

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
    """Draw until the context ends."""
    forecast = Forecast(work)
    columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.fields[counts]}"), _Left(forecast))
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as bar:
        yield Live(bar, bar.add_task("grade", total=work.total, counts=""), forecast)
