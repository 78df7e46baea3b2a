"""Networks of docker boxes: what is proven of them, and who removes what a dead engine left."""

from __future__ import annotations

import secrets
import time
from contextlib import closing
from typing import TYPE_CHECKING, Any, cast

import docker
import docker.errors
import docker.utils
import pytest

from boxscore.boxes import labels
from boxscore.boxes.contract import BoxSpec, Completed, Network
from boxscore.boxes.docker import network
from boxscore.boxes.docker.backend import DockerBackend
from boxscore.errors import SandboxUnavailable
from boxscore.records import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from docker import APIClient

    from boxscore.boxes.contract import Backend, Box

pytestmark = pytest.mark.docker
LIMITS = Limits(cpu_s=10, wall_s=200)
WAIT_S = 200


@pytest.fixture(name="api")
def fixture_api(docker_backend: Backend) -> Iterator[APIClient]:
    with closing(docker.APIClient(version="auto", **docker.utils.kwargs_from_env())) as client:
        yield client


class Answering:
    """A box in which the program that tries the host says what the test wants."""

    def __init__(self, said: bytes) -> None:
        self._said = said

    def run(self, *_: object, **__: object) -> Completed:
        return Completed(exit_code=0, stdout=self._said, wall_s=0.1)


def made(api: APIClient, **more: Any) -> str:
    name = f"boxscore-test-{secrets.token_hex(6)}"
    api.create_network(name, driver="bridge", internal=True, **more)
    return name


def test_a_network_that_the_host_is_on_is_refused(api: APIClient) -> None:
    name = made(api)
    try:
        assert network._has_address(f"br-{api.inspect_network(name)['Id'][:12]}")
        with pytest.raises(SandboxUnavailable, match="not a private one"):
            network.prove(api, name, cast("Box", Answering(b"alone\n")))
    finally:
        api.remove_network(name)


@pytest.mark.parametrize("said", [b"answered\n", b"[Errno 111] Connection refused\n", b"timed out\n", b""])
def test_a_host_that_answers_is_refused(docker_backend: Backend, api: APIClient, said: bytes, tmp_path: Path) -> None:
    with docker_backend.network() as net, pytest.raises(SandboxUnavailable, match="cannot be proven"):
        network.prove(api, net.name, cast("Box", Answering(said)), interfaces=tmp_path)


def test_it_is_proven_from_a_box(docker_backend: Backend, api: APIClient, python_image: str, tmp_path: Path) -> None:
    with (
        docker_backend.network() as net,
        docker_backend.box(BoxSpec(image=python_image, limits=LIMITS, network=net)) as box,
    ):
        network.prove(api, net.name, box, interfaces=tmp_path)


def wait_until_gone(api: APIClient, name: str) -> bool:
    until = time.monotonic() + WAIT_S
    while here := any(one["Name"] == name for one in api.networks()):
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return not here


def test_networks_of_dead_engines_are_reaped(docker_backend: Backend, api: APIClient) -> None:
    kinds = {
        "dead": {**labels.own(), labels.START: "1"},
        "alive": labels.own(),
        "unseen": {**labels.own(), labels.BOOT: "another"},
    }
    names = {kind: made(api, labels=marks) for kind, marks in kinds.items()}
    try:
        docker_backend.reap()  # or another engine's reaper, where one is at work

        gone = wait_until_gone(api, names["dead"])
        left = {one["Name"] for one in api.networks()}

        assert gone
        assert {kind for kind, name in names.items() if name in left} == {"alive", "unseen"}
    finally:
        for name in names.values():
            network.remove(api, name)


def test_nothing_is_left(docker_backend: Backend, api: APIClient) -> None:
    with pytest.raises(KeyError), docker_backend.network() as net:
        raise KeyError

    with pytest.raises(docker.errors.NotFound):
        api.inspect_network(net.name)


def test_gvisor_says_that_it_has_none() -> None:
    backend = DockerBackend(runtime="runsc")
    try:
        backend.check()
    except SandboxUnavailable as error:
        pytest.skip(str(error))

    assert "networks" not in backend.capabilities
    with pytest.raises(SandboxUnavailable, match="gVisor"), backend.network():
        pass
    with pytest.raises(SandboxUnavailable, match="gVisor"), backend.box(BoxSpec(image="x", network=Network(name="n"))):
        pass
