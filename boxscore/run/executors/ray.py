"""`--on ray`: workers are Ray actors, one for each cpu of each machine. Ray is imported only when asked for."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import msgspec

from boxscore.errors import SandboxUnavailable, UsageError
from boxscore.models.secrets import without_keys_in_environment
from boxscore.resources import how_to_install
from boxscore.run.executors.cluster import ClusterWorkers, Lost, Slot
from boxscore.run.executors.worker import RemoteWorker, WorkerReport, open_on_node
from boxscore.stray_prints import prints_to_stderr

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from boxscore.provenance import NodeRecord
    from boxscore.run.executors.cluster import Ledger
    from boxscore.run.executors.contract import GraderSettings, Workload
    from boxscore.run.executors.worker import WorkItem

_REASON_CHARS = 300
_TRIES = 3
_OBJECT_STORE_BYTES = 80 << 20  # what travels is small; Ray's own default is a third of the machine's memory


class RayWorkers:
    """An `Executor` over a Ray cluster, which is joined when there is work and left afterwards.

    `address` None joins the cluster that runs on this machine, or else starts one of this machine alone; any other
    goes to `ray.init`. `workers` bounds the workers of all machines together; None is one for each cpu.
    """

    def __init__(self, address: str | None, workers: int | None, *, settings: GraderSettings) -> None:
        _ray()
        self._address, self._workers, self._settings = address, workers, settings
        self._nodes: tuple[NodeRecord, ...] = ()

    def nodes(self) -> tuple[NodeRecord, ...]:
        """The machines that graded."""
        return self._nodes

    def run(self, work: Workload, ledger: Ledger | None = None) -> None:
        """See `Executor.run`; a `ledger` gives the work in place of the batches."""
        with joined(self._address) as ray:
            workers = ClusterWorkers(RayCluster(ray, self._settings, workers=self._workers))
            try:
                workers.run(work, ledger)
            finally:
                self._nodes = workers.nodes()


class RayWorker:
    """The actor: a `RemoteWorker` whose replies travel as bytes that are decoded, not unpickled."""

    def __init__(self, settings: GraderSettings) -> None:
        self._worker = RemoteWorker(lambda: open_on_node(settings))

    def exchange(self, items: Sequence[WorkItem], *, drain: bool, wait_s: float) -> bytes:
        """See `RemoteWorker.exchange`."""
        return msgspec.msgpack.encode(self._worker.exchange(items, drain=drain, wait_s=wait_s))

    def leave(self) -> bytes:
        """See `RemoteWorker.leave`."""
        return msgspec.msgpack.encode(self._worker.leave())


class RayCluster:
    """See `boxscore.run.executors.cluster.Cluster`."""

    def __init__(self, ray: Any, settings: GraderSettings, *, workers: int | None) -> None:
        self._ray, self._settings, self._workers = ray, settings, workers
        self._actors: dict[int, Any] = {}
        self._refs: dict[Any, int] = {}
        self._started = 0

    def slots(self) -> Sequence[Slot]:
        """See `Cluster.slots`."""
        by_node = [
            [Slot(one["NodeID"], _name(one), number) for number in range(int(cpus))]
            for one in self._ray.nodes()
            if one["Alive"] and (cpus := one["Resources"].get("CPU", 0)) >= 1
        ]
        return sorted((slot for slots in by_node for slot in slots), key=lambda slot: slot.number)[: self._workers]

    def start(self, slot: Slot) -> int:
        """See `Cluster.start`."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy  # noqa: PLC0415 - slow to import

        self._started += 1
        actor = self._ray.remote(RayWorker).options(
            num_cpus=1,
            max_restarts=0,
            max_task_retries=0,
            scheduling_strategy=NodeAffinitySchedulingStrategy(slot.node, soft=False),
        )
        self._actors[self._started] = actor.remote(self._settings)
        return self._started

    def exchange(self, worker: int, items: Sequence[WorkItem], *, drain: bool, wait_s: float) -> None:
        """See `Cluster.exchange`."""
        self._refs[self._actors[worker].exchange.remote(items, drain=drain, wait_s=wait_s)] = worker

    def leave(self, worker: int) -> None:
        """See `Cluster.leave`."""
        self._refs[self._actors[worker].leave.remote()] = worker

    def wait(self, timeout_s: float) -> Sequence[tuple[int, WorkerReport | Lost]]:
        """See `Cluster.wait`."""
        if not self._refs:
            return ()
        ready, _ = self._ray.wait(list(self._refs), num_returns=1, timeout=timeout_s)
        if ready:
            ready, _ = self._ray.wait(list(self._refs), num_returns=len(self._refs), timeout=0)
        arrived = set(ready)
        return [
            (worker, self._got(ref, worker))
            for ref, worker in list(self._refs.items())
            if ref in arrived & set(self._refs)
        ]

    def end(self, worker: int) -> None:
        """See `Cluster.end`."""
        self._forget(worker)
        actor = self._actors.pop(worker, None)
        if actor is not None:
            with suppress(self._ray.exceptions.RayError, ValueError):  # dead already
                self._ray.kill(actor, no_restart=True)

    def _got(self, ref: Any, worker: int) -> WorkerReport | Lost:
        errors = self._ray.exceptions
        self._refs.pop(ref)
        try:
            return msgspec.msgpack.decode(self._ray.get(ref), type=WorkerReport)
        except errors.RayTaskError:
            raise  # a mistake of ours in the actor's code
        except errors.RayError as error:
            self._forget(worker)
            return Lost(_reason(error))

    def _forget(self, worker: int) -> None:
        for ref in [ref for ref, owner in self._refs.items() if owner == worker]:
            del self._refs[ref]


def address_of(on: str) -> str | None:
    """Read `ray`, `ray://` (both None: this machine's cluster) or `ray://HOST:PORT`. Raises UsageError for others."""
    if on in ("ray", "ray://"):
        return None
    if on.startswith("ray://"):
        return on
    raise UsageError(f"{on!r} is not a valid value for --on; use local, ray or ray://HOST:10001")


def _ray() -> Any:
    # Ray reports its use to its makers unless told otherwise, and sets devices that nobody asked for.
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        import ray  # noqa: PLC0415 - heavy, and an extra
    except ImportError as error:
        raise UsageError(f"--on ray needs Ray: {how_to_install('ray')}") from error
    return ray


@contextmanager
def joined(address: str | None) -> Iterator[Any]:
    """Join a cluster, or stay in the one that this process has joined itself."""
    ray = _ray()
    if ray.is_initialized():
        yield ray
        return
    with _own_handlers():
        _join(ray, address)
    try:
        yield ray
    finally:
        with _own_handlers(), prints_to_stderr():
            ray.shutdown()


def _join(ray: Any, address: str | None) -> None:
    quiet = {"log_to_driver": False, "logging_level": "ERROR"}
    try:
        if address is not None:
            _join_at(ray, address, **quiet)
            return
        try:
            ray.init(address="auto", **quiet)
        except ConnectionError:
            with without_keys_in_environment(but="RAY_"):  # what grades, and agents, need none; they would inherit them
                ray.init(address="local", include_dashboard=False, object_store_memory=_OBJECT_STORE_BYTES, **quiet)
    except (ConnectionError, ray.exceptions.RayError, RuntimeError, TimeoutError) as error:
        where = f"the Ray cluster at {address}" if address else "a Ray cluster on this machine"
        raise SandboxUnavailable(f"{where} cannot be joined: {_reason(error)}") from error


def _join_at(ray: Any, address: str, **options: object) -> None:
    """Join at an address; a client server forks a process for each client, which may die before it has begun."""
    for tries_left in reversed(range(_TRIES)):
        try:
            ray.init(address=address, **options)
        except ConnectionAbortedError:
            if tries_left == 0:
                raise
        else:
            return


@contextmanager
def _own_handlers() -> Iterator[None]:
    """Keep our signal handlers: Ray puts one of its own for SIGTERM."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _name(node: Any) -> str:
    """A node for people: several may share a machine."""
    return f"{node['NodeManagerHostname']} ({node['NodeID'][:6]})"


def _reason(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    reason = next((line for line in reversed(lines) if "Error: " in line), lines[0] if lines else type(error).__name__)
    return reason[:_REASON_CHARS]
