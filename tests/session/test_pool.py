"""Workers, their queue, and what becomes of a request: with graders that run nothing."""

from __future__ import annotations

import queue
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxLost, RunStopped, SandboxUnavailable, UsageError
from boxscore.harness import FunctionTask
from boxscore.protocols.contract import Candidate
from boxscore.records import Conditions, Outcome, Result, Trust
from boxscore.session.pool import ASSUMED_SAMPLES, TOGETHER, Pool, Ticket, Work

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.boxes.contract import Backend
    from boxscore.boxes.stoppable import StoppableBackend
    from boxscore.protocols.contract import Batch, GraderFactory
    from boxscore.session.remote import ClusterPool

    Answer = Result | BaseException

TASK = FunctionTask(entry_point="f", names=("f",), tests="")
CONDITIONS = Conditions(backend="fake")
LONG_S = 60.0


class Graders:
    def __init__(self, during: Callable[[Batch, Graders], None] = lambda _batch, _graders: None) -> None:
        self.during = during
        self.batches: list[list[str]] = []
        self.opened = self.closed = 0
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, backend: Backend, _image: str | None) -> GraderFactory:
        @contextmanager
        def opening() -> Iterator[_Grader]:
            self.opened += 1
            try:
                yield _Grader(self, backend)
            finally:
                self.closed += 1

        return opening


class _Grader:
    def __init__(self, graders: Graders, backend: Backend) -> None:
        self.graders, self.backend = graders, backend

    def grade(self, batch: Batch) -> Iterator[Result]:
        self.graders.batches.append([one.code for one in batch.candidates])
        self.graders.begun.set()
        for one in batch.candidates:
            self.graders.during(batch, self.graders)
            if getattr(self.backend, "halted", False):
                raise RunStopped("the run was stopped")
            yield Result(
                instance_id=batch.instance_id, sample_id=one.sample_id, outcome=Outcome.PASSED, trust=batch.trust
            )


def hold(batch: Batch, graders: Graders) -> None:
    if batch.candidates[0].code == "hold":
        assert graders.go_on.wait(LONG_S)


def work(code: str, sample_id: str = "0") -> Work:
    return Work(
        instance_id="t/0",
        sample_id=sample_id,
        task=TASK,
        trust=Trust.ORACLE,
        conditions=CONDITIONS,
        key=f"key of {code}",
        candidate=Candidate(sample_id=sample_id, code=code),
    )


class Asked:
    def __init__(self, pool: Pool | ClusterPool, make: Callable[[], Work], group: str | None = None) -> None:
        self.answers: queue.SimpleQueue[Answer] = queue.SimpleQueue()
        self.ticket = Ticket(make, self.answers.put, group)
        self.pool = pool
        pool.submit(self.ticket)

    def answer(self) -> Answer:
        return self.answers.get(timeout=LONG_S)


def passed(asked: Asked) -> Result:
    answer = asked.answer()
    assert isinstance(answer, Result), answer
    assert answer.outcome is Outcome.PASSED
    return answer


@contextmanager
def pool_of(graders: Graders, count: int = 1) -> Iterator[Pool]:
    pool = Pool(count, FakeBackend(), graders)
    try:
        yield pool
    finally:
        graders.go_on.set()
        pool.close()


def test_levels_do_not_depend_on_what_comes_later() -> None:
    """An instance's first request of a session must prove as much as if many samples of it were known to come."""
    counts: list[int] = []
    with pool_of(Graders(lambda batch, _: counts.append(batch.samples))) as pool:
        passed(Asked(pool, lambda: work("first")))
    assert counts == [ASSUMED_SAMPLES]


def test_a_result_is_told_as_a_run_stores_it() -> None:
    """A request's result has the request's name, conditions and key, and boxscore's version."""
    with pool_of(Graders()) as pool:
        result = passed(Asked(pool, lambda: work("a", "mine")))

    assert (result.sample_id, result.conditions, result.key) == ("mine", CONDITIONS, "key of a")
    assert result.boxscore


def test_a_result_that_cannot_be_stored_is_told_to_who_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of ours on the way from verdict to record reaches the caller; nobody waits for good."""

    def broken(*_: object) -> Result:
        raise LookupError("a fault of ours")

    monkeypatch.setattr("boxscore.session.pool.own_result", broken)
    with pool_of(Graders()) as pool:
        answer = Asked(pool, lambda: work("a")).answer()

    assert isinstance(answer, LookupError)


def test_a_grader_stays_open_between_requests() -> None:
    """A worker opens one grader for all its requests, and closes it at the end."""
    graders = Graders()
    with pool_of(graders) as pool:
        for number in range(5):
            passed(Asked(pool, lambda number=number: work(str(number))))  # type: ignore[misc]
        assert (graders.opened, graders.closed) == (1, 0)

    assert (graders.opened, graders.closed) == (1, 1)


def test_waiting_requests_of_an_instance_are_graded_together() -> None:
    """Those of one group go into one batch, each with its own name; others stay alone."""
    graders = Graders(hold)
    with pool_of(graders) as pool:
        first = Asked(pool, lambda: work("hold"))
        assert graders.begun.wait(LONG_S)
        same = [Asked(pool, lambda n=n: work(f"same {n}"), "t/0") for n in range(3)]  # type: ignore[misc]
        other = Asked(pool, lambda: work("other"))
        assert (pool.waiting, pool.busy) == (4, 1)
        graders.go_on.set()
        results = [passed(one) for one in (first, *same, other)]

    assert graders.batches == [["hold"], ["same 0", "same 1", "same 2"], ["other"]]
    assert [one.key for one in results[1:4]] == [f"key of same {n}" for n in range(3)]
    assert {one.sample_id for one in results} == {"0"}


def test_whatever_callers_call_their_samples_each_gets_its_own_result() -> None:
    """A caller may choose the very name that a batch would make for another's sample."""
    graders = Graders(hold)
    with pool_of(graders) as pool:
        first = Asked(pool, lambda: work("hold"))
        assert graders.begun.wait(LONG_S)
        names = ("2:a", "a", "a", "3:1:a", "a")
        same = [Asked(pool, lambda n=n, name=name: work(f"same {n}", name), "t/0") for n, name in enumerate(names)]  # type: ignore[misc]
        graders.go_on.set()
        results = [passed(one) for one in (first, *same)][1:]

    assert [(one.sample_id, one.key) for one in results] == [(name, f"key of same {n}") for n, name in enumerate(names)]


def test_no_worker_takes_what_others_have_time_for() -> None:
    """A batch is no more than a worker's share of what waits, and never more than a bound."""
    graders = Graders(hold)
    with pool_of(graders) as pool:
        held = Asked(pool, lambda: work("hold"))
        assert graders.begun.wait(LONG_S)
        pool.count = 2  # as if there were another one
        many = [Asked(pool, lambda: work("x"), "t/0") for _ in range(40)]
        graders.go_on.set()
        for one in (held, *many):
            passed(one)

    assert [len(one) for one in graders.batches[1:4]] == [TOGETHER] * 3
    assert len(graders.batches[-1]) == 1


def test_a_request_that_waits_is_dropped_when_it_is_cancelled() -> None:
    """It is neither graded nor told."""
    graders = Graders(hold)
    with pool_of(graders) as pool:
        held = Asked(pool, lambda: work("hold"))
        assert graders.begun.wait(LONG_S)
        dropped, after = Asked(pool, lambda: work("dropped"), "t/0"), Asked(pool, lambda: work("after"), "t/0")
        pool.cancel(dropped.ticket)
        pool.cancel(dropped.ticket)
        assert pool.waiting == 1
        graders.go_on.set()
        passed(held)
        passed(after)

    assert graders.batches == [["hold"], ["after"]]
    assert dropped.answers.empty()


def test_a_request_at_work_loses_its_box_when_it_is_cancelled() -> None:
    """Its worker opens a new grader; those that were graded with it are graded again, and nobody is told of it."""
    second = threading.Event()

    def until_halted(batch: Batch, graders: Graders) -> None:
        if len(graders.batches) == 2:
            second.set()
            wait_until(lambda: backend_of(pool).halted)
        hold(batch, graders)

    graders = Graders(until_halted)
    with pool_of(graders) as pool:
        held = Asked(pool, lambda: work("hold"))
        assert graders.begun.wait(LONG_S)
        gone, stays = Asked(pool, lambda: work("gone"), "t/0"), Asked(pool, lambda: work("stays"), "t/0")
        graders.go_on.set()
        passed(held)
        assert second.wait(LONG_S)
        pool.cancel(gone.ticket)
        passed(stays)

    assert graders.batches == [["hold"], ["gone", "stays"], ["stays"]]
    assert gone.answers.empty()
    assert (graders.opened, graders.closed) == (2, 2)


def backend_of(pool: Pool) -> StoppableBackend:
    return pool._workers[0]._backend


def wait_until(condition: Callable[[], bool]) -> None:
    tick = threading.Event()
    for _ in range(int(LONG_S / 0.01)):
        if condition():
            return
        tick.wait(0.01)
    raise AssertionError("it does not come")


@pytest.mark.parametrize("error", [SandboxUnavailable("no box"), UsageError("wrong")])
def test_errors_that_no_sample_can_be_told_by_are_raised(error: Exception) -> None:
    """They come back as they are, and the worker goes on with a new grader."""

    def fail(_batch: Batch, graders: Graders) -> None:
        if len(graders.batches) == 1:
            raise error

    graders = Graders(fail)
    with pool_of(graders) as pool:
        assert Asked(pool, lambda: work("a")).answer() is error
        passed(Asked(pool, lambda: work("b")))

    assert graders.opened == 2


@pytest.mark.parametrize("error", [BoxLost("gone"), RuntimeError("a bug"), SystemExit("a plugin")])
def test_trouble_of_ours_is_internal(error: BaseException) -> None:
    """It is a result with a reason, no exception and no failure, and the worker goes on."""

    def fail(_batch: Batch, graders: Graders) -> None:
        if len(graders.batches) == 1:
            raise error

    with pool_of(Graders(fail)) as pool:
        answer = Asked(pool, lambda: work("a")).answer()
        passed(Asked(pool, lambda: work("b")))

    assert isinstance(answer, Result)
    assert (answer.outcome, str(error) in answer.reason) == (Outcome.INTERNAL, True)


def test_what_goes_wrong_before_any_box_is_told_to_its_caller_alone() -> None:
    """Another request of the same batch is graded."""

    def broken() -> Work:
        raise UsageError("no such thing")

    graders = Graders(hold)
    with pool_of(graders) as pool:
        held = Asked(pool, lambda: work("hold"))
        assert graders.begun.wait(LONG_S)
        bad, good = Asked(pool, broken, "t/0"), Asked(pool, lambda: work("good"), "t/0")
        graders.go_on.set()
        passed(held)
        passed(good)
        assert isinstance(bad.answer(), UsageError)


def test_closing_settles_what_waits_and_what_is_at_work() -> None:
    """All raise RunStopped, as does what comes later; nothing waits for ever."""

    def until_halted(_batch: Batch, graders: Graders) -> None:
        wait_until(lambda: graders.go_on.is_set() or backend_of(pool).halted)

    graders = Graders(until_halted)
    pool = Pool(1, FakeBackend(), graders)
    running = Asked(pool, lambda: work("running"))
    assert graders.begun.wait(LONG_S)
    waiting = Asked(pool, lambda: work("waiting"))

    pool.close()
    pool.close()

    assert isinstance(running.answer(), RunStopped)
    assert isinstance(waiting.answer(), RunStopped)
    with pytest.raises(RunStopped):
        Asked(pool, lambda: work("late"))
    assert (graders.opened, graders.closed) == (1, 1)
