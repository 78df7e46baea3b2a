"""Grading on a real Ray cluster of two nodes on this machine."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from boxscore.boxes.registry import open_backend
from boxscore.data.samples import read_samples
from boxscore.errors import ImageMissing, SandboxUnavailable, UsageError
from boxscore.images.environments import reference
from boxscore.interrupt import Stop
from boxscore.resources import how_to_install
from boxscore.run.executors.ray import RayWorkers, address_of
from boxscore.run.prepare import load_benchmark, prepare
from boxscore.run.request import Request
from boxscore.run.run import run_job
from boxscore.run.store import read_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from boxscore.records import Outcome, Result, Sample
    from boxscore.run.progress import Progress
    from boxscore.run.run import FinishedRun

COPIES = 12  # of each recorded sample, so that a run is long enough to kill a node in its middle


class Watcher:
    def __init__(self, after: int, act: Callable[[], None]) -> None:
        self._left, self._act = after, act
        self.acted = False

    def add(self, results: Sequence[Result]) -> None:
        self._left -= len(results)
        if self._left <= 0 and not self.acted:
            self.acted = True
            self._act()

    def note(self, text: str) -> None:
        """Ignore a notice."""


@contextmanager
def showing(watcher: Progress) -> Iterator[Progress]:
    yield watcher


@pytest.fixture(
    scope="module",
    params=[pytest.param("local", marks=pytest.mark.bubblewrap), pytest.param("docker", marks=pytest.mark.docker)],
)
def backend(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    try:
        chosen = open_backend(name)
        chosen.check()
        if name == "docker":
            chosen.image_digest(reference("python"))
    except (SandboxUnavailable, ImageMissing) as error:
        pytest.skip(f"no {name} sandbox here: {error}")
    return name


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port


@contextmanager
def two_nodes(**head: Any) -> Iterator[Any]:
    pytest.importorskip("ray", reason="Ray is not installed: pip install 'boxscore[ray]'")
    from ray.cluster_utils import Cluster  # noqa: PLC0415 - an extra

    small = {"num_cpus": 1, "object_store_memory": 80 << 20, "include_dashboard": False}
    one = Cluster(initialize_head=True, head_node_args={**small, **head})
    try:
        one.add_node(num_cpus=1, object_store_memory=80 << 20)
        one.wait_for_nodes()
        yield one
    finally:
        one.shutdown()  # type: ignore[no-untyped-call,unused-ignore]


@pytest.fixture
def quiet_ray(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RAY_USAGE_STATS_ENABLED", "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO"):
        monkeypatch.setenv(name, "0")
    monkeypatch.setenv("RAY_agent_register_timeout_ms", "300000")  # a node of a busy machine gives itself up else


@pytest.fixture
def cluster(quiet_ray: None) -> Iterator[Any]:
    with two_nodes() as one:
        yield one


@pytest.fixture
def client(quiet_ray: None) -> Iterator[str]:
    port = free_port()
    with two_nodes(ray_client_server_port=port):
        yield f"ray://127.0.0.1:{port}"


def graded(  # noqa: PLR0913 - options, by keyword
    folder: Path,
    backend: str,
    samples: list[Sample],
    *,
    address: str | None = None,
    watcher: Watcher | None = None,
    stop: Stop | None = None,
    reuse: bool = False,
) -> FinishedRun:
    request = Request(benchmark="tiny", backend=backend, out=folder, workers=None if address else 2, reuse=reuse)
    job = prepare(request, load_benchmark(request), samples)
    executor = None
    if address is not None:
        executor = RayWorkers(address, None, settings=job.settings)
    shown = watcher or Watcher(0, lambda: None)
    return run_job(job, stop=stop or Stop(), executor=executor, show=lambda _: showing(shown))


def recorded() -> list[Sample]:
    benchmark = load_benchmark(Request(benchmark="tiny"))
    known = {one.instance_id for one in benchmark.every}
    return list(read_samples((benchmark.data.path.with_name("samples.jsonl"),), known))


def copies(samples: list[Sample]) -> list[Sample]:
    return [
        msgspec.structs.replace(one, sample_id=f"{one.sample_id}#{copy}") for copy in range(COPIES) for one in samples
    ]


def verdicts(folder: Path) -> dict[tuple[str, str], tuple[Outcome, str]]:
    results = read_run(folder)[2]
    return {name: (one.outcome, one.key) for name, one in results.items()}


def told(folder: Path) -> bytes:
    report = msgspec.json.decode((folder / "report.json").read_bytes(), type=dict[str, msgspec.Raw])
    other = ("run_id", "provenance", "timing", "slowest", "started", "wall_s")
    return msgspec.json.encode({name: part for name, part in report.items() if name not in other})


def lines(folder: Path) -> int:
    return len((folder / "results.jsonl").read_text(encoding="utf-8").splitlines())


@pytest.mark.slow
def test_two_nodes_give_the_verdicts_of_one_machine(cluster: Any, backend: str, tmp_path: Path) -> None:
    """Every sample ends on the cluster as it does here, and provenance names both nodes."""
    samples = recorded()

    graded(tmp_path / "here", backend, samples)
    there = graded(tmp_path / "there", backend, samples, address=cluster.address)
    shared = graded(tmp_path / "shared", backend, copies(samples), address=cluster.address, reuse=True)

    assert verdicts(tmp_path / "there") == verdicts(tmp_path / "here")
    assert lines(tmp_path / "there") == len(samples)
    assert told(tmp_path / "there") == told(tmp_path / "here")
    assert lines(tmp_path / "shared") == len(copies(samples))
    assert shared.report.copied_samples > (COPIES - 2) * len(samples)
    assert [one.workers for one in there.graded.record.provenance.nodes] == [1, 1]


@pytest.mark.slow
def test_a_node_killed_in_mid_run_loses_and_doubles_nothing(
    cluster: Any, backend: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What the dead node had in hand is graded by the other one; each sample has one result."""
    samples = copies([one for one in recorded() if one.sample_id in ("gold", "chat")])
    dying = next(one for one in cluster.worker_nodes)
    watcher = Watcher(len(samples) // 4, lambda: dying.kill_raylet(check_alive=False))
    finished = graded(tmp_path, backend, samples, address=cluster.address, watcher=watcher)

    assert finished.graded.missing == 0
    assert lines(tmp_path) == len(samples) == len(verdicts(tmp_path))
    assert not any(one.outcome == "internal" for one in finished.graded.results)
    assert "lost a worker" in caplog.text or "worker_lost" in caplog.text


@pytest.mark.slow
@pytest.mark.bubblewrap
def test_a_node_that_comes_in_mid_run_grades(cluster: Any, tmp_path: Path) -> None:
    """A node that joins the cluster late gets work of the run that goes on."""
    slow = "\nimport time\ntime.sleep(0.3)\n"  # so that the run is longer than a node takes to start
    samples = [
        msgspec.structs.replace(one, text=f"{one.text}{slow}# {number}\n")
        for number, one in enumerate(copies(copies([one for one in recorded() if one.sample_id == "gold"][:3])))
    ]

    def add() -> None:
        cluster.add_node(num_cpus=1, object_store_memory=80 << 20)

    watcher = Watcher(10, add)
    finished = graded(tmp_path, "local", samples, address=cluster.address, watcher=watcher)

    assert finished.graded.missing == 0
    assert [one.workers for one in finished.graded.record.provenance.nodes] == [1, 1, 1]


@pytest.mark.slow
def test_a_dying_node_leaves_standard_output_to_the_report(cluster: Any, backend: str, tmp_path: Path) -> None:
    """With `--json` nothing else is printed there, whatever happens on the cluster."""
    rows = copies([one for one in recorded() if one.sample_id in ("gold", "chat")])
    given, out = tmp_path / "given.jsonl", tmp_path / "run"
    given.write_bytes(msgspec.json.Encoder().encode_lines(rows))
    words = [sys.executable, "-m", "boxscore", "grade", "tiny", "-p", str(given), "--backend", backend, "--no-reuse"]
    words += ["--on", "ray", "--json", "--out", str(out)]
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=os.environ | {"RAY_ADDRESS": cluster.address}
    ) as process:
        while process.poll() is None and not ((out / "results.jsonl").exists() and lines(out) > len(rows) // 4):
            time.sleep(0.02)
        next(iter(cluster.worker_nodes)).kill_raylet(check_alive=False)
        printed, messages = process.communicate(timeout=300)

    assert process.returncode == 0, messages.decode()
    assert msgspec.json.decode(printed)["samples"] == len(rows) == lines(out)
    assert b"lost a worker" in messages


@pytest.mark.slow
@pytest.mark.bubblewrap
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # Ray leaves its server's logs open
def test_through_the_client_server(client: str, tmp_path: Path) -> None:
    """`ray://HOST:PORT` grades as well as the cluster's own address does."""
    samples = recorded()

    graded(tmp_path / "here", "local", samples)
    graded(tmp_path / "there", "local", samples, address=client)

    assert verdicts(tmp_path / "there") == verdicts(tmp_path / "here")
    assert lines(tmp_path / "there") == len(samples)


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
    code = (
        "import sys, boxscore.cli.app, boxscore.cli.grade, boxscore.run.executors.ray; sys.exit('ray' in sys.modules)"
    )

    assert subprocess.run([sys.executable, "-c", code], check=False, env=dict(os.environ)).returncode == 0


def test_without_ray_the_call_is_refused(tmp_path: Path) -> None:
    """Whoever asks for a cluster without Ray is told what to install."""
    code = (
        "import sys; sys.modules['ray'] = None\n"
        "from boxscore.cli.app import main\n"
        f"main(['grade', 'tiny', '--gold', '--on', 'ray', '--out', {str(tmp_path / 'run')!r}])"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert done.returncode == 2
    assert how_to_install("ray") in done.stderr
