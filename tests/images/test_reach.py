"""Whether what an image is made from can be had, asked before anything is built."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
import requests

from boxscore.images.reach import Reach
from boxscore.images.records import InstanceImage

if TYPE_CHECKING:
    from pathlib import Path

LOST = "Max retries exceeded (Caused by NameResolutionError(\"<x>: Failed to resolve 'x' ([Errno -2] …)\"))"
CLONE = "git clone https://code.example/a/b failed: could not resolve host; BOXSCORE_REPOS may name a folder of clones"


class Net:
    """Answers with a status by the beginning of a URL; all else cannot be reached."""

    def __init__(self, **hosts: int) -> None:
        self.hosts = {f"https://{name}.example": status for name, status in hosts.items()}
        self.asked: list[str] = []

    def __call__(self, url: str) -> int:
        self.asked.append(url)
        for begin, status in self.hosts.items():
            if url.startswith(begin):
                return status
        raise requests.ConnectionError(LOST)


def image(
    name: str = "i", *, clone: str = "https://code.example/a/b", environment: str = "", **more: object
) -> InstanceImage:
    return InstanceImage(name=name, environment=environment, instance=f'RUN ["git clone -q {clone} /testbed"]', **more)  # type: ignore[arg-type]


def troubles(net: Net, *images: InstanceImage, **environ: str) -> dict[str, str]:
    return Reach(get=net, environ=environ).troubles(images)


def test_a_code_host_that_cannot_be_reached() -> None:
    net = Net()

    assert troubles(net, image("one"), image("two")) == {"one": CLONE, "two": CLONE}
    assert net.asked == ["https://code.example/a/b/info/refs?service=git-upload-pack"]


@pytest.mark.parametrize(("status", "why"), [(200, None), (500, None), (403, None), (404, "no such repository")])
def test_only_a_sure_no_counts(status: int, why: str | None) -> None:
    assert (why in str(troubles(Net(code=status), image()))) if why else not troubles(Net(code=status), image())


def test_the_package_index() -> None:
    environment = "RUN python -m pip install x"

    assert troubles(Net(code=200), image(environment=environment)) == {
        "i": "pip install would fail: package index pypi.org: could not resolve host"
    }
    mine = {"PIP_INDEX_URL": "https://user:secret@index.example/simple"}
    assert troubles(Net(code=200), image(environment=environment), **mine) == {
        "i": "pip install would fail: package index index.example: could not resolve host"
    }
    assert troubles(Net(code=200), image(environment=environment), BOXSCORE_BASE_IMAGE="x") == {}


def test_a_clone_that_is_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "a__b"
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b", "-C", str(place)]
    subprocess.run(["git", "init", "-q", str(place)], check=True)
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True)
    commit = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path))
    net = Net()

    here = troubles(net, image(repository=("a/b", commit)))
    lost = troubles(net, image(repository=("a/b", "0" * 40)))

    assert (here, net.asked) == ({}, [])
    assert lost["i"].startswith(f"{place} has no commit {'0' * 40} of a/b")


@pytest.mark.docker
@pytest.mark.usefixtures("docker_backend")
def test_a_registry_that_cannot_be_reached() -> None:
    names = [f"127.0.0.1:1/x{number}@sha256:{'0' * 64}" for number in range(3)]

    found = Reach(environ={}).troubles(InstanceImage(name=name.partition("@")[0], pinned=name) for name in names)

    assert sorted(found) == ["127.0.0.1:1/x0", "127.0.0.1:1/x1", "127.0.0.1:1/x2"]
    assert set(found.values()) == {f"pull from 127.0.0.1:1 failed: connection refused (asked for {names[0]})"}
