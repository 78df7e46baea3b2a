"""Grading on a cluster, with workers of this process in place of machines."""

from __future__ import annotations

import itertools
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import msgspec
import pytest
from msgspec.structs import replace

from boxscore.errors import SandboxUnavailable, StoreError
from boxscore.harness import FunctionTask
from boxscore.interrupt import Stop
from boxscore.protocols.contract import Batch, Candidate
from boxscore.records import Conditions, Result, Trust
from boxscore.run.executors.cluster import ClusterWorkers, Lost, Slot
from boxscore.run.executors.contract import Workload
from boxscore.run.executors.worker import About, Opened, RemoteWorker, WorkerReport
from tests.run.executors.passing import pass_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from boxscore.run.executors.worker import WorkItem

TASK = FunctionTask(entry_point="f", names=("f",), tests="")


def work(count: int, size: int = 3) -> list[Batch]:
    candidates = tuple(Candidate(sample_id=str(one), code="") for one in range(size))
    return [
        Batch(instance_id=f"t/{number}", task=TASK, trust=Trust.ORACLE, candidates=candidates)
        for number in range(count)
    ]


def names(count: int, size: int = 3) -> list[tuple[str, str]]:
    return sorted((f"t/{number}", str(one)) for number in range(count) for one in range(size))


class Machine:
    def __init__(
        self, *, during: Callable[[str, str], None] = lambda _i, _s: None, problem: Exception | None = None
    ) -> None:
        self.during, self.problem = during, problem
        self.up = True
        self.opened = self.closed = 0
        self.abandoned = threading.Event()

    @contextmanager
    def open(self) -> Iterator[Opened]:
        if self.problem is not None:
            raise self.problem
        self.opened += 1
        try:
            yield Opened(self, self.abandoned.set, About(host="m", image_digest="sha256:0"))
        finally:
            self.closed += 1

    def grade(self, batch: Batch) -> Iterator[Result]:
        return pass_all(batch, self.during)


class FakeCluster:
    def __init__(self, slots: int = 1, **machines: Machine) -> None:
        self.machines, self._count = machines, slots
        self.workers: dict[int, tuple[str, RemoteWorker]] = {}
        self.ended: list[int] = []
        self._messages: list[tuple[int, Callable[[RemoteWorker], WorkerReport]]] = []

    def slots(self) -> Sequence[Slot]:
        up = [name for name, machine in list(self.machines.items()) if machine.up]
        return [Slot(name, name, number) for number in range(self._count) for name in up]

    def start(self, slot: Slot) -> int:
        number = len(self.workers)
        self.workers[number] = slot.node, RemoteWorker(self.machines[slot.node].open)
        return number

    def exchange(self, worker: int, items: Sequence[WorkItem], *, drain: bool, wait_s: float) -> None:
        self._messages.append((worker, lambda one: one.exchange(items, drain=drain, wait_s=0.05)))

    def leave(self, worker: int) -> None:
        self._messages.append((worker, lambda one: one.leave()))

    def wait(self, timeout_s: float) -> Sequence[tuple[int, WorkerReport | Lost]]:
        messages, self._messages = self._messages, []
        replies: list[tuple[int, WorkerReport | Lost]] = []
        lost = set()
        for number, message in messages:
            node, worker = self.workers[number]
            if self.machines[node].up:
                replies.append(
                    (number, msgspec.msgpack.decode(msgspec.msgpack.encode(message(worker)), type=WorkerReport))
                )
            elif number not in lost:
                lost.add(number)
                replies.append((number, Lost("killed")))
        return replies

    def end(self, worker: int) -> None:
        self.ended.append(worker)
        self.workers[worker][1].leave()
        self._messages = [one for one in self._messages if one[0] != worker]


def workload(
    batches: list[Batch], on_results: Callable[[Sequence[Result]], None], stop: Stop | None = None
) -> Workload:
    return Workload(
        batches=batches,
        open_grader=lambda: pytest.fail("opened here"),
        on_results=on_results,
        stop=stop or Stop(),
        abandon=lambda: None,
    )


def run(
    cluster: FakeCluster,
    batches: list[Batch],
    *,
    stop: Stop | None = None,
    on_results: Callable[[Sequence[Result]], None] = lambda _: None,
) -> list[tuple[str, str]]:
    got: list[tuple[str, str]] = []

    def take(results: Sequence[Result]) -> None:
        got.extend((one.instance_id, one.sample_id) for one in results)
        on_results(results)

    ticks = itertools.count()  # a second for each look at the clock
    executor = ClusterWorkers(cluster, clock=lambda: next(ticks), sleep=lambda _: None)
    executor.run(workload(batches, take, stop))
    assert sorted(cluster.ended) == sorted(cluster.workers)
    return sorted(got)


def test_each_result_arrives_once() -> None:
    """Several workers on several machines grade everything exactly once, and all are ended."""
    cluster = FakeCluster(2, a=Machine(), b=Machine())

    assert run(cluster, work(40)) == names(40)
    assert [one.opened for one in cluster.machines.values()] == [2, 2]
    assert [one.closed for one in cluster.machines.values()] == [2, 2]


def told(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [one.boxscore_words for one in caplog.records if one.boxscore_words and not one.boxscore_shown]  # type: ignore[attr-defined]


def test_a_dead_machine_costs_what_was_in_hand(caplog: pytest.LogCaptureFixture) -> None:
    """When a machine goes, the others grade what it had in hand; nothing is lost or doubled, and users are told."""
    dying = Machine()
    cluster = FakeCluster(a=Machine(), b=dying)

    def kill(_results: Sequence[Result]) -> None:
        dying.up = False

    assert run(cluster, work(60), on_results=kill) == names(60)
    assert told(caplog) == ["b lost a worker; others grade what it had in hand: killed"]


@pytest.mark.parametrize("graded", [0, 3])
def test_a_dead_worker_is_replaced(graded: int) -> None:
    """Also where it is the only one, and dies before it has done anything."""
    flaky, got = Machine(), [0]

    class Flaky(FakeCluster):
        def wait(self, timeout_s: float) -> Sequence[tuple[int, WorkerReport | Lost]]:
            flaky.up = len(self.workers) > 1 or got[0] < graded
            found = super().wait(timeout_s)
            flaky.up = True
            return found

    def count(results: Sequence[Result]) -> None:
        got[0] += len(results)

    assert run(Flaky(a=flaky), work(30), on_results=count) == names(30)


def test_a_machine_without_a_sandbox_is_left_out(caplog: pytest.LogCaptureFixture) -> None:
    """Others do its part, and users are told once which machine and why."""
    cluster = FakeCluster(2, a=Machine(), b=Machine(problem=SandboxUnavailable("install Docker")))

    assert run(cluster, work(20)) == names(20)
    assert told(caplog) == ["b is left out for now: install Docker"]


def test_a_sick_machine_comes_back() -> None:
    """A machine whose sandbox fails is left out for a while, then graded on again."""
    sick = Machine()

    def during(_instance: str, sample: str) -> None:
        if sample == "1" and sick.opened < 4:
            raise SandboxUnavailable("the engine restarts")

    sick.during = during
    cluster = FakeCluster(a=sick)  # alone, so that all waits for it

    assert run(cluster, work(20)) == names(20)
    assert sick.opened == 4


def test_a_cluster_that_stays_sick_ends_the_run() -> None:
    """Machines that graded before are waited for, but not for ever."""

    def during(instance: str, _sample: str) -> None:
        if instance != "t/0":
            raise SandboxUnavailable("the engine is gone")

    with pytest.raises(SandboxUnavailable, match="a: the engine is gone"):
        run(FakeCluster(a=Machine(during=during)), work(9), on_results=lambda _: None)


def test_a_late_machine_joins() -> None:
    """A machine that comes while a run goes on gets work of it."""
    late = Machine()

    def during(_instance: str, _sample: str) -> None:
        cluster.machines.setdefault("b", late)
        if not late.opened:
            threading.Event().wait(0.01)

    cluster = FakeCluster(a=Machine(during=during))

    assert run(cluster, work(300)) == names(300)
    assert late.opened == 1


def test_without_any_sandbox_the_run_is_refused() -> None:
    """No machine that can grade is an error which names them."""
    cluster = FakeCluster(a=Machine(problem=SandboxUnavailable("no A")), b=Machine(problem=SandboxUnavailable("no B")))

    with pytest.raises(SandboxUnavailable, match="a: no A; b: no B"):
        run(cluster, work(9))


def test_without_any_machine_the_run_is_refused() -> None:
    """A cluster without cpus would wait for ever."""
    with pytest.raises(SandboxUnavailable, match="no free cpu"):
        run(FakeCluster(), work(9))


def test_draining_begins_no_further_sample() -> None:
    """After one interrupt a worker finishes its sample and drops what waits; all that is known is handed over."""
    stop = Stop()
    begun = []

    def during(instance: str, sample: str) -> None:
        begun.append((instance, sample))
        if len(begun) == 5:
            stop.drain()
            threading.Event().wait(0.3)  # until the worker has been told

    got = run(FakeCluster(a=Machine(during=during)), work(50), stop=stop)

    assert got == sorted(begun) != names(50)


def test_halting_leaves_what_runs() -> None:
    """After a second interrupt a grader that waits is told to give up, and what was known is handed over."""
    stop = Stop()

    def during(_instance: str, sample: str) -> None:
        if sample == "1":
            stop.halt()
            assert machine.abandoned.wait(300)
            raise SandboxUnavailable("the run was stopped")

    machine = Machine(during=during)

    assert run(FakeCluster(a=machine), work(9), stop=stop) == [("t/0", "0")]


def test_a_mistake_in_a_worker_ends_the_run() -> None:
    """An error that is no sandbox's comes out with its traceback."""

    def during(_instance: str, _sample: str) -> None:
        raise ZeroDivisionError

    with pytest.raises(RuntimeError, match=r"(?s)worker on a failed.*ZeroDivisionError"):
        run(FakeCluster(a=Machine(during=during)), work(9))


def test_an_error_of_the_store_ends_all_workers() -> None:
    """When results cannot be stored, workers leave their boxes and the error comes out."""

    def full(_results: Sequence[Result]) -> None:
        raise StoreError("disk full")

    cluster = FakeCluster(2, a=Machine())
    with pytest.raises(StoreError, match="disk full"):
        run(cluster, work(50), on_results=full)

    assert cluster.machines["a"].closed == 2


def test_machines_that_graded_are_named() -> None:
    """Provenance says which machines, with how many workers and in what image."""
    executor = ClusterWorkers(FakeCluster(3, a=Machine(), b=Machine(problem=SandboxUnavailable("no"))))

    executor.run(workload(work(50), lambda _: None))

    assert [(one.host, one.workers, one.image_digest) for one in executor.nodes()] == [("m", 3, "sha256:0")]


def test_a_machine_that_made_the_image_itself_says_what_it_is() -> None:
    """A run's results carry what the image was where they were graded; an image of an instance has no digest."""
    asked = Conditions(backend="docker", image="ours", image_digest="sha256:run")
    patches = replace(asked, image_digest="")
    batches = [replace(one, conditions=[asked, patches][number]) for number, one in enumerate(work(2, 1))]
    arrived: list[Result] = []

    run(FakeCluster(1, a=Machine()), batches, on_results=arrived.extend)

    assert sorted(one.conditions.image_digest for one in arrived if one.conditions) == ["", "sha256:0"]
