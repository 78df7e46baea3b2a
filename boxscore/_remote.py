"""Grading on the machines of a cluster: what the one who gives out work does. The cluster itself is behind a seam.

Workers are told of new work in the same exchange in which they tell results, one exchange at a time for each. What a
worker that dies had in hand goes to others; all results pass through the calling thread, the only writer.
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore._errors import SandboxUnavailable
from boxscore._ledger import Ledger
from boxscore._provenance import NodeRecord

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from boxscore._grading import Batch, GraderFactory
    from boxscore._interrupt import StopSignal
    from boxscore._ledger import Parcel
    from boxscore._records import Result
    from boxscore._remote_worker import About, Reply

_IN_HAND = 64  # samples: what a dead worker costs, and enough work for the time that an exchange takes
_WAIT_S = 0.1
_EXCHANGE_S = 0.25
_LEAVE_S, _HALTED_LEAVE_S = 40.0, 8.0
_RESTARTS = 3
_SLOW_START_S = 30.0


class Slot(Struct, frozen=True):
    """Room for one worker on a machine; `name` is the machine's for people, `number` counts on the machine."""

    node: str
    name: str
    number: int


class Lost(Struct, frozen=True):
    """A worker that died, or whose machine did."""

    reason: str


class Cluster(Protocol):
    """Machines that run workers. Not for two threads at once."""

    def slots(self) -> Sequence[Slot]:
        """Where workers can be, those of one machine apart from each other in turn."""

    def start(self, slot: Slot) -> int:
        """Start a worker there and give it a number that no other had; it may be up later, or turn out lost."""

    def exchange(self, worker: int, parcels: Sequence[Parcel], *, drain: bool, wait_s: float) -> None:
        """Send a worker its message; one is on its way at a time. See `RemoteWorker.exchange`."""

    def leave(self, worker: int) -> None:
        """Ask a worker to end its work and its boxes, whatever else it was asked. See `RemoteWorker.leave`."""

    def wait(self, timeout_s: float) -> Sequence[tuple[int, Reply | Lost]]:
        """Wait for replies, in the order in which they were asked of each worker; for lost workers once."""

    def end(self, worker: int) -> None:
        """Remove a worker; nothing is heard of it any more."""

    def alive(self, node: str) -> bool:
        """Whether a machine is still there."""


class RemoteWorkers:
    """A `Spread` over the machines of a cluster. `say` is told what users should know of machines."""

    def __init__(self, cluster: Cluster, *, say: Callable[[str], None]) -> None:
        self._cluster, self._say = cluster, say
        self._nodes: tuple[NodeRecord, ...] = ()

    def nodes(self) -> tuple[NodeRecord, ...]:
        """The machines that graded."""
        return self._nodes

    def run(
        self,
        batches: Iterable[Batch],
        open_grader: GraderFactory,
        on_results: Callable[[Sequence[Result]], None],
        stop: StopSignal,
        abandon: Callable[[], None],
    ) -> None:
        """See `Spread.run`; workers open graders of their own, as they were told, in place of `open_grader`."""
        del open_grader, abandon
        slots = self._cluster.slots()
        ledger = Ledger(batches, workers=len(slots))
        shift = _Shift(self._cluster, ledger, on_results, stop, self._say)
        try:
            shift.work(slots[: ledger.waiting_samples])
        except BaseException:
            shift.leave(hand_over=False)
            raise
        else:
            shift.leave()
        finally:
            self._nodes = shift.nodes()


class _Shift:
    """The workers of one run."""

    def __init__(
        self,
        cluster: Cluster,
        ledger: Ledger,
        on_results: Callable[[Sequence[Result]], None],
        stop: StopSignal,
        say: Callable[[str], None],
    ) -> None:
        self._cluster, self._ledger, self._on_results, self._stop, self._say = cluster, ledger, on_results, stop, say
        self._workers: dict[int, Slot] = {}
        self._about: dict[int, tuple[Slot, About]] = {}
        self._restarts: Counter[Slot] = Counter()
        self._troubles: dict[str, str] = {}  # of nodes, each told once

    def work(self, slots: Sequence[Slot]) -> None:
        """Give out work until all is done, or the stop signal says otherwise."""
        began, told = time.monotonic(), False
        for slot in slots:
            self._start(slot)
        while not (self._ledger.done or self._stop.halting()):
            if self._stop.draining() and not any(map(self._ledger.in_hand, self._workers)):
                return
            if not self._workers:
                reasons = "; ".join(f"{name}: {why}" for name, why in self._troubles.items())
                raise SandboxUnavailable(f"no machine of the cluster can grade: {reasons or 'it has no free cpu'}")
            for worker, reply in self._cluster.wait(_WAIT_S):
                self._hear(worker, reply)
            if not told and not self._about and time.monotonic() - began > _SLOW_START_S:
                told = True
                self._say("still waiting for the first worker; are the cluster's cpus taken by others?")

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

    def _ask(self, worker: int, parcels: Sequence[Parcel]) -> None:
        self._cluster.exchange(worker, parcels, drain=self._stop.draining(), wait_s=_EXCHANGE_S)

    def _hear(self, worker: int, reply: Reply | Lost) -> None:
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
        parcels = self._ledger.take(worker, self._share()) if ready and not self._stop.draining() else []
        self._ask(worker, parcels)

    def _share(self) -> int:
        """Samples to have in hand: less towards the end, so that nobody waits for the last one."""
        return max(1, min(_IN_HAND, self._ledger.waiting_samples // (2 * max(1, len(self._workers)))))

    def _lose(self, worker: int, lost: Lost) -> None:
        slot = self._workers.pop(worker)
        self._cluster.end(worker)
        self._deliver(self._ledger.lost(worker, lost.reason))
        self._restarts[slot] += 1
        again = self._cluster.alive(slot.node) and self._restarts[slot] <= _RESTARTS and not self._stop.draining()
        if again:
            self._say(f"a worker on {slot.name} died ({lost.reason}); another one takes its place")
            self._start(slot)
        else:
            self._trouble(slot, lost.reason, "is gone; others grade what it had in hand")

    def _leave_out(self, worker: int, reason: str) -> None:
        slot = self._workers.pop(worker)
        self._cluster.end(worker)
        self._ledger.give_back(worker)
        self._trouble(slot, reason, "is left out")

    def _trouble(self, slot: Slot, reason: str, what: str) -> None:
        if slot.name not in self._troubles:
            self._say(f"{slot.name} {what}: {reason}")
        self._troubles[slot.name] = reason

    def _deliver(self, results: Sequence[Result]) -> None:
        if results:
            self._on_results(results)
