"""The reaper: what killed engines left is removed, and nothing else."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import pytest
import requests.exceptions

from boxscore.boxes import labels as boxes_labels
from boxscore.boxes.docker.backend import DockerBackend
from boxscore.boxes.labels import Owner
from boxscore.errors import BoxLost

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from docker import APIClient

    from boxscore.boxes.contract import Backend

ENGINE = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # also where the tests run in a shell's background
from boxscore.boxes.registry import open_backend
from boxscore.boxes.contract import BoxSpec
with open_backend("docker").box(BoxSpec(image=sys.argv[1])) as box:
    box.open(["sleep", "1000"])
    print("open", flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def engine(docker_backend: Backend, python_image: str) -> Iterator[subprocess.Popen[bytes]]:
    command = [sys.executable, "-c", ENGINE, python_image]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"open\n"
        yield process
        process.kill()
    docker_backend.reap()


@pytest.fixture
def api(docker_backend: Backend) -> Iterator[APIClient]:
    client = docker.APIClient(version="auto", **docker.utils.kwargs_from_env())
    yield client
    client.close()


def containers(api: APIClient, pid: int) -> list[str]:
    found = api.containers(all=True, filters={"label": f"boxscore.engine.pid={pid}"})
    return [one["Names"][0].lstrip("/") for one in found]


@pytest.mark.docker
def test_box_of_a_killed_engine_is_removed(
    docker_backend: Backend, engine: subprocess.Popen[bytes], api: APIClient
) -> None:
    names = containers(api, engine.pid)
    assert len(names) == 1

    before = docker_backend.reap()
    engine.kill()
    engine.wait()
    docker_backend.reap()  # or another engine's reaper, where one is at work

    assert names[0] not in before
    assert containers(api, engine.pid) == []


@pytest.mark.docker
def test_interrupted_engine_leaves_nothing(engine: subprocess.Popen[bytes], api: APIClient) -> None:
    engine.send_signal(signal.SIGINT)
    engine.wait(timeout=300)

    assert containers(api, engine.pid) == []


class FakeApi:
    """An engine that may be away; containers and networks of others are given, of which some cannot be removed."""

    def __init__(self, *left: str, stuck: Container[str] = ()) -> None:
        self.away = True
        self.removed: list[str] = []
        self._left, self._stuck = left, stuck

    def remove_container(self, name: str, *, v: bool, force: bool) -> None:
        assert v
        assert force
        self.remove_network(name)

    def remove_network(self, name: str) -> None:
        if self.away:
            raise requests.exceptions.ConnectionError("connection refused")
        if name in self._stuck:
            raise requests.exceptions.ReadTimeout("read timed out")
        self.removed.append(name)

    def containers(self, **_: object) -> list[dict[str, Any]]:
        gone = {**boxes_labels.own(), boxes_labels.START: "1"}
        return [{"Id": name, "Names": [f"/{name}"], "Labels": gone} for name in self._left]

    def networks(self, **_: object) -> list[dict[str, Any]]:
        return [one | {"Id": f"net-{one['Id']}", "Name": f"net-{one['Id']}"} for one in self.containers()]


class DockerWith(DockerBackend):
    """A docker backend that talks to a fake engine."""

    def __init__(self, api: FakeApi) -> None:
        super().__init__()
        self.api = api

    @contextmanager
    def _client(self) -> Iterator[Any]:
        yield self.api


def test_a_box_that_could_not_be_removed_is_removed_later() -> None:
    api = FakeApi()
    backend = DockerWith(api)

    with pytest.raises(BoxLost):
        backend._end(api, "left")  # type: ignore[arg-type]  # a fake client
    with pytest.raises(BoxLost):
        backend.reap()
    api.away = False
    found = [backend.reap(), backend.reap()]

    assert found == [("left",), ()]
    assert api.removed == ["left"]


def test_what_cannot_be_removed_keeps_nobody_from_a_run() -> None:
    api = FakeApi("one", "two", stuck={"one", "net-two"})
    api.away = False

    assert DockerWith(api).reap() == ("two", "net-one")
    assert api.removed == ["two", "net-one"]


def test_own_things_are_not_stale() -> None:
    assert boxes_labels.owner(boxes_labels.own()) is Owner.LIVES


def test_another_process_with_the_same_pid() -> None:
    assert boxes_labels.owner({**boxes_labels.own(), boxes_labels.START: "1"}) is Owner.GONE


def test_engine_that_ended() -> None:
    with subprocess.Popen(["true"]) as process:
        process.wait()

    assert boxes_labels.owner({**boxes_labels.own(), boxes_labels.PID: str(process.pid)}) is Owner.GONE


def test_engine_that_is_a_zombie() -> None:
    with subprocess.Popen(["true"]) as process:
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)

        assert boxes_labels.start_time(process.pid) is None


def test_what_is_not_ours_is_left() -> None:
    assert boxes_labels.owner({**boxes_labels.own(), boxes_labels.MARK: "0", boxes_labels.START: "1"}) is Owner.LIVES


UNSEEN = {
    "another-machine": {boxes_labels.HOST: "another"},
    "cloned-machine": {boxes_labels.BOOT: "another"},
    "another-pid-namespace": {boxes_labels.NAMESPACE: "pid:[1]", boxes_labels.START: "1"},
    "another-time-namespace": {boxes_labels.CLOCK: "time:[1]", boxes_labels.START: "1"},
    "no-engine-named": {boxes_labels.PID: "", boxes_labels.START: ""},
}


@pytest.mark.parametrize("labels", UNSEEN.values(), ids=UNSEEN)
def test_who_cannot_be_judged_is_unseen(labels: dict[str, str]) -> None:
    assert boxes_labels.owner({**boxes_labels.own(), **labels}) is Owner.FOREIGN


HIDDEN = """
mount -t proc -o hidepid=2 none /proc && exec setpriv --reuid 65534 --regid 65534 --clear-groups "$@"
"""
JUDGE = """
import json, os, sys
from boxscore.boxes.labels import owner
print(owner(json.loads(sys.argv[1])).value)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a /proc")
def test_an_engine_that_proc_hides_is_unseen() -> None:
    labels = json.dumps(boxes_labels.own())
    python = [sys.executable, "-c", JUDGE, labels]

    seen = subprocess.run(["unshare", "-m", "sh", "-c", HIDDEN, "sh", *python], capture_output=True, check=False)

    if b"setpriv" in seen.stderr or b"mount" in seen.stderr or b"Permission" in seen.stderr:
        pytest.skip(f"cannot be tried here: {seen.stderr.decode()[-200:]}")
    assert seen.stdout.decode().strip() == Owner.FOREIGN.value


@contextmanager
def container_of(api: APIClient, image: str, labels: dict[str, str]) -> Iterator[str]:
    made = api.create_container(image, ["sleep", "1000"], labels={**boxes_labels.own(), **labels})["Id"]
    try:
        api.start(made)
        yield made
    finally:
        with suppress(docker.errors.NotFound):
            api.remove_container(made, v=True, force=True)


@pytest.mark.docker
@pytest.mark.parametrize("labels", UNSEEN.values(), ids=UNSEEN)
def test_a_running_box_of_an_engine_that_cannot_be_seen_is_left(
    api: APIClient, python_image: str, labels: dict[str, str]
) -> None:
    backend = DockerBackend()
    with container_of(api, python_image, labels) as made:
        name = api.inspect_container(made)["Name"].lstrip("/")

        before, unseen = backend.reap(), backend.foreign()
        api.kill(made)
        with suppress(docker.errors.NotFound):  # another engine's reaper may remove it as soon as it has ended
            api.wait(made)
        backend.reap()
        left = [one["Id"] for one in api.containers(all=True)]

    assert name not in before
    assert name in unseen
    assert made not in left


ELSEWHERE = """
import sys
from boxscore.boxes.registry import open_backend
print("removed", *open_backend("docker").reap())
"""


@pytest.mark.docker
def test_an_engine_in_another_pid_namespace_ends_no_box_of_ours(
    engine: subprocess.Popen[bytes], api: APIClient
) -> None:
    names = containers(api, engine.pid)

    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", ELSEWHERE]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)

    if "unshare: " in done.stderr:
        pytest.skip(f"no pid namespace can be made: {done.stderr}")
    assert done.returncode == 0, done.stderr
    assert names[0] not in done.stdout
    assert containers(api, engine.pid) == names


@pytest.mark.docker
def test_a_box_ends_with_its_engine(engine: subprocess.Popen[bytes], api: APIClient) -> None:
    (name,) = containers(api, engine.pid)

    engine.kill()

    with suppress(docker.errors.NotFound):  # another engine of the machine may have removed it by now
        assert api.wait(name, timeout=300) is not None
        assert not api.inspect_container(name)["State"]["Running"]
