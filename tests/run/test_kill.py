"""`kill -9` of the engine at any moment: the same command again has every sample once, and nothing is left behind."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from boxscore.boxes.labels import PID, start_time
from boxscore.boxes.registry import open_backend
from boxscore.errors import SandboxUnavailable

COPIES = 25  # of each of three references
MANY = 200  # of each: two boxes take a quarter of a minute, so that an interrupt of a slow test comes before the end
LATEST_S = 4.0
GONE_S = 200.0
ROOT = Path("/sys/fs/cgroup")

Processes = dict[int, str | None]  # pid → when it started


@pytest.fixture(
    name="backend",
    params=[pytest.param("local", marks=pytest.mark.bubblewrap), pytest.param("docker", marks=pytest.mark.docker)],
)
def fixture_backend(request: pytest.FixtureRequest) -> str:
    name = str(request.param)
    if name == "docker":
        request.getfixturevalue("python_image")
    try:
        open_backend(name).check()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    return name


@pytest.fixture(name="samples")
def fixture_samples(tmp_path: Path) -> Path:
    return written(tmp_path, COPIES)


def written(tmp_path: Path, copies: int) -> Path:
    recorded = Path(__file__).parents[2] / "instances" / "tiny" / "samples.jsonl"
    rows = [json.loads(line) for line in recorded.read_text(encoding="utf-8").splitlines()]
    gold = [row for row in rows if row["sample_id"] == "gold"][:3]
    path = tmp_path / "samples.jsonl"
    with path.open("w") as file:
        for number in range(copies):
            for row in gold:
                text = row["completion"] + f"\nimport time\ntime.sleep(0.05)\n# {number}\n"
                file.write(json.dumps({"instance_id": row["instance_id"], "completion": text}) + "\n")
    return path


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_a_killed_run_goes_on(backend: str, samples: Path, tmp_path: Path, seed: int) -> None:
    """Two moments of a run."""
    kill_and_go_on(backend, samples, tmp_path / "run", random.Random(seed).uniform(0.3, LATEST_S))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10))
def test_a_run_killed_at_any_moment_goes_on(backend: str, samples: Path, tmp_path: Path, seed: int) -> None:
    """Ten moments of a run, others each time."""
    kill_and_go_on(backend, samples, tmp_path / "run", random.Random(time.time_ns() + seed).uniform(0.3, LATEST_S))


@pytest.mark.docker
@pytest.mark.usefixtures("python_image")
def test_a_box_does_not_outlive_its_engine_by_a_long_sample(tmp_path: Path) -> None:
    """Nobody reads its input then; its supervisor looks whether the engine is there."""
    samples = tmp_path / "samples.jsonl"
    endless = {"instance_id": "tiny/roman-numeral", "solution": "import time\nwhile True:\n    time.sleep(1)\n"}
    samples.write_text(json.dumps(endless), encoding="utf-8")
    command = [*command_line("docker", samples, tmp_path / "run"), "--timeout", "3600", "--no-gate"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as engine:
        while max(map(processes_in, containers(engine.pid)), default=0) < 4:  # init, supervisor, grader, candidate
            assert engine.poll() is None
            time.sleep(0.2)
        engine.kill()
    deadline = time.monotonic() + GONE_S
    while left := containers(engine.pid, "--filter", "status=running"):
        assert time.monotonic() < deadline, left
        time.sleep(0.2)
    for container in containers(engine.pid):
        # Unchecked: any engine that starts removes what dead ones left, so another test's may be first.
        subprocess.run(["docker", "rm", "--volumes", container], check=False, capture_output=True)


@pytest.mark.parametrize(
    "signals",
    [
        (signal.SIGINT,),
        (signal.SIGTERM,),
        pytest.param((signal.SIGHUP,), marks=pytest.mark.slow),  # as the one before, but for its number
        pytest.param((signal.SIGINT, signal.SIGINT), marks=pytest.mark.slow),
    ],
)
def test_an_interrupted_run_is_valid_and_leaves_nothing(
    backend: str, tmp_path: Path, signals: tuple[signal.Signals, ...]
) -> None:
    """^C once lets the samples that run finish, all else does not; either way the run can be reported on."""
    run, samples = tmp_path / "run", written(tmp_path, MANY)
    with subprocess.Popen(command_line(backend, samples, run), stdout=subprocess.PIPE) as engine:
        while not whole_lines(run):
            assert engine.poll() is None
            time.sleep(0.02)
        before = descendants(engine.pid)
        for number in signals:
            engine.send_signal(number)
            time.sleep(0.1)
        out, _ = engine.communicate(timeout=300)

    assert engine.returncode == 128 + signals[0]
    assert 0 < len(whole_lines(run)) < 3 * MANY
    assert json.loads(out)["samples"] == len(whole_lines(run))
    assert leftovers(engine.pid, before, backend) == []


def command_line(backend: str, samples: Path, run: Path) -> list[str]:
    command = [sys.executable, "-m", "boxscore", "grade", "tiny", "-p", str(samples), "--out", str(run), "-j", "2"]
    return [*command, "--backend", backend, "--json", "--quiet"]


def kill_and_go_on(backend: str, samples: Path, run: Path, moment_s: float) -> None:
    command = command_line(backend, samples, run)
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as engine:
        time.sleep(moment_s)
        before = descendants(engine.pid)
        engine.kill()
        assert engine.wait() in {-signal.SIGKILL, 0}
    stored = whole_lines(run)

    again = subprocess.run(command, check=True, capture_output=True, timeout=300)

    lines = whole_lines(run)
    assert lines[: len(stored)] == stored
    names = Counter((line["instance_id"], line["sample_id"], line["key"]) for line in map(json.loads, lines))
    assert set(names.values()) == {1}
    report = json.loads(again.stdout)
    assert (report["samples"], report["outcomes"]) == (3 * COPIES, {"passed": 3 * COPIES})
    assert len({name[:2] for name in names}) == 3 * COPIES
    assert leftovers(engine.pid, before, backend) == []


def whole_lines(run: Path) -> list[bytes]:
    try:
        data = (run / "results.jsonl").read_bytes()
    except FileNotFoundError:
        return []
    return data[: data.rfind(b"\n") + 1].splitlines()


def leftovers(engine: int, processes: Processes, backend: str) -> list[str]:
    deadline = time.monotonic() + GONE_S
    while left := [*alive(processes), *groups(engine), *(containers(engine) if backend == "docker" else [])]:
        if time.monotonic() > deadline:
            break
        time.sleep(0.2)
    return left


def descendants(pid: int) -> Processes:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue
            children.setdefault(parent, []).append(int(entry.name))
    found, left = {}, list(children.get(pid, ()))
    while left:
        child = left.pop()
        found[child] = start_time(child)
        left += children.get(child, ())
    return found


def alive(processes: Processes) -> list[str]:
    return [f"process {pid}" for pid, started in processes.items() if started and start_time(pid) == started]


def groups(engine: int) -> list[str]:
    return [str(path) for below in ("*/boxscore", "boxscore") for path in ROOT.glob(f"{below}/{engine}-*")]


def processes_in(container: str) -> int:
    listed = subprocess.run(["docker", "top", container], check=False, capture_output=True, text=True)
    return len(listed.stdout.splitlines()) - 1


def containers(engine: int, *which: str) -> list[str]:
    listed = ["docker", "ps", "--all", "--quiet", "--filter", f"label={PID}={engine}", *which]
    return subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split()
