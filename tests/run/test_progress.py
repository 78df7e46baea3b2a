"""The time that is left, and the lines that say so, of runs on a clock of our own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.images.watch import BuildWatch
from boxscore.records import Outcome, Result, Trust
from boxscore.run.progress import Forecast, Lines, PlannedWork, Tally, show_progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pytest


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def result(instance_id: str = "i", copied_from: str | None = None) -> Result:
    return Result(
        instance_id=instance_id, sample_id="0", outcome=Outcome.PASSED, trust=Trust.ORACLE, copied_from=copied_from
    )


def test_nothing_is_said_before_there_is_something_to_go_by_nor_at_the_end() -> None:
    clock = Clock()
    forecast, texts = Forecast(1000, clock), []

    for clock.now, done in ((2.0, 500), (20.0, 9), (20.0, 500), (40.0, 1000)):
        texts.append(forecast.text(done))

    assert texts == ["", "", "about 20.0 s left", ""]


def test_a_plain_line_says_counts_and_time_left(capfd: pytest.CaptureFixture[str]) -> None:
    """At most every ten seconds, also of results that came between two lines."""
    clock = Clock()
    lines = Lines(PlannedWork(total=4000), BuildWatch(), Tally(), clock)

    for clock.now in (5.0, 10.0, 15.0):
        lines.add([result()] * 100)
    for clock.now in (18.0, 20.0, 25.0, 30.0):
        lines.tick()

    assert capfd.readouterr().err.splitlines() == [
        "boxscore: 200/4,000: 200 passed; about 3 min 10 s left",
        "boxscore: 300/4,000: 300 passed; about 4 min 07 s left",
    ]


def test_a_line_says_what_runs_while_no_result_comes(capfd: pytest.CaptureFixture[str]) -> None:
    """Less and less often, until a result comes."""
    clock = Clock()
    watch = BuildWatch(clock=clock)
    lines = Lines(PlannedWork(total=3), watch, Tally(), clock)

    def wait(seconds: int) -> Iterator[float]:
        for _ in range(0, seconds, 5):
            clock.now += 5
            lines.tick()
            yield clock.now

    with watch.grading("i"):
        list(wait(100))
        lines.add([result()])
        list(wait(10))

    assert [line.partition("; about")[0] for line in capfd.readouterr().err.splitlines()] == [
        "boxscore: 0/3; grading i, 10 s",
        "boxscore: 0/3; grading i, 30 s",
        "boxscore: 0/3; grading i, 70 s",
        "boxscore: 1/3: 1 passed",
        "boxscore: 1/3: 1 passed; grading i, 110 s",
    ]


def test_a_run_that_goes_on_says_what_was_there(capfd: pytest.CaptureFixture[str]) -> None:
    with show_progress(PlannedWork(total=440, reused=1200)):
        pass

    assert capfd.readouterr().err == "boxscore: 1,200 of 1,640 results were there already\n"
