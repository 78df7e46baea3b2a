"""How work is spread over workers."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import RunStopped, SandboxUnavailable, StoreError, UsageError
from boxscore.harness import FunctionTask
from boxscore.images.watch import BuildWatch, watched_by
from boxscore.interrupt import Stop
from boxscore.protocols.contract import Batch, Candidate
from boxscore.records import Result, Trust
from boxscore.run.executors.contract import Workload
from boxscore.run.executors.local import LocalWorkers
from tests.run.executors.passing import pass_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from boxscore.protocols.contract import Task

TASK = FunctionTask(entry_point="f", names=("f",), tests="")


def batches(count: int, size: int = 3) -> list[Batch]:
    return [
        Batch(
            instance_id=f"t/{number}",
            task=TASK,
            trust=Trust.ORACLE,
            candidates=tuple(Candidate(sample_id=str(one), code="") for one in range(size)),
        )
        for number in range(count)
    ]


class Graders:
    def __init__(self, during: Callable[[str, str], None] = lambda _i, _s: None) -> None:
        self.during = during
        self.opened = 0
        self.closed = 0
        self.ready: list[Task] = []

    @contextmanager
    def __call__(self) -> Iterator[Graders]:
        self.opened += 1
        try:
            yield self
        finally:
            self.closed += 1

    def get_ready(self, task: Task) -> None:
        self.ready.append(task)

    def grade(self, batch: Batch) -> Iterator[Result]:
        return pass_all(batch, self.during)


def nothing() -> None:
    """Abandon nothing."""


def workload(
    batches: Iterable[Batch],
    graders: Graders,
    on_results: Callable[[Sequence[Result]], None] = lambda _: None,
    stop: Stop | None = None,
    abandon: Callable[[], None] = nothing,
) -> Workload:
    return Workload(
        batches=batches,
        open_grader=graders,
        on_results=on_results,
        stop=stop or Stop(),
        abandon=abandon,
    )


def run(graders: Graders, work: Iterable[Batch], *, workers: int = 2, stop: Stop | None = None) -> list[Result]:
    got: list[Result] = []
    LocalWorkers(workers).run(workload(work, graders, got.extend, stop or Stop(), nothing))
    return got


def test_what_workers_grade_is_known_meanwhile() -> None:
    """Whoever waits for a verdict can see what for."""
    seen: list[str] = []
    watch = BuildWatch(clock=lambda: 0.0)

    with watched_by(watch):
        run(Graders(lambda _instance, _sample: seen.append(watch.grading_text())), batches(2, size=1), workers=1)

    assert seen == ["grading t/0, 0 s", "grading t/1, 0 s"]
    assert not watch.grading_text()


@pytest.mark.parametrize("workers", [1, 2, 7])
def test_each_result_arrives_once(workers: int) -> None:
    """All candidates are graded exactly once, whatever the number of workers."""
    got = run(Graders(), batches(20), workers=workers)

    assert sorted((one.instance_id, one.sample_id) for one in got) == sorted(
        (f"t/{number}", str(one)) for number in range(20) for one in range(3)
    )


def test_each_worker_opens_and_closes_one_grader() -> None:
    """No more graders than workers, none for workers without a batch, all closed."""
    all_at_work = threading.Barrier(3)

    def during(_instance: str, sample: str) -> None:
        if sample == "0":
            all_at_work.wait(300)

    graders = Graders(during)

    run(graders, batches(3), workers=5)

    assert graders.opened == graders.closed == 3


def test_few_batches_are_made_ahead() -> None:
    """Work of any length is never held as a whole: one batch waits for each worker, and one more is being made."""
    taken: list[int] = []
    ahead: list[int] = []

    def made() -> Iterator[Batch]:
        for number, batch in enumerate(batches(50)):
            taken.append(number)
            yield batch

    graders = Graders(lambda instance, _sample: ahead.append(len(taken) - int(instance.removeprefix("t/"))))
    LocalWorkers(1).run(workload(made(), graders, lambda _: None, Stop(), nothing))

    assert len(taken) == 50
    assert max(ahead) <= 3


def test_a_worker_stays_with_the_boxes_that_it_has() -> None:
    """Each begins with a kind that nobody else has, and comes to another one when its own batches are over."""
    kinds, seen = {}, dict[str, list[str]]()
    work = []
    for number, batch in enumerate(batches(40, size=1)):
        kinds[batch.instance_id] = "apart" if number < 15 else "plain"
        work.append(replace(batch, boxes=kinds[batch.instance_id]))
    begun = threading.Barrier(2)

    def during(instance: str, _sample: str) -> None:
        mine = seen.setdefault(threading.current_thread().name, [])
        mine.append(kinds[instance])
        if len(mine) == 1:
            begun.wait(300)

    run(Graders(during), work, workers=2)

    assert sorted(one[0] for one in seen.values()) == ["apart", "plain"]
    assert all(sum(before != after for before, after in pairwise(one)) <= 1 for one in seen.values())


def test_an_error_in_making_a_batch_is_raised() -> None:
    """Work that cannot be made ends the run like an error of a worker."""

    def broken() -> Iterator[Batch]:
        yield from batches(3)
        raise UsageError("no more")

    with pytest.raises(UsageError, match="no more"):
        LocalWorkers(2).run(workload(broken(), Graders(), lambda _: None, Stop(), nothing))


def test_more_results_than_the_queue_holds() -> None:
    """Workers wait while the queue is full; nothing is lost."""
    assert len(run(Graders(), batches(100, 100))) == 10_000


def test_a_drained_worker_begins_no_further_sample() -> None:
    """After the first interrupt the sample that runs is finished, the rest of its batch is not begun."""
    stop, begun = Stop(), list[str]()

    def during(_instance: str, sample: str) -> None:
        begun.append(sample)
        if sample == "2":
            stop.drain()

    got = run(Graders(during), batches(50, size=64), workers=1, stop=stop)

    assert begun == ["0", "1", "2"]
    assert [(one.instance_id, one.sample_id) for one in got] == [("t/0", "0"), ("t/0", "1"), ("t/0", "2")]


def test_a_drained_worker_waits_for_nothing_ahead() -> None:
    """Who would wait before its sample begins, for an image or an engine, leaves it; that is no error of the run."""
    stop = Stop()

    def during(_instance: str, sample: str) -> None:
        if sample == "1":
            stop.drain()
            raise RunStopped("the run was stopped")

    got = run(Graders(during), batches(9), workers=1, stop=stop)

    assert [one.sample_id for one in got] == ["0"]


def test_halting_leaves_what_runs() -> None:
    """After a second interrupt a grader that waits is told to give up, and what was known is handed over."""
    stop, abandoned = Stop(), threading.Event()

    def during(_instance: str, sample: str) -> None:
        if sample == "1":
            stop.halt()
            assert abandoned.wait(300)
            raise SandboxUnavailable("the run was stopped")

    got: list[Result] = []
    LocalWorkers(1).run(workload(batches(9), Graders(during), got.extend, stop, abandoned.set))

    assert [(one.instance_id, one.sample_id) for one in got] == [("t/0", "0")]


def test_the_first_error_of_a_worker_ends_all_and_is_raised() -> None:
    """An error comes out after known results were handed over; other workers do not go on."""

    def during(instance: str, _sample: str) -> None:
        if instance == "t/1":
            raise SandboxUnavailable("gone")

    got: list[Result] = []
    graders = Graders(during)
    with pytest.raises(SandboxUnavailable, match="gone"):
        LocalWorkers(1).run(workload(batches(2000), graders, got.extend, Stop(), nothing))

    assert len(got) == 3
    assert graders.closed == 1


def test_an_error_of_the_store_ends_all_workers() -> None:
    """When results cannot be stored, workers stop, also those that wait for a full queue."""

    def on_results(_results: Sequence[Result]) -> None:
        raise StoreError("disk full")

    graders = Graders()
    with pytest.raises(StoreError, match="disk full"):
        LocalWorkers(2).run(workload(batches(500, 100), graders, on_results, Stop(), nothing))

    assert graders.closed == 2
