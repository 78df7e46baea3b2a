"""Faults while patches are graded: nothing is lost or doubled when the run goes on, and no fault is a wrong patch."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from contextlib import ExitStack, closing, contextmanager, suppress
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import pytest
from msgspec import Struct

from boxscore.data.plugins import load_harness
from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import instance_reference
from boxscore.resources import folder
from tests.engine_faults import SecondEngine, containers, small_disk

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from pathlib import Path

pytestmark = [pytest.mark.docker, pytest.mark.timeout(900)]

INSTANCES = ("purse", "wortlaut")
KINDS = {"gold": "passed", "wrong": "wrong", "regression": "wrong"}
COPIES = 2
STARTS = 6
ROUND_S = 400
INTERNAL = "internal"
TERMINATED, REFUSED, INFRASTRUCTURE = 143, 2, 3

Name = tuple[str, str]


class Given(Struct, frozen=True, kw_only=True):
    data: Path
    predictions: Path
    expected: dict[Name, str]
    images: tuple[str, ...]


class Run:
    def __init__(self, given: Given, path: Path, workers: int = 2, **environ: str) -> None:
        self.given, self.path, self.workers, self.environ = given, path, workers, environ
        self.said = path.with_name("message")
        self.pids: list[int] = []

    @contextmanager
    def started(self, **environ: str) -> Iterator[subprocess.Popen[bytes]]:
        words = [sys.executable, "-m", "boxscore", "grade", "tiny-patches", "--data", str(self.given.data)]
        words += [
            "-p",
            str(self.given.predictions),
            "--out",
            str(self.path),
            "-j",
            str(self.workers),
            "--backend",
            "docker",
            "--no-reuse",
        ]
        env = {**os.environ, **self.environ, **environ}
        with self.said.open("wb") as said:
            process = subprocess.Popen([*words, "--json", "--quiet"], stdout=subprocess.PIPE, stderr=said, env=env)
            self.pids.append(process.pid)
            try:
                yield process
                process.communicate(timeout=ROUND_S)
            finally:
                process.kill()
                process.wait()

    def lines(self) -> list[dict[str, Any]]:
        with suppress(FileNotFoundError):
            data = (self.path / "results.jsonl").read_bytes()
            return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]
        return []

    def wait_for(self, results: int, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + ROUND_S
        while len(self.lines()) < results:
            assert process.poll() is None, self.said.read_text()
            assert time.monotonic() < until
            time.sleep(0.02)

    def finish(self) -> None:
        for _ in range(STARTS if self.standing().keys() != self.given.expected.keys() else 0):
            with self.started() as process:
                pass
            assert "Traceback" not in self.said.read_text()
            assert process.returncode in {0, REFUSED, INFRASTRUCTURE}
            if process.returncode == 0 and self.standing().keys() == self.given.expected.keys():
                break  # an `internal` one is tried again
        assert self.standing().keys() == self.given.expected.keys(), self.said.read_text()

    def standing(self) -> dict[Name, str]:
        return {name_of(line): line["outcome"] for line in self.lines() if line["outcome"] != INTERNAL}

    def problems(self) -> list[str]:
        counted = Counter((*name_of(line), line["key"]) for line in self.lines() if line["outcome"] != INTERNAL)
        found = [f"doubled: {name}" for name, times in counted.items() if times > 1]
        found += [f"lost: {name}" for name in self.given.expected.keys() - self.standing().keys()]
        report = json.loads((self.path / "report.json").read_bytes())
        if report["samples"] != len(self.given.expected):
            found.append(f"the report counts {report['samples']}")
        return found + self.wrong() + [f"left: {name}" for pid in self.pids for name in containers(pid, every=True)]

    def wrong(self) -> list[str]:
        expected = self.given.expected
        return [f"{name}: {said}" for name, said in self.standing().items() if said != expected[name]]


def name_of(line: dict[str, Any]) -> Name:
    return line["instance_id"], line["sample_id"]


@pytest.fixture(name="given", scope="module")
def fixture_given(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    with given_of(INSTANCES, tmp_path_factory.mktemp("data")) as given:
        yield given


@pytest.fixture(name="little", scope="module")
def fixture_little(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Given]:
    kinds = ("gold", "wrong")
    with given_of(INSTANCES[:1], tmp_path_factory.mktemp("data"), kinds=kinds, copies=1, ours_alone=False) as given:
        yield given


@contextmanager
def given_of(
    instances: Sequence[str],
    data: Path,
    *,
    kinds: Collection[str] = KINDS,
    copies: int = COPIES,
    ours_alone: bool = True,
) -> Iterator[Given]:
    try:
        with closing(docker.from_env(timeout=300)) as client:
            client.ping()
    except docker.errors.DockerException as error:
        pytest.skip(f"no Docker engine: {error}")
    mark = f"ENV MARK={uuid.uuid4()}\n" if ours_alone else ""
    rows = write_instances(data / "tiny_patches", instances, mark, kinds, copies)
    predictions = [row for row in rows if row["instance_id"].rpartition("/")[2] in instances]
    (data / "predictions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in predictions))
    harness = load_harness("tiny-patches")
    images = [harness.task(one).image for one in harness.load(data / "tiny_patches" / "instances.jsonl")]  # type: ignore[attr-defined]
    given = Given(
        data=data,
        predictions=data / "predictions.jsonl",
        expected={name_of(row): KINDS[row["sample_id"].rpartition("-")[0]] for row in predictions},
        images=tuple(instance_reference(image) for image in images),
    )
    assert [one.error for one in ensure_instance_images(images)] == [None] * len(images)
    try:
        yield given
    finally:
        if ours_alone:
            remove_images(given)


def remove_images(given: Given) -> None:
    with closing(docker.from_env(timeout=300)) as client:
        for name in given.images:
            with suppress(docker.errors.ImageNotFound):
                client.images.remove(name, force=True)


def write_instances(
    place: Path, instances: Sequence[str], mark: str, kinds: Collection[str], copies: int
) -> list[dict[str, Any]]:
    place.mkdir()
    source = folder("instances") / "tiny_patches"
    rows = [json.loads(line) for line in (source / "instances.jsonl").read_text(encoding="utf-8").splitlines()]
    with (place / "instances.jsonl").open("w") as file:
        for row in rows:
            name = row["instance_id"].rpartition("/")[2]
            if name in instances:
                shutil.copytree(source / name, place / name)
                file.write(json.dumps(row | {"instance": mark + row.get("instance", "")}) + "\n")
    recorded = [json.loads(line) for line in (source / "samples.jsonl").read_text(encoding="utf-8").splitlines()]
    chosen = [row for row in recorded if row["sample_id"] in kinds]
    return [
        {"instance_id": row["instance_id"], "sample_id": f"{row['sample_id']}-{copy}", "solution": row["solution"]}
        for copy in range(copies)
        for row in chosen
    ]


@pytest.fixture(name="run")
def fixture_run(given: Given, tmp_path: Path) -> Run:
    return Run(given, tmp_path / "run")


def test_a_killed_run_goes_on(little: Given, tmp_path: Path) -> None:
    """SIGKILL in the middle: what was stored stays as it was, and the rest is graded once."""
    run = Run(little, tmp_path / "run", workers=1)
    with run.started() as process:
        run.wait_for(1, process)
        process.kill()
    stored = run.lines()

    run.finish()

    assert run.lines()[: len(stored)] == stored
    assert len(stored) < len(run.given.expected)
    assert run.problems() == []


@pytest.mark.slow
@pytest.mark.parametrize("signals", [(signal.SIGINT,), (signal.SIGTERM,), (signal.SIGINT, signal.SIGINT)])
def test_an_interrupted_run_goes_on(run: Run, signals: tuple[signal.Signals, ...]) -> None:
    """One signal or two: the run is valid, no patch is wrong for it, and the same command finishes it."""
    with run.started() as process:
        run.wait_for(2, process)
        for number in signals:
            process.send_signal(number)
            time.sleep(0.2)
    stored = run.lines()

    assert process.returncode == 128 + signals[0]
    assert (run.path / "report.json").is_file()
    assert [line for line in stored if line["outcome"] == INTERNAL] == []
    assert run.wrong() == []
    run.finish()
    assert run.lines()[: len(stored)] == stored
    assert run.problems() == []


@pytest.mark.slow
def test_killed_boxes_are_opened_again(run: Run) -> None:
    """All boxes are killed, twice: their samples are tried again, and none is wrong for it."""
    with run.started() as process:
        for results in (1, 4):
            run.wait_for(results, process)
            while not (boxes := containers(process.pid)):
                assert process.poll() is None
            subprocess.run(["docker", "kill", *boxes], capture_output=True, check=False)

    assert process.returncode == 0
    assert any(line["attempts"] > 1 for line in run.lines())
    run.finish()
    assert run.problems() == []


@pytest.mark.slow
def test_images_that_are_removed_are_built_again(run: Run) -> None:
    """They are removed by force, twice, while the run uses them."""
    with run.started() as process:
        for results in (1, 4):
            run.wait_for(results, process)
            remove_images(run.given)

    assert process.returncode == 0
    run.finish()
    assert run.problems() == []


@pytest.mark.slow
@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a small disk")
def test_a_full_disk_loses_nothing(run: Run) -> None:
    """The run directory is too small: the run says so, and goes on once there is room."""
    with small_disk(run.path, run.given.predictions.stat().st_size // 1024 + 24) as enlarge:
        with run.started() as process:
            pass
        said, stored = run.said.read_text(), run.lines()
        enlarge()

        assert process.returncode in {REFUSED, INFRASTRUCTURE}
        assert "is full" in said
        assert run.wrong() == []
        run.finish()
        assert run.lines()[: len(stored)] == stored
        assert run.problems() == []


@pytest.mark.slow
def test_too_little_room_for_an_image_stops_the_run(run: Run) -> None:
    """An image that is missing is not built where that would fill the disk; no patch is wrong for it."""
    remove_images(run.given)

    with run.started(BOXSCORE_MIN_FREE_GB="1e9") as process:
        pass

    assert process.returncode in {REFUSED, INFRASTRUCTURE}
    assert "GB left" in run.said.read_text()
    assert run.standing() == {}
    run.finish()
    assert run.problems() == []


@pytest.fixture(name="second", scope="module")
def fixture_second(given: Given) -> Iterator[SecondEngine]:
    if os.geteuid() != 0 or shutil.which("dockerd") is None:
        pytest.skip("needs root and dockerd, to start an engine of our own")
    harness = load_harness("tiny-patches")
    images = [harness.task(one).image for one in harness.load(given.data / "tiny_patches" / "instances.jsonl")]  # type: ignore[attr-defined]
    assert [one.error for one in ensure_instance_images(images)] == [None] * len(images)
    with SecondEngine() as engine:
        engine.take(given.images)
        yield engine


@pytest.mark.slow
@pytest.mark.parametrize("end", [SecondEngine.stop, SecondEngine.kill])
def test_an_engine_that_is_restarted(
    given: Given, tmp_path: Path, second: SecondEngine, end: Callable[[SecondEngine], None]
) -> None:
    """In order, or by force with its containerd, twice: the run waits for it, or the same command finishes it."""
    run = Run(given, tmp_path / "run", DOCKER_HOST=second.address)
    with ExitStack() as stack:
        process = stack.enter_context(run.started())
        for results in (1, 4):
            run.wait_for(results, process)
            end(second)
            second.start()

    assert second.containers() == []  # those that its end had left were removed when it was there again
    assert process.returncode in {0, REFUSED, INFRASTRUCTURE}
    assert run.wrong() == []
    run.finish()
    assert run.problems() == []
    assert second.containers() == []


@pytest.mark.slow
def test_a_run_ends_though_its_engine_does_not_answer(given: Given, tmp_path: Path, second: SecondEngine) -> None:
    """SIGTERM while the engine hangs: nobody waits for it, its boxes end by themselves, and the run goes on later."""
    run = Run(given, tmp_path / "run", DOCKER_HOST=second.address)
    with run.started() as process:
        run.wait_for(2, process)
        with second.frozen():
            began = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.wait(ROUND_S)
            sys.stdout.write(f"ended after {time.monotonic() - began:.2f} s\n")

    assert process.returncode == TERMINATED
    assert (run.path / "report.json").is_file()
    run.finish()
    assert run.problems() == []
    assert second.containers() == []
