"""A run that is told to end does so at once, whatever it is at, and leaves nothing: in a real engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import pytest

from boxscore.boxes.labels import MARK
from tests.engine_faults import containers, small_disk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from docker import DockerClient

pytestmark = [pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(900)]

NEVER_S = 3600  # how long an instruction or a test would take
PATIENCE_S = 300  # nothing waits for what takes NEVER_S, and this machine may be slow
WAYS = [(signal.SIGTERM,), (signal.SIGHUP,), (signal.SIGINT, signal.SIGINT)]

HARNESS = """
import boxscore
PATCH = "diff --git a/x.py b/x.py\\n--- a/x.py\\n+++ b/x.py\\n@@ -1 +1 @@\\n-x = 1\\n+x = 2\\n"
TEST = "import unittest, x\\nclass T(unittest.TestCase):\\n    def test_x(self):\\n        self.assertEqual(x.x, 2)\\n"
FILES = (("repository/x.py", b"x = 1\\n"), ("repository/tests/__init__.py", b""))

class Never:
    name = title = "never"
    trust = boxscore.Trust.WATCHED
    image = None
    parts = ()
    source = boxscore.DataSource(path=__file__)

    def load(self, path):
        return [
            boxscore.Instance(instance_id=f"never/{name}", prompt="", row={"name": name}, reference=PATCH)
            for name in ("quick", "slow")
        ]

    def prompt(self, instance):
        return [{"role": "user", "content": ""}]

    def extract(self, instance, sample):
        return sample.text or None

    def task(self, instance):
        slow = instance.row["name"] == "slow"
        return boxscore.PatchTask(
            image=boxscore.InstanceImage(
                name=instance.instance_id,
                environment="ENV MARK=MARKED\\n",
                instance=("RUN BUILD\\n" if slow else "") + "COPY repository /testbed\\n",
                files=(*FILES, ("repository/tests/test_x.py", TEST.encode())),
            ),
            fail_to_pass=("test_x (tests.test_x.T)",),
            pass_to_pass=(),
            commands=("TEST" if slow else "true", "python3 -m unittest -v tests.test_x"),
            parser="unittest",
            reference=PATCH,
        )

HARNESS = Never()
"""


class Run:
    def __init__(self, folder: Path) -> None:
        self.harness, self.mark = folder / "never.py", uuid.uuid4().hex
        self.path, self.said = folder / "run", folder / "said"
        self.write()

    def write(self, *, build: str = "true", test: str = "true") -> None:
        text = HARNESS.replace("MARKED", self.mark).replace("BUILD", build).replace('"TEST"', repr(test))
        self.harness.write_text(text)

    def started(self) -> subprocess.Popen[bytes]:
        words = [sys.executable, "-m", "boxscore", "grade", str(self.harness), "--gold", "-j", "2"]
        with self.said.open("wb") as said:
            return subprocess.Popen(
                [*words, "--out", str(self.path), "--backend", "docker"], stdout=subprocess.DEVNULL, stderr=said
            )

    def passed(self) -> list[str]:
        path = self.path / "results.jsonl"
        text = path.read_text() if path.is_file() else ""
        lines = [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]
        return sorted(line["instance_id"] for line in lines if line["outcome"] == "passed")


@pytest.fixture(name="client")
def fixture_client() -> Iterator[DockerClient]:
    try:
        with closing(docker.from_env(timeout=300)) as client:
            client.ping()
            yield client
    except docker.errors.DockerException as error:
        pytest.skip(f"no Docker engine: {error}")


def wait_until(true: Callable[[], object]) -> None:
    until = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < until
        time.sleep(0.05)


def running(client: DockerClient, words: str) -> list[Any]:
    return [one for one in client.api.containers() if words in one["Command"]]


def stop(process: subprocess.Popen[bytes], signals: tuple[signal.Signals, ...]) -> None:
    began = time.monotonic()
    for number in signals:
        process.send_signal(number)
        time.sleep(0.2)
    process.wait(PATIENCE_S)
    sys.stdout.write(f"ended after {time.monotonic() - began:.2f} s\n")


def fill(path: Path) -> None:
    with path.open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))


def remove(client: DockerClient, mark: str) -> None:
    for one in client.api.images(filters={"label": "boxscore.image.kind"}):
        with suppress(docker.errors.APIError):  # others remove theirs meanwhile
            image = client.images.get(one["Id"])
            if f"MARK={mark}" in (image.attrs["Config"]["Env"] or ()):
                for tag in image.tags:
                    client.images.remove(tag)


@pytest.fixture(name="run")
def fixture_run(client: DockerClient, tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path)
    try:
        yield run
    finally:
        remove(client, run.mark)


@pytest.mark.parametrize("signals", WAYS, ids=str)
def test_in_a_build(client: DockerClient, run: Run, signals: tuple[signal.Signals, ...]) -> None:
    """The build is aborted with its container; what was graded stays, and the next start goes on."""
    run.write(build=f"sleep {NEVER_S}; echo {run.mark}")
    with run.started() as process:
        wait_until(lambda: run.passed() == ["never/quick"] and running(client, f"echo {run.mark}"))
        stop(process, signals)

    assert process.returncode == 128 + signals[0]
    wait_until(lambda: not running(client, f"echo {run.mark}"))
    run.write()
    with run.started() as process:
        pass
    assert process.returncode == 0, run.said.read_text()
    assert run.passed() == ["never/quick", "never/slow"]


@pytest.mark.parametrize("signals", WAYS, ids=str)
def test_in_a_test(run: Run, signals: tuple[signal.Signals, ...]) -> None:
    """The box is removed, the result of the other stays, and no container of ours is left."""
    run.write(test=f"sleep {NEVER_S}")
    with run.started() as process:
        wait_until(lambda: run.passed() == ["never/quick"] and containers(process.pid))
        stop(process, signals)

    assert process.returncode == 128 + signals[0]
    assert "1 sample not graded" in run.said.read_text()
    assert json.loads((run.path / "report.json").read_bytes())["samples"] == 1
    wait_until(lambda: not containers(process.pid, every=True))


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to make a small disk")
def test_at_a_full_disk(run: Run) -> None:
    """Where not even a report can be written a run ends as soon, says why, and leaves no container."""
    run.write(test=f"sleep {NEVER_S}")
    with small_disk(run.path, 256):
        with run.started() as process:
            wait_until(lambda: run.passed() == ["never/quick"] and containers(process.pid))
            fill(run.path / "fill")
            stop(process, (signal.SIGTERM,))

        assert process.returncode != 0
        assert "is full" in run.said.read_text()
        assert run.passed() == ["never/quick"]
        wait_until(lambda: not containers(process.pid, every=True))


def test_in_a_look_at_an_image(client: DockerClient, tmp_path: Path) -> None:
    """The container in which a new image is checked goes with the command that looks."""
    script = (
        "import docker, time\n"
        "from boxscore.child import end_children\n"
        "from boxscore.images import inspect\n"
        "from boxscore.images.recipes import reference\n"
        "inspect.program = lambda _: b'sleep 3600'\n"
        "from boxscore.images.records import InstanceImage\n"
        "from boxscore.interrupt import leave_on_signals, leave\n"
        "inspect.instance_reference = lambda _: reference('patch-python')\n"
        "import threading\n"
        "look = lambda: inspect.check_reference(docker.from_env(), InstanceImage(name='x'))\n"
        "threading.Thread(target=look, daemon=True).start()\n"
        "try:\n"
        "    with leave_on_signals(print):\n"
        "        time.sleep(3600)\n"
        "except SystemExit:\n"
        "    leave(143)\n"
    )
    with subprocess.Popen([sys.executable, "-c", script], cwd=tmp_path) as process:
        ours = {"label": [f"{MARK}=1", f"boxscore.engine.pid={process.pid}"]}
        wait_until(lambda: client.api.containers(filters=ours))
        process.terminate()
        assert process.wait(PATIENCE_S) == 143

    assert client.api.containers(all=True, filters=ours) == []
