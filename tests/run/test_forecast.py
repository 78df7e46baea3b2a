"""The time that is left, of runs on a clock of our own."""

from __future__ import annotations

import heapq
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from boxscore.images.watch import BuildWatch
from boxscore.records import Outcome, Result, Trust
from boxscore.run.forecast import Forecast, PlannedWork, duration
from boxscore.run.progress import Lines, show_progress
from boxscore.run.superseded import Superseded

if TYPE_CHECKING:
    from collections.abc import Iterator

SLOWEST_FIRST = {f"i/{number}": 60 / (1 + number) ** 1.2 for number in range(164)}


def result(instance_id: str, wall_s: float | None = None) -> Result:
    """A result of an instance."""
    return Result(instance_id=instance_id, sample_id="0", outcome=Outcome.PASSED, trust=Trust.ORACLE, wall_s=wall_s)


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


def played(seconds: dict[str, float], *, workers: int, slower: float = 1.0) -> Iterator[tuple[float, str]]:
    """When each sample of a run ends on so many workers, in turn."""
    free = [0.0] * workers
    ends = []
    for name, needed in seconds.items():
        at = heapq.heappop(free) + slower * needed
        heapq.heappush(free, at)
        ends.append((at, name))
    return iter(sorted(ends))


@pytest.mark.parametrize("slower", [0.5, 1.0, 3.0])
def test_slowest_first_is_forecast_by_known_times(slower: float) -> None:
    """What is said is right within a quarter after a quarter of a run; counting samples says ten times as much."""
    clock = Clock()
    ends = list(played(SLOWEST_FIRST, workers=2, slower=slower))
    total = ends[-1][0]
    work = PlannedWork(total=164, workers=2, samples=dict.fromkeys(SLOWEST_FIRST, 1), seconds=SLOWEST_FIRST)
    forecast = Forecast(work, clock)

    counted = []
    for done, (clock.now, name) in enumerate(ends, 1):
        forecast.add([result(name, wall_s=slower * SLOWEST_FIRST[name])])
        counted.append((clock.now + clock.now / done * (164 - done)) / total)
        left = forecast.left_s()
        assert left is not None
        if clock.now > total / 4:
            assert clock.now + left == pytest.approx(total, rel=0.25)
    assert max(counted) > 10


def test_what_workers_do_beside_samples_counts() -> None:
    """As where each instance's reference is graded before its sample: four times as long, which no result tells of."""
    clock, names = Clock(), [f"i/{number}" for number in range(100)]
    seconds = dict.fromkeys(names, 2.0)
    forecast = Forecast(PlannedWork(total=100, workers=2, samples=dict.fromkeys(names, 1), seconds=seconds), clock)
    ends = list(played(seconds, workers=2, slower=5.0))

    for clock.now, name in ends:
        forecast.add([result(name, wall_s=2.0)])
        left = forecast.left_s()
        assert left is not None
        if clock.now > ends[-1][0] / 4:
            assert clock.now + left == pytest.approx(ends[-1][0], rel=0.25)


def test_known_times_speak_before_anything_is_done() -> None:
    """At the start the known seconds over the workers are said, and they do not grow while nothing has ended yet."""
    clock = Clock()
    forecast = Forecast(PlannedWork(total=4, workers=2, samples={"i/0": 4}, seconds={"i/0": 50.0}), clock)

    assert forecast.left_s() == pytest.approx(100, rel=0.01)
    assert forecast.text() == "about 2 min left"


def test_nothing_silly_in_the_first_seconds() -> None:
    """Where no time is known nothing is said before there is something to go by."""
    clock = Clock()
    forecast = Forecast(PlannedWork(total=1000, workers=2, samples={"i/0": 1000}), clock)

    clock.now = 2.0
    forecast.add([result("i/0")] * 5)
    early = forecast.text()
    clock.now = 20.0
    too_little = forecast.text()
    forecast.add([result("i/0")] * 95)

    assert (early, too_little) == ("", "")
    assert forecast.left_s() == pytest.approx(900 * 18 / 95)


def test_what_is_done_once_is_no_ground_for_a_forecast() -> None:
    """As images that are built before the first verdicts: nothing is said before there are as many again."""
    clock, names = Clock(), [f"i/{number}" for number in range(26)]
    forecast = Forecast(PlannedWork(total=26, workers=2, samples=dict.fromkeys(names, 1)), clock)
    ends = [(814 + at, name) for at, name in played(dict.fromkeys(names, 55.0), workers=2)]

    said = []
    for clock.now, name in ends:
        forecast.add([result(name, wall_s=20.0)])
        said.append(forecast.left_s())

    assert said[:3] == [None] * 3
    for (at, _), left in zip(ends[3:], said[3:], strict=True):
        assert left is not None
        assert ends[-1][0] - at - 1 < left < 1.4 * (ends[-1][0] - at) + 60


def test_a_time_that_has_passed_is_taken_back() -> None:
    """A sample that never ends makes what was said untrue: no time is said then, and how long nothing has come."""
    clock = Clock()
    forecast = Forecast(PlannedWork(total=10, workers=2, samples={"i/0": 10}), clock)
    for clock.now in range(12, 120, 12):
        forecast.add([result("i/0", 20.0)])

    said = forecast.text()
    clock.now += 13.0
    passed = forecast.text()
    clock.now += 14 * 60
    late = forecast.text()

    assert (said, passed) == ("about 12 s left", "")
    assert late == "1 sample takes longer than expected: no result for 14 min"


def test_each_sample_has_its_share_of_what_is_done_beside() -> None:
    """Where references are graded first, samples whose own time is nothing do not make what is left nothing."""
    clock, names = Clock(), [f"i/{number}" for number in range(7)]
    work = PlannedWork(total=7, workers=2, samples=dict.fromkeys(names, 1), seconds=dict.fromkeys(names, 0.3))
    forecast = Forecast(work, clock)
    ends = list(played(dict.fromkeys(names, 30.0), workers=2))

    for clock.now, name in ends[:4]:
        forecast.add([result(name, wall_s=0.3)])

    left = forecast.left_s()
    assert left is not None
    assert 30 < left < ends[-1][0] - clock.now == 60


def test_nothing_is_left_at_the_end() -> None:
    """Once all is done no time is said."""
    forecast = Forecast(PlannedWork(total=1, samples={"i/0": 1}, seconds={"i/0": 5.0}), Clock())

    forecast.add([result("i/0")])

    assert not forecast.text()


def test_what_is_not_known_weighs_as_much_as_the_others() -> None:
    """An instance without a known time takes the median of those that have one."""
    seconds = {"i/0": 2.0, "i/1": 4.0, "i/2": 6.0, "i/3": 0.0}

    forecast = Forecast(PlannedWork(total=4, samples=dict.fromkeys(seconds, 1), seconds=seconds), Clock())

    assert forecast.left_s() == pytest.approx(16, rel=0.01)


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.2, "0 s"), (89, "89 s"), (91, "2 min"), (360, "6 min"), (5399, "90 min"), (9000, "2.5 h")],
)
def test_a_time_in_words(seconds: float, said: str) -> None:
    """Seconds, minutes or hours, as people say them."""
    assert duration(seconds) == said


def test_a_plain_line_says_counts_and_time_left(capfd: pytest.CaptureFixture[str]) -> None:
    """At most every ten seconds: how many of how many, the outcomes, and what is left."""
    clock = Clock()
    lines = Lines(PlannedWork(total=4000, samples={"i/0": 4000}), clock)

    for clock.now, _ in pairwise(range(0, 45, 5)):
        lines.add([result("i/0")] * 100)

    assert capfd.readouterr().err.splitlines() == [
        "boxscore: 300/4,000: 300 passed; about 3 min left",
        "boxscore: 500/4,000: 500 passed; about 3 min left",
        "boxscore: 700/4,000: 700 passed; about 3 min left",
    ]


def test_a_line_when_results_are_late(capfd: pytest.CaptureFixture[str]) -> None:
    """A line is printed also while none comes, less and less often, until one does."""
    clock = Clock()
    lines = Lines(PlannedWork(total=10, workers=2, samples={"i/0": 10}), clock)

    for clock.now in range(12, 120, 12):
        lines.add([result("i/0", 20.0)])
    for clock.now in range(110, 250, 10):
        lines.tick()
    lines.add([result("i/0", 20.0)])
    lines.tick()

    assert capfd.readouterr().err.splitlines()[-4:] == [
        "boxscore: 9/10: 9 passed; about 12 s left",
        "boxscore: 9/10: 9 passed; 1 sample takes longer than expected: no result for 32 s",
        "boxscore: 9/10: 9 passed; 1 sample takes longer than expected: no result for 72 s",
        "boxscore: 10/10: 10 passed",
    ]


def test_a_line_says_what_runs_while_no_result_comes(capfd: pytest.CaptureFixture[str]) -> None:
    """From the start on, less and less often; with a reference in place of the samples that wait for it."""
    clock = Clock()
    watch = BuildWatch(clock=clock)
    lines = Lines(PlannedWork(total=3, samples={"i/0": 3}), clock, watch)

    def wait(seconds: int) -> None:
        for _ in range(0, seconds, 5):
            clock.now += 5
            lines.tick()

    with watch.grading("i/0"):
        with watch.grading("the reference of i/0"):
            wait(100)
        lines.add([result("i/0")])
        wait(20)
    wait(100)

    assert capfd.readouterr().err.splitlines() == [
        "boxscore: 0/3; grading the reference of i/0, 10 s",
        "boxscore: 0/3; grading the reference of i/0, 20 s",
        "boxscore: 0/3; grading the reference of i/0, 40 s",
        "boxscore: 0/3; grading the reference of i/0, 80 s",
        "boxscore: 1/3: 1 passed",
        "boxscore: 1/3: 1 passed; grading i/0, 110 s",
        "boxscore: 1/3: 1 passed; grading i/0, 120 s",
    ]


def test_results_between_two_lines_are_told_later(capfd: pytest.CaptureFixture[str]) -> None:
    """The last that came stood untold until the next one."""
    clock = Clock()
    lines = Lines(PlannedWork(total=3, samples={"i/0": 3}), clock)

    clock.now = 10.0
    lines.add([result("i/0")])
    lines.add([result("i/0")])
    for clock.now in (15.0, 20.0, 25.0):
        lines.tick()

    assert [line.partition(";")[0] for line in capfd.readouterr().err.splitlines()] == [
        "boxscore: 1/3: 1 passed",
        "boxscore: 2/3: 2 passed",
    ]


def test_a_run_that_goes_on_says_what_was_there(capfd: pytest.CaptureFixture[str]) -> None:
    """How many results need no grading is said at the start."""
    with show_progress(PlannedWork(total=440, reused=1200, samples={"i/0": 440})):
        pass

    assert capfd.readouterr().err == "boxscore: 1,200 of 1,640 results were there already\n"


def test_a_run_of_another_version_says_what_it_grades_again(capfd: pytest.CaptureFixture[str]) -> None:
    """Whoever waits for a run whose results were all there learns why."""
    for count in (24, 1):
        with show_progress(PlannedWork(total=24, superseded=Superseded(by_version=count), samples={"i/0": 24})):
            pass

    assert capfd.readouterr().err == (
        "boxscore: 24 results are from another version of the grading and are graded again\n"
        "boxscore: 1 result is from another version of the grading and is graded again\n"
    )


def test_runs_that_share_workers_are_one_forecast() -> None:
    """Equal names of instances are told apart by the run, and what is left is that of all."""
    clock = Clock()
    forecast = Forecast(PlannedWork(total=0), clock)
    for name in ("a", "b"):
        forecast.extend(PlannedWork(total=10, workers=2, samples={"x": 10}, seconds={"x": 1.0}), name)

    before = forecast.left_s()
    forecast.add([result("x", 1.0)] * 10, "a")

    assert before == pytest.approx(20 * 1.01 / 2)
    assert forecast.text()
    forecast.add([result("x", 1.0)] * 10, "b")
    assert not forecast.text()
