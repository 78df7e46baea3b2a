"""What a person sees of both halves of a run: how many samples are made and graded, and what they have cost so far."""

from __future__ import annotations

import sys
import time
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from boxscore.images.watch import BuildWatch, watched_by
from boxscore.records import Outcome
from boxscore.report.numbers import cost_text
from boxscore.report.printable import printable_lines
from boxscore.run.progress import counts_text, ticking

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import rich.progress
    from rich.progress import TaskID

    from boxscore.provenance import Spent

_PLAIN_EVERY_S = 10.0


class Progress:
    """Counts samples that were made, and graded; this one shows nothing."""

    def __init__(self) -> None:
        self.made, self.outcomes = 0, Counter[Outcome]()

    def sampled(self) -> None:
        """Count a sample that was made."""
        self.made += 1
        self.show()

    def graded(self, outcome: Outcome) -> None:
        """Count a sample that has a result."""
        self.outcomes[outcome] += 1
        self.show()

    def note(self, text: str) -> None:
        """Show a notice beside the counts."""

    def show(self) -> None:
        """Show the counts as they are now."""


class Lines(Progress):
    """A line on standard error at most every ten seconds."""

    def __init__(self, total: int, spent: Callable[[], Spent], clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._total, self._spent, self._clock = total, spent, clock
        self._next = clock() + _PLAIN_EVERY_S

    def note(self, text: str) -> None:
        """Print a line."""
        print(f"boxscore: {printable_lines(text)}", file=sys.stderr, flush=True)  # noqa: T201 - what this class is for

    def show(self) -> None:
        """Print the counts when it is time."""
        if self._clock() < self._next:
            return
        self._next = self._clock() + _PLAIN_EVERY_S
        graded = f"{self.outcomes.total():,} graded" + (f": {counts_text(self.outcomes)}" if self.outcomes else "")
        self.note(f"{self.made:,}/{self._total:,} made, {_cost_text(self._spent())}; {graded}")


class Live(Progress):
    """Two bars, drawn by rich a few times a second from a thread of its own."""

    def __init__(self, bar: rich.progress.Progress, rows: tuple[TaskID, TaskID], spent: Callable[[], Spent]) -> None:
        super().__init__()
        self._bar, self._rows, self._spent = bar, rows, spent

    def note(self, text: str) -> None:
        """Print a line above the bars."""
        shown = printable_lines(text)
        self._bar.console.print(f"boxscore: {shown}", markup=False, highlight=False, emoji=False)

    def show(self) -> None:
        """Move the bars."""
        made, graded = self._rows
        self._bar.update(made, completed=self.made, text=_cost_text(self._spent()))
        self._bar.update(graded, completed=self.outcomes.total(), text=counts_text(self.outcomes))


@contextmanager
def show_sampling(total: int, spent: Callable[[], Spent], *, quiet: bool = False) -> Iterator[Progress]:
    """Show how samples are made and graded, on standard error, in the way that suits it."""
    if quiet:
        yield Progress()
        return
    watch = BuildWatch()
    with watched_by(watch):
        if sys.stderr.isatty():
            with _live(total, spent) as live:
                watch.notice = live.note
                yield live
            return
        lines = Lines(total, spent)
        watch.tell = watch.notice = lines.note
        with ticking(watch, lines.note):
            yield lines


@contextmanager
def _live(total: int, spent: Callable[[], Spent]) -> Iterator[Live]:
    from rich.console import Console  # noqa: PLC0415 - rich is slow to import
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn  # noqa: PLC0415 - as above
    from rich.progress import Progress as Bars  # noqa: PLC0415 - as above

    columns = (
        TextColumn("{task.description}"),
        BarColumn(24),
        MofNCompleteColumn(),
        TextColumn("{task.fields[text]}"),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True, refresh_per_second=5) as bar:
        rows = bar.add_task("made", total=total, text=""), bar.add_task("graded", total=total, text="")
        yield Live(bar, rows, spent)


def _cost_text(spent: Spent) -> str:
    """What a run has cost so far, in words."""
    return f"cost {cost_text(spent.cost_usd)}"
