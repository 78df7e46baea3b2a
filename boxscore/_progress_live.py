"""The live progress line of a terminal."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from boxscore._progress import counts_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore._records import Outcome, Result


class Live:
    """Counts by outcome and time left, drawn by rich a few times a second from a thread of its own."""

    def __init__(self, bar: Progress, task: TaskID) -> None:
        self._bar, self._task, self._counts = bar, task, Counter["Outcome"]()

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""
        self._counts.update(result.outcome for result in results)
        self._bar.update(self._task, advance=len(results), counts=counts_text(self._counts))

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        self._bar.console.print(f"boxscore: {text}", markup=False, highlight=False)


@contextmanager
def live_progress(total: int) -> Iterator[Live]:
    """Draw until the context ends."""
    columns = (BarColumn(24), MofNCompleteColumn(), TextColumn("{task.fields[counts]}"), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as bar:
        yield Live(bar, bar.add_task("grade", total=total, counts=""))
