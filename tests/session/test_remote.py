"""Requests on a cluster, with workers of this process in place of machines."""

from __future__ import annotations

import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

import boxscore
from boxscore.errors import RunStopped, SandboxUnavailable, UsageError
from boxscore.records import Outcome, Result, Trust
from boxscore.resources import how_to_install
from boxscore.run.executors.cluster import ClusterWorkers
from boxscore.session.remote import ClusterPool
from tests.run.executors.test_cluster import FakeCluster, Machine
from tests.session.test_pool import CONDITIONS, LONG_S, Asked, passed, wait_until, work

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def pool_on(cluster: FakeCluster) -> Iterator[ClusterPool]:
    pool = ClusterPool(2, ClusterWorkers(cluster), None)
    try:
        yield pool
    finally:
        pool.close()


def ask(pool: ClusterPool, code: str, sample_id: str = "0") -> Asked:
    return Asked(pool, lambda: work(code, sample_id))


def test_requests_are_graded_as_they_come_by_workers_that_stay() -> None:
    """Two names may be the same; each gets its own, and no grader opens again."""
    cluster = FakeCluster(a=Machine(), b=Machine())
    with pool_on(cluster) as pool:
        first = passed(ask(pool, "one", "mine"))
        results = [passed(one) for one in [ask(pool, f"code {n}", "mine") for n in range(20)]]
        passed(ask(pool, "last"))
        assert (pool.waiting, pool.busy) == (0, 0)

    assert (first.sample_id, first.key, bool(first.boxscore)) == ("mine", "key of one", True)
    assert [one.key for one in results] == [f"key of code {n}" for n in range(20)]
    assert {one.opened for one in cluster.machines.values()} == {1}
    assert {one.closed for one in cluster.machines.values()} == {1}


def test_a_machine_that_dies_costs_a_retry() -> None:
    """What it had in hand is graded by another one, and nobody is told of it."""
    held = threading.Event()

    def hold(_instance: str, _sample: str) -> None:
        held.set()
        assert cluster.machines["a"].abandoned.wait(LONG_S)

    cluster = FakeCluster(a=Machine(during=hold))
    with pool_on(cluster) as pool:
        asked = ask(pool, "x")
        assert held.wait(LONG_S)
        cluster.machines["b"] = Machine()
        cluster.machines["a"].up = False
        passed(asked)

    assert cluster.machines["b"].opened == 1


def test_a_cluster_that_cannot_grade_says_so_and_may_later() -> None:
    """Who waits gets SandboxUnavailable; once a machine is well the next request is graded."""
    sick = Machine(problem=SandboxUnavailable("no engine here"))
    with pool_on(FakeCluster(a=sick)) as pool:
        answer = ask(pool, "x").answer()
        sick.problem = None
        wait_until(lambda: not pool._thread.is_alive())
        passed(ask(pool, "y"))

    assert isinstance(answer, SandboxUnavailable)
    assert "no engine here" in str(answer)


def test_a_request_that_is_cancelled_is_told_to_nobody() -> None:
    """Be it in the queue or on a machine; and closing settles the others."""
    held, go_on = threading.Event(), threading.Event()

    def hold(_instance: str, _sample: str) -> None:
        held.set()
        assert go_on.wait(LONG_S)

    with pool_on(FakeCluster(a=Machine(during=hold))) as pool:
        gone = ask(pool, "gone")
        assert held.wait(LONG_S)
        pool.cancel(gone.ticket)
        go_on.set()
        passed(ask(pool, "next"))

    assert gone.answers.empty()
    with pytest.raises(RunStopped):
        ask(pool, "late")


def test_what_waits_when_it_is_closed_is_settled() -> None:
    """It raises RunStopped, or has its result: nothing waits for ever."""
    go_on = threading.Event()

    def hold(_instance: str, _sample: str) -> None:
        assert go_on.wait(LONG_S)

    with pool_on(FakeCluster(a=Machine(during=hold))) as pool:
        asked = [ask(pool, "x") for _ in range(3)]
        go_on.set()

    for one in asked:
        answer = one.answer()
        assert isinstance(answer, RunStopped) or (isinstance(answer, Result) and answer.outcome is Outcome.PASSED)


def test_code_that_needs_another_image_is_refused() -> None:
    """Workers of a cluster open boxes of one image."""
    with pool_on(FakeCluster(a=Machine())) as pool:
        pool._image = "other"
        answer = ask(pool, "x").answer()

    assert isinstance(answer, UsageError)


def test_ray_that_is_not_installed_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """With how to get it, before any box."""
    monkeypatch.setitem(__import__("sys").modules, "ray", None)
    grader = boxscore.SyncGrader("tiny", backend="local", workers=1, on="ray")

    with pytest.raises(boxscore.UsageError, match=re.escape(how_to_install("ray"))):
        grader.grade({"task_id": "tiny/spiral", "solution": ""})


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_session_on_ray(local_backend: boxscore.Backend) -> None:
    """The same verdicts as here, from actors of a real cluster."""
    pytest.importorskip("ray", reason="needs the extra `ray`")
    assert local_backend.name == "local"
    wrong = {"task_id": "tiny/merge-spans", "solution": "def merge_spans(spans): return []"}

    with boxscore.SyncGrader("tiny", backend="local", workers=2, on="ray") as grader:
        there = [grader.grade(wrong) for _ in range(3)]
        inline = grader.grade_tests("def f(x): return x + 1", "assert f(1) == 2")
    with boxscore.SyncGrader("tiny", backend="local", workers=1) as grader:
        here = grader.grade(wrong)

    assert {(one.outcome, one.key, one.conditions) for one in there} == {(here.outcome, here.key, here.conditions)}
    assert inline.outcome is Outcome.PASSED


def test_passes_below_what_is_rewarded_are_withheld() -> None:
    """Machines are told the level with their work, and each pass below it comes back as no reward."""
    least = replace(CONDITIONS, least_trust=Trust.ORACLE)
    with pool_on(FakeCluster(a=Machine())) as pool:
        oracle = passed(Asked(pool, lambda: replace(work("x"), conditions=least)))
        claim = Asked(pool, lambda: replace(work("y"), conditions=least, trust=Trust.CLAIM)).answer()

    assert oracle.conditions == least
    assert isinstance(claim, Result)
    assert (claim.outcome, claim.trust, claim.withheld) == (Outcome.INTERNAL, Trust.CLAIM, True)
