"""Grading on a real Ray cluster of two nodes on this machine."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore._backends import open_backend
from boxscore._errors import SandboxUnavailable, UsageError
from boxscore._interrupt import Stop
from boxscore._ray import RayWorkers, address_of
from boxscore._request import Request, load_benchmark, prepare
from boxscore._run import run_job
from boxscore._samples import read_samples
from boxscore._store import read_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from boxscore._progress import Progress
    from boxscore._records import Outcome, Result, Sample
    from boxscore._run import Finished

COPIES = 12  # of each recorded sample, so that a run is long enough to kill a node in its middle


class Watcher:
    """Progress that calls `act` once, when `after` results have been stored."""

    def __init__(self, after: int, act: Callable[[], None]) -> None:
        self._left, self._act = after, act

    def add(self, results: Sequence[Result]) -> None:
        """Count results."""
        before, self._left = self._left, self._left - len(results)
        if before > 0 >= self._left:
            self._act()

    def note(self, text: str) -> None:
        """Ignore a notice."""


@contextmanager
def showing(watcher: Progress) -> Iterator[Progress]:
    """Show progress with a watcher."""
    yield watcher


@pytest.fixture(scope="module", params=[pytest.param("local", marks=pytest.mark.bubblewrap)])
def backend(request: pytest.FixtureRequest) -> str:
    """The name of a backend; skips where it does not work."""
    name: str = request.param
    try:
        open_backend(name).check()
    except SandboxUnavailable as error:
        pytest.skip(f"no {name} sandbox here: {error}")
    return name


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A cluster of two nodes with one cpu each, both on this machine; it is this process's own."""
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'boxscore[ray]'")
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"):
        monkeypatch.setenv(name, "0")
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - an extra

    small = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
    one = Cluster(initialize_head=True, head_node_args=small)
    try:
        one.add_node(num_cpus=1, object_store_memory=80 << 20)
        one.wait_for_nodes()
        yield one
    finally:
        one.shutdown()  # type: ignore[no-untyped-call,unused-ignore]


def graded(  # noqa: PLR0913 - options, by keyword
    folder: Path,
    backend: str,
    samples: list[Sample],
    *,
    address: str | None = None,
    watcher: Watcher | None = None,
    said: list[str] | None = None,
    stop: Stop | None = None,
) -> Finished:
    """Grade samples of `tiny`, on a cluster where an address is given."""
    request = Request(benchmark="tiny", backend=backend, out=folder, workers=None if address else 2)
    job = prepare(request, load_benchmark(request), samples)
    spread = None
    if address is not None:
        say = (said if said is not None else []).append
        spread = RayWorkers(address, None, settings=job.settings, say=say)
    shown = watcher or Watcher(0, lambda: None)
    return run_job(job, stop=stop or Stop(), spread=spread, show=lambda _: showing(shown))


def recorded() -> list[Sample]:
    """The samples that ship with `tiny`."""
    benchmark = load_benchmark(Request(benchmark="tiny"))
    known = {one.instance_id for one in benchmark.every}
    return list(read_samples((benchmark.data.path.with_name("samples.jsonl"),), known))


def copies(samples: list[Sample]) -> list[Sample]:
    """Each sample several times under names of its own."""
    return [
        msgspec.structs.replace(one, sample_id=f"{one.sample_id}#{copy}") for copy in range(COPIES) for one in samples
    ]


def verdicts(folder: Path) -> dict[tuple[str, str], tuple[Outcome, str]]:
    """Outcome and key of each result of a run."""
    results = read_run(folder)[2]
    return {name: (one.outcome, one.key) for name, one in results.items()}


def lines(folder: Path) -> int:
    """Lines of the results file: one for each result that was ever stored."""
    return len((folder / "results.jsonl").read_text(encoding="utf-8").splitlines())


@pytest.mark.slow
def test_two_nodes_give_the_verdicts_of_one_machine(cluster: Any, backend: str, tmp_path: Path) -> None:
    """Every sample ends on the cluster as it does here, and provenance names both nodes."""
    samples = recorded()

    here = graded(tmp_path / "here", backend, samples)
    there = graded(tmp_path / "there", backend, samples, address=cluster.address)

    assert verdicts(tmp_path / "there") == verdicts(tmp_path / "here")
    assert lines(tmp_path / "there") == len(samples)
    assert there.report.pass_at_k == here.report.pass_at_k
    assert [one.workers for one in there.graded.record.provenance.nodes] == [1, 1]
    assert there.graded.record.provenance.layers == here.graded.record.provenance.layers


@pytest.mark.slow
def test_a_node_killed_in_mid_run_loses_and_doubles_nothing(cluster: Any, backend: str, tmp_path: Path) -> None:
    """What the dead node had in hand is graded by the other one; each sample has one result."""
    samples = copies([one for one in recorded() if one.sample_id in ("gold", "chat")])
    said: list[str] = []
    dying = next(one for one in cluster.worker_nodes)
    watcher = Watcher(len(samples) // 3, lambda: dying.kill_raylet(check_alive=False))

    finished = graded(tmp_path, backend, samples, address=cluster.address, watcher=watcher, said=said)

    assert finished.graded.missing == 0
    assert lines(tmp_path) == len(samples) == len(verdicts(tmp_path))
    assert not any(one.outcome == "internal" for one in finished.graded.results)
    assert "is gone" in said[-1] or "died" in said[-1]


@pytest.mark.slow
def test_an_interrupted_run_goes_on(cluster: Any, backend: str, tmp_path: Path) -> None:
    """After an interrupt the rest is left, and the same run again grades just that."""
    samples, stop = copies([one for one in recorded() if one.sample_id == "gold"]), Stop()

    first = graded(tmp_path, backend, samples, address=cluster.address, watcher=Watcher(5, stop.drain), stop=stop)
    second = graded(tmp_path, backend, samples, address=cluster.address)

    assert 0 < first.graded.missing < len(samples)
    assert second.graded.missing == 0
    assert second.graded.reused == len(samples) - first.graded.missing
    assert lines(tmp_path) == len(samples)


@pytest.mark.parametrize(("on", "address"), [("ray", None), ("ray://", None), ("ray://head:10001", "ray://head:10001")])
def test_where_to_run(on: str, address: str | None) -> None:
    """`--on` takes a cluster that is here, or an address."""
    assert address_of(on) == address


@pytest.mark.parametrize("on", ["", "ra", "rays", "spark://head", "ray:head"])
def test_nowhere_to_run(on: str) -> None:
    """Another place is refused, with the ones there are."""
    with pytest.raises(UsageError, match="local, ray or ray://"):
        address_of(on)


def test_ray_is_not_imported_unless_asked_for() -> None:
    """The command line and a run on this machine do without Ray."""
    code = "import sys, boxscore._cli, boxscore._commands._grade, boxscore._ray; sys.exit('ray' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ)).returncode == 0


def test_without_ray_the_call_is_refused() -> None:
    """Whoever asks for a cluster without Ray is told what to install."""
    code = (
        "import sys; sys.modules['ray'] = None\n"
        "from boxscore._cli import main\n"
        "main(['grade', 'tiny', '--gold', '--on', 'ray', '--out', '/dev/null/none'])"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert done.returncode == 2
    assert "pip install 'boxscore[ray]'" in done.stderr
