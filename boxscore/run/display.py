"""Choose how progress is shown: live on a terminal, in plain lines elsewhere."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from boxscore.run.progress import Lines, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.run.forecast import Work
    from boxscore.run.progress import Progress


@contextmanager
def show_progress(work: Work, *, quiet: bool = False) -> Iterator[Progress]:
    """Show how samples are graded, on standard error, in the way that suits it."""
    if quiet:
        yield Silent()
        return
    if sys.stderr.isatty():
        from boxscore.run.progress_live import live_progress  # noqa: PLC0415 - rich is slow to import

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
