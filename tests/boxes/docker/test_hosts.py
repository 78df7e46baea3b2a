"""The hosts file of boxes without a network: what the engine is asked for, and what programs see of it."""

from __future__ import annotations

import json
import os
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.docker.backend import DockerBackend
from boxscore.boxes.docker.hosts import HOSTS, hosts_file, sees_our_files
from boxscore.errors import SandboxUnavailable
from boxscore.records import Limits

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend

LOOK = """
import json, socket

def tried(ask):
    try:
        return ask()
    except OSError as error:
        return type(error).__name__

def served(family, address):
    server = socket.socket(family, socket.SOCK_STREAM)
    server.bind((address, 0))
    server.listen()
    client = socket.create_connection(server.getsockname()[:2], 2)
    return server.accept()[1][0]

print(json.dumps({
    "file": open("/etc/hosts").read(),
    "localhost": tried(lambda: [one[4][0] for one in socket.getaddrinfo("localhost", 80, proto=6)]),
    "own name": tried(lambda: socket.getaddrinfo(socket.gethostname(), 80)),
    "another": tried(lambda: socket.getaddrinfo("example.org", 80)),
    "reverse": tried(lambda: socket.gethostbyaddr("127.0.0.1")[0]),
    "servers": [tried(lambda: served(socket.AF_INET, one)) for one in ("127.0.0.1", "0.0.0.0", "127.0.0.2")],
    "servers of IPv6": [tried(lambda: served(socket.AF_INET6, one)) for one in ("::1", "::")],
    "changed": tried(lambda: open("/etc/hosts", "a")),
}))
"""


def test_each_box_has_a_file_of_its_own_that_leaves_nothing(tmp_path: Path) -> None:
    before = os.umask(0o077)
    try:
        with hosts_file(tmp_path / "cache") as one, hosts_file(tmp_path / "cache") as other:
            assert one is not None
            assert other is not None
            seen = [(place.read_bytes(), place.stat().st_mode & 0o777) for place in (one, other)]
    finally:
        os.umask(before)

    assert seen == [(HOSTS, 0o444)] * 2
    assert one != other
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_that_cannot_be_written_is_no_reason_to_fail() -> None:
    with hosts_file(Path("/dev/null/cache")) as place:
        assert place is None


@pytest.mark.parametrize(
    ("host", "options", "sees"),
    [
        ("", [], True),
        ("unix:///run/user/1000/docker.sock", ["name=seccomp,profile=default"], True),
        ("tcp://10.0.0.1:2375", [], False),
        ("ssh://user@host", [], False),
        ("", ["name=selinux"], False),
    ],
)
def test_which_engines_see_our_files(host: str, options: list[str], *, sees: bool) -> None:
    assert sees_our_files({"DOCKER_HOST": host}, {"SecurityOptions": options}) is sees


def looked(backend: Backend, image: str) -> dict[str, Any]:
    with backend.box(BoxSpec(image=image, limits=Limits(wall_s=30))) as box:
        done = box.run(["python3", "-c", LOOK])
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.mark.docker
@pytest.mark.parametrize("runtime", ["runc", "runsc"])
def test_programs_see_what_they_see_with_the_engines_network(
    docker_backend: Backend, python_image: str, runtime: str, tmp_path: Path
) -> None:
    assert docker_backend.name == "docker"
    ours = DockerBackend(runtime=runtime, make_hosts=lambda: hosts_file(tmp_path))
    try:
        ours.check()
    except SandboxUnavailable as error:
        pytest.skip(str(error))

    found = looked(ours, python_image)

    assert found == looked(DockerBackend(runtime=runtime, make_hosts=nullcontext), python_image)
    assert "127.0.0.1" in found["localhost"]
    assert all(one.startswith("127.0.0.") for one in found["servers"])
    assert found["changed"] == "PermissionError"
    assert ours._sees_our_files
    assert list(tmp_path.iterdir()) == []


@pytest.mark.docker
def test_boxes_share_no_file(docker_backend: Backend, python_image: str) -> None:
    spec = BoxSpec(image=python_image, limits=Limits(wall_s=30))
    with docker_backend.box(spec) as one, docker_backend.box(spec) as other:
        inodes = [box.run(["stat", "-c", "%d:%i", "/etc/hosts"]).stdout for box in (one, other)]

    assert inodes[0] != inodes[1]
