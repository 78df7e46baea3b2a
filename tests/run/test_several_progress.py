"""One display of several runs."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from boxscore.records import Outcome, Result, Trust
from boxscore.run.forecast import PlannedWork
from boxscore.run.several_progress import show_several

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

PASSED = Result(instance_id="x", sample_id="0", outcome=Outcome.PASSED, trust=Trust.ORACLE, wall_s=0.1)


def shown(*, quiet: bool, add: Sequence[Result] = (PASSED,)) -> None:
    """Show two runs, of which one was begun before, and results of both."""
    with show_several(quiet=quiet) as show:
        first = show("first")(PlannedWork(total=2, reused=3, samples={"x": 2}))
        second = show("second")(PlannedWork(total=1, samples={"x": 1}))
        with first as one, second as other:
            one.add(add)
            other.add(add)
            other.note("a \x1b[31mnotice")


def test_a_terminal_has_a_bar_for_each_and_one_for_all(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Notices stand above them, and drive nothing."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)

    shown(quiet=False)

    told = capfd.readouterr().err
    assert all(text in told for text in ("all", "first", "second", "2/3", "1/2", "1/1", "1 passed"))
    assert "second: a \\x1b[31mnotice" in told
    assert "first: 3 of 5 results were there already" in told


def test_elsewhere_there_are_lines_and_quiet_is_quiet(capfd: pytest.CaptureFixture[str]) -> None:
    """A line names its run; a count is of all runs, and comes now and then."""
    shown(quiet=False)
    told = capfd.readouterr().err
    shown(quiet=True)

    assert told == "boxscore: first: 3 of 5 results were there already\nboxscore: second: a \\x1b[31mnotice\n"
    assert not capfd.readouterr().err
