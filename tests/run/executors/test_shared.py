"""Workers that several runs share: which boxes open, what is graded first, and what one run's trouble is to others."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from boxscore.errors import SandboxUnavailable, UsageError
from boxscore.harness import FunctionTask
from boxscore.interrupt import Stop
from boxscore.protocols.contract import Batch, Candidate
from boxscore.records import Result, Trust
from boxscore.run.executors.contract import Workload
from boxscore.run.executors.shared import MOST_GRADERS, SharedWorkers
from tests.run.executors.passing import pass_all

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

TASK = FunctionTask(entry_point="f", names=("f",), tests="")
WAIT_S = 60.0


def batches(benchmark: str, *seconds: float) -> list[Batch]:
    """Batches of one sample each, of instances named by their place, that are likely to take so long."""
    return [
        Batch(
            instance_id=f"{benchmark}/{number}",
            task=TASK,
            trust=Trust.ORACLE,
            candidates=(Candidate(sample_id="0", code=""),),
            expected_s=one,
        )
        for number, one in enumerate(seconds)
    ]


class Graders:
    """Fake graders of one image that pass everything, and call `during` with the instance before each result."""

    def __init__(self, during: Callable[[str], None] = lambda _: None) -> None:
        self.during, self.open, self.opened = during, 0, 0
        self.threads: set[str] = set()

    @contextmanager
    def __call__(self) -> Iterator[Graders]:
        """Open one."""
        self.opened, self.open = self.opened + 1, self.open + 1
        self.threads.add(threading.current_thread().name)
        try:
            yield self
        finally:
            self.open -= 1

    def grade(self, batch: Batch) -> Iterator[Result]:
        """Pass each candidate."""
        return pass_all(batch, lambda instance_id, _: self.during(instance_id))


class Unfinished(list[Batch]):
    """Batches after which more may come, until it is said that all are made."""

    def __init__(self, known: list[Batch], all_made: threading.Event) -> None:
        super().__init__(known)
        self._all_made = all_made

    def __iter__(self) -> Iterator[Batch]:
        yield from super().__iter__()
        self._all_made.wait(WAIT_S)


def grade(
    work: Mapping[str, tuple[Graders, list[Batch]]],
    *,
    workers: int = 1,
    stop: Mapping[str, Stop] | None = None,
) -> tuple[dict[str, list[str]], dict[str, BaseException]]:
    """Grade the work of runs on workers that they share; the instances of each that got results, and what it raised."""
    found: dict[str, list[str]] = {name: [] for name in work}
    raised: dict[str, BaseException] = {}

    def run(name: str, pool: SharedWorkers) -> None:
        graders, own = work[name]
        part = pool.part()
        try:
            part.run(
                Workload(
                    batches=own,
                    open_grader=graders,
                    on_results=lambda results: found[name].extend(one.instance_id for one in results),
                    stop=(stop or {}).get(name, Stop()),
                    abandon=lambda: None,
                    expected_s=sum(one.expected_s for one in list.__iter__(own)),
                )
            )
        except Exception as error:  # noqa: BLE001 - what it is, is what is looked at
            raised[name] = error
        finally:
            part.close()

    with SharedWorkers(workers, len(work)) as pool:
        threads = [threading.Thread(target=run, args=(name, pool)) for name in work]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(WAIT_S)
            assert not thread.is_alive()
    return found, raised


def test_the_longest_come_first_whichever_run_they_are_of_and_boxes_are_shared() -> None:
    """Runs of one image are graded by one grader of a worker, in the order of their times."""
    order: list[str] = []
    graders = Graders(order.append)

    found, _ = grade({"a": (graders, batches("a", 9, 4, 1)), "b": (graders, batches("b", 7, 5, 2))})

    assert order == ["a/0", "b/0", "b/1", "a/1", "b/2", "a/2"]
    assert found == {"a": ["a/0", "a/1", "a/2"], "b": ["b/0", "b/1", "b/2"]}
    assert (graders.opened, graders.open) == (1, 0)


def test_a_worker_stays_with_an_image_as_long_as_it_has_work() -> None:
    """With two images and one worker each box opens once, and the one with more work comes first."""
    order: list[str] = []
    some, more = Graders(order.append), Graders(order.append)

    grade({"a": (some, batches("a", 9, 4, 1)), "b": (more, batches("b", 8, 7, 6))})

    assert order == ["b/0", "b/1", "b/2", "a/0", "a/1", "a/2"]
    assert (some.opened, more.opened) == (1, 1)


def test_workers_go_where_there_is_most_left_for_each() -> None:
    """The second worker takes the other image unless the first one's is more than twice as long."""
    both = threading.Barrier(2)
    seen: list[str] = []

    def meet(instance_id: str) -> None:
        seen.append(instance_id)
        if len(seen) <= 2:
            both.wait(WAIT_S)

    alike = Graders(meet), Graders(meet)
    grade({"a": (alike[0], batches("a", 5, 5)), "b": (alike[1], batches("b", 4, 4))}, workers=2)
    assert {name[0] for name in seen[:2]} == {"a", "b"}

    seen.clear()
    apart = Graders(meet), Graders(meet)
    grade({"a": (apart[0], batches("a", 50, 50)), "b": (apart[1], batches("b", 4, 4))}, workers=2)
    assert {name[0] for name in seen[:2]} == {"a"}


def test_no_more_boxes_are_kept_than_a_worker_may_have_nor_those_of_an_image_that_is_done() -> None:
    """The box of the image that was used longest ago goes; images whose runs go on keep theirs."""
    held: list[int] = []
    all_made = threading.Event()
    every: list[Graders] = []

    def count(instance_id: str) -> None:
        held.append(sum(one.open for one in every))
        if instance_id == "0/3":  # of the run that takes least, which comes last
            all_made.set()

    every += [Graders(count) for _ in range(MOST_GRADERS + 2)]
    grade({str(at): (one, Unfinished(batches(str(at), *[at + 1] * 4), all_made)) for at, one in enumerate(every)})

    assert max(held) == MOST_GRADERS
    assert [one.open for one in every] == [0] * len(every)

    done, last = Graders(), Graders(lambda _: held.append(done.open))
    held.clear()
    grade({"a": (done, batches("a", 9)), "b": (last, batches("b", 1))})
    assert held == [0]


def test_an_error_in_one_run_is_its_own() -> None:
    """It is raised where that run waits; the grader it happened in is not used again, and the others go on."""

    def fail(instance_id: str) -> None:
        if instance_id == "a/0":
            raise SandboxUnavailable("no box")

    graders = Graders(fail)

    found, raised = grade({"a": (graders, batches("a", 9, 8)), "b": (graders, batches("b", 7, 6))})

    assert found == {"a": [], "b": ["b/0", "b/1"]}
    assert {name: str(error) for name, error in raised.items()} == {"a": "no box"}
    assert (graders.opened, graders.open) == (2, 0)


def test_an_error_while_batches_are_made_is_the_run_s() -> None:
    """As where a harness fails at a sample."""

    class Broken(list[Batch]):
        def __iter__(self) -> Iterator[Batch]:
            yield from batches("a", 1)
            raise ValueError("harness")

    found, raised = grade({"a": (Graders(), Broken()), "b": (Graders(), batches("b", 1))})

    assert found["b"] == ["b/0"]
    assert {name: str(error) for name, error in raised.items()} == {"a": "harness"}


def test_a_run_that_is_to_end_leaves_its_workers_to_the_others() -> None:
    """As by its alarm: what is at work is finished, nothing more of it is begun."""
    stop = Stop()
    graders = Graders(lambda instance_id: stop.drain() if instance_id == "a/0" else None)

    found, raised = grade({"a": (graders, batches("a", 9, 8)), "b": (graders, batches("b", 7, 6))}, stop={"a": stop})

    assert (found, raised) == ({"a": ["a/0"], "b": ["b/0", "b/1"]}, {})


def test_a_run_without_work_holds_nobody_up() -> None:
    """As one whose results were there already; and it may bring work twice."""
    with SharedWorkers(1, 2) as pool:
        pool.part().close()
        part, found = pool.part(), list[str]()
        for name in ("a", "b"):
            part.run(
                Workload(
                    batches=batches(name, 1),
                    open_grader=Graders(),
                    on_results=lambda results: found.extend(one.instance_id for one in results),
                    stop=Stop(),
                    abandon=lambda: None,
                )
            )
        part.close()

    assert found == ["a/0", "b/0"]


def test_at_least_one_worker_is_needed() -> None:
    """None would wait for ever."""
    with pytest.raises(UsageError, match="at least one worker"):
        SharedWorkers(0, 1)
