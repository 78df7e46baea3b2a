"""Grading on the machines of a cluster: what the one who gives out work does. The cluster itself is behind a seam.

Workers are told of new work in the same exchange in which they tell results, one exchange at a time for each. What a
worker that dies had in hand goes to others; all results pass through the calling thread, the only writer. Machines
are looked for all the time: one that comes late joins, and one without a sandbox is tried again after a while.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.errors import SandboxUnavailable
from boxscore.log import event
from boxscore.provenance import NodeRecord
from boxscore.run.executors.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.interrupt import StopSignal
    from boxscore.records import Result
    from boxscore.run.executors.contract import Workload
    from boxscore.run.executors.ledger import WorkItem
    from boxscore.run.executors.worker import About, WorkerReport


REST_S, LONGEST_REST_S = 30.0, 900.0
RESTARTS = 3  # of a worker at once
RESTART_AGAIN_S, RESTART_AGAIN_RESULTS = 600.0, 500  # after so long, or so many results, one more


class Slot(Struct, frozen=True):
    """Room for one worker on a machine; `name` is the machine's for people, `number` counts on the machine."""

    node: str
    name: str
    number: int

    @property
    def place(self) -> tuple[str, int]:
        """What tells it from all others, whatever people call the machine by now."""
        return self.node, self.number


class _Rest(Struct):
    until: float
    times: int


class _Allowance(Struct):
    left: float
    at: float


class Staffing:
    """Remembers how machines and workers did. `clock` gives seconds that only grow."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._rests: dict[str, _Rest] = {}
        self._allowances: dict[tuple[str, int], _Allowance] = {}

    def may_start(self, slot: Slot) -> bool:
        """Whether a worker may be started there: its machine does not rest, and workers there do not keep dying."""
        rest = self._rests.get(slot.node)
        return (rest is None or rest.until <= self._clock()) and self._refilled(slot).left >= 1

    def sick(self, slot: Slot) -> float:
        """Leave a machine out, twice as long each time; return for how many seconds. Once for all of its workers."""
        now = self._clock()
        rest = self._rests.setdefault(slot.node, _Rest(until=now, times=0))
        if rest.until <= now:
            rest.until = now + min(LONGEST_REST_S, REST_S * 2**rest.times)
            rest.times += 1
        return rest.until - now

    def died(self, slot: Slot) -> None:
        """A worker there died, which uses up one of its restarts."""
        self._refilled(slot).left -= 1

    def worked(self, slot: Slot, results: int) -> bool:
        """A worker there gave so many results; return whether its machine had been left out until now."""
        allowance = self._refilled(slot)
        allowance.left = min(RESTARTS + 1.0, allowance.left + results / RESTART_AGAIN_RESULTS)
        rest = self._rests.get(slot.node)
        if not results or rest is None or rest.until > self._clock():
            return False
        del self._rests[slot.node]
        return True

    def _refilled(self, slot: Slot) -> _Allowance:
        """The starts that a slot has left: the first, and restarts that come back with time."""
        now = self._clock()
        allowance = self._allowances.setdefault(slot.place, _Allowance(left=RESTARTS + 1.0, at=now))
        allowance.left = min(RESTARTS + 1.0, allowance.left + (now - allowance.at) / RESTART_AGAIN_S)
        allowance.at = now
        return allowance


_IN_HAND = 64  # samples: what a dead worker costs, and enough work for the time that an exchange takes
_WAIT_S = 0.1
_EXCHANGE_S = 0.25
_LEAVE_S, _HALTED_LEAVE_S = 40.0, 8.0
_LOOK_S = 5.0  # how often machines are looked for
_PATIENCE_S = 600.0  # for a cluster that has worked and now has no machine that does
_SLOW_START_S = 30.0


class Lost(Struct, frozen=True):
    """A worker that died, or whose machine did."""

    reason: str


class Cluster(Protocol):
    """Machines that run workers. Not for two threads at once."""

    def slots(self) -> Sequence[Slot]:
        """Where workers can be, those of one machine apart from each other in turn."""

    def start(self, slot: Slot) -> int:
        """Start a worker there and give it a number that no other had; it may be up later, or turn out lost."""

    def exchange(self, worker: int, items: Sequence[WorkItem], *, drain: bool, wait_s: float) -> None:
        """Send a worker its message; one is on its way at a time. See `RemoteWorker.exchange`."""

    def leave(self, worker: int) -> None:
        """Ask a worker to end its work and its boxes, whatever else it was asked. See `RemoteWorker.leave`."""

    def wait(self, timeout_s: float) -> Sequence[tuple[int, WorkerReport | Lost]]:
        """Wait for replies, in the order in which they were asked of each worker; for lost workers once."""

    def end(self, worker: int) -> None:
        """Remove a worker; nothing is heard of it any more."""

    def alive(self, node: str) -> bool:
        """Whether a machine is still there."""


class RemoteWorkers:
    """An `Executor` over the machines of a cluster. `say` is told what users should know of machines."""

    def __init__(
        self,
        cluster: Cluster,
        *,
        say: Callable[[str], None],
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster, self._say, self._clock, self._sleep = cluster, say, clock, sleep
        self._nodes: tuple[NodeRecord, ...] = ()

    def nodes(self) -> tuple[NodeRecord, ...]:
        """The machines that graded."""
        return self._nodes

    def run(self, work: Workload, ledger: Ledger | None = None) -> None:
        """See `Executor.run`; workers open graders of their own, as they were told, in place of `work.open_grader`.

        A `ledger` gives the work in place of the batches.
        """
        ledger = ledger or Ledger(work.batches, workers=len(self._cluster.slots()))
        pool = _RemotePool(
            self._cluster, ledger, work.on_results, work.stop, self._say, clock=self._clock, sleep=self._sleep
        )
        try:
            pool.work()
        except BaseException:
            pool.leave(hand_over=False)
            raise
        else:
            pool.leave()
        finally:
            self._nodes = pool.nodes()


class _RemotePool:
    """The workers of one run."""

    def __init__(  # noqa: PLR0913 - what the workers of a run share
        self,
        cluster: Cluster,
        ledger: Ledger,
        on_results: Callable[[Sequence[Result]], None],
        stop: StopSignal,
        say: Callable[[str], None],
        *,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self._cluster, self._ledger, self._on_results, self._stop, self._say = cluster, ledger, on_results, stop, say
        self._clock, self._sleep = clock, sleep
        self._staffing = Staffing(clock)
        self._look_at = self._idle_since = clock()
        self._nodes_known: set[str] = set()
        self._workers: dict[int, Slot] = {}
        self._about: dict[int, tuple[Slot, About]] = {}
        self._problems: dict[str, str] = {}  # of nodes, each told once

    def work(self) -> None:
        """Give out work until all is done, or the stop signal says otherwise."""
        began, announced = self._clock(), False
        while not (self._ledger.done or self._stop.halting()):
            if self._stop.draining() and not any(map(self._ledger.in_hand, self._workers)):
                return
            if self._clock() >= self._look_at and not self._stop.draining():
                self._staff()
            if not self._workers:
                self._idle()
                continue
            self._idle_since = self._clock()
            for worker, reply in self._cluster.wait(_WAIT_S):
                self._hear(worker, reply)
            if not announced and not self._about and self._clock() - began > _SLOW_START_S:
                announced = True
                self._say("still waiting for the first worker; are the cluster's cpus taken by others?")

    def _staff(self) -> None:
        """Start workers where there is room for some, on machines that are new or have rested too."""
        self._look_at = self._clock() + _LOOK_S
        slots = self._cluster.slots()
        taken = {slot.place for slot in self._workers.values()}
        free = [slot for slot in slots if slot.place not in taken and self._staffing.may_start(slot)]
        late = bool(self._nodes_known)
        for slot in free[: max(0, min(len(slots) - len(taken), self._ledger.workers_wanted))]:
            if late and slot.node not in self._nodes_known:
                self._say(f"{slot.name} joins")
            if slot.node not in self._nodes_known:
                event("node_joined", node=slot.name, late=late)
            self._nodes_known.add(slot.node)
            self._start(slot)

    def _idle(self) -> None:
        """Wait for a machine where there is none. Raises SandboxUnavailable if none ever worked, or not for long."""
        if not self._about or self._clock() - self._idle_since > _PATIENCE_S:
            reasons = "; ".join(f"{name}: {why}" for name, why in self._problems.items())
            raise SandboxUnavailable(f"no machine of the cluster can grade: {reasons or 'it has no free cpu'}")
        self._sleep(_WAIT_S)

    def leave(self, *, hand_over: bool = True) -> None:
        """End all workers and their boxes, in bounded time; hand over what they knew."""
        for worker in set(self._workers) - set(self._about):
            self._cluster.end(worker)  # has no box yet, and may be on its way to a machine that is gone
            del self._workers[worker]
        leaving = set(self._workers)
        for worker in leaving:
            self._cluster.leave(worker)
        until = time.monotonic() + (_HALTED_LEAVE_S if self._stop.halting() else _LEAVE_S)
        left: set[int] = set()
        try:
            while leaving - left and time.monotonic() < until:
                for worker, reply in self._cluster.wait(_WAIT_S):
                    if isinstance(reply, Lost):
                        left.add(worker)
                        continue
                    if reply.about is not None:
                        self._about[worker] = self._workers[worker], reply.about
                    if hand_over:
                        self._deliver(self._ledger.accept(worker, reply.answers))
                    if reply.left:
                        left.add(worker)
        finally:
            for worker in leaving:
                self._cluster.end(worker)
            self._workers.clear()

    def nodes(self) -> tuple[NodeRecord, ...]:
        """The machines whose workers were ready at any time."""
        known = {slot.node: (slot.name, about) for slot, about in self._about.values()}
        workers = Counter({slot.node: 0 for slot, _ in self._about.values()})
        workers.update(slot.node for slot in {slot for slot, _ in self._about.values()})
        return tuple(
            NodeRecord(host=about.host, workers=workers[node], image_digest=about.image_digest, engine=about.engine)
            for node, (_, about) in sorted(known.items(), key=lambda one: one[1][0])
        )

    def _start(self, slot: Slot) -> None:
        worker = self._cluster.start(slot)
        self._workers[worker] = slot
        self._ask(worker, [])

    def _ask(self, worker: int, items: Sequence[WorkItem]) -> None:
        wait_s = _EXCHANGE_S if self._ledger.in_hand(worker) else self._ledger.idle_s
        self._cluster.exchange(worker, items, drain=self._stop.draining(), wait_s=wait_s)

    def _hear(self, worker: int, reply: WorkerReport | Lost) -> None:
        if isinstance(reply, Lost):
            self._lose(worker, reply)
            return
        self._deliver(self._ledger.accept(worker, reply.answers))
        if reply.failed is not None:
            raise RuntimeError(f"a worker on {self._workers[worker].name} failed:\n{reply.failed}")
        if reply.unavailable is not None:
            self._leave_out(worker, reply.unavailable)
            return
        ready = reply.about is not None
        if reply.about is not None:
            self._about[worker] = self._workers[worker], reply.about
            self._worked(self._workers[worker], sum(len(one.results) for one in reply.answers))
        items = self._ledger.take(worker, self._share()) if ready and not self._stop.draining() else []
        self._ask(worker, items)

    def _share(self) -> int:
        """Samples to have in hand: less towards the end, so that nobody waits for the last one."""
        return max(1, min(_IN_HAND, self._ledger.waiting_samples // (2 * max(1, len(self._workers)))))

    def _lose(self, worker: int, lost: Lost) -> None:
        slot = self._workers.pop(worker)
        self._cluster.end(worker)
        self._deliver(self._ledger.lost(worker, lost.reason))
        self._staffing.died(slot)
        alive = self._cluster.alive(slot.node)
        if alive and self._staffing.may_start(slot) and not self._stop.draining():
            self._say(f"a worker on {slot.name} died ({lost.reason}); another one takes its place")
            event("worker_lost", logging.WARNING, shown=True, node=slot.name, reason=lost.reason)
            self._start(slot)
        elif alive:
            event("worker_lost", logging.WARNING, shown=True, node=slot.name, reason=lost.reason)
            self._report_problem(slot, lost.reason, "loses its workers too often and gets them more slowly")
        else:
            event("node_left", logging.WARNING, shown=True, node=slot.name, reason=lost.reason)
            self._report_problem(slot, lost.reason, "is gone; others grade what it had in hand")

    def _leave_out(self, worker: int, reason: str) -> None:
        slot = self._workers.pop(worker)
        self._cluster.end(worker)
        self._ledger.give_back(worker)
        rest_s = self._staffing.sick(slot)
        event("node_left_out", logging.WARNING, shown=True, node=slot.name, reason=reason, rest_s=rest_s)
        self._report_problem(slot, reason, f"is left out for {rest_s:.0f} s")

    def _report_problem(self, slot: Slot, reason: str, what: str) -> None:
        """Say what is wrong with a machine, once while it is the same."""
        if self._problems.get(slot.name) != reason:
            self._say(f"{slot.name} {what}: {reason}")
        self._problems[slot.name] = reason

    def _worked(self, slot: Slot, results: int) -> None:
        if self._staffing.worked(slot, results):
            self._say(f"{slot.name} is back")
            event("node_joined", node=slot.name, late=True)
        if results:
            self._problems.pop(slot.name, None)

    def _deliver(self, results: Sequence[Result]) -> None:
        if results:
            self._on_results(results)
