"""Making a machine ready to grade."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import engine_of
from boxscore.boxes.docker.backend import engine_address
from boxscore.boxes.fake import FakeBackend
from boxscore.boxes.registry import open_backend
from boxscore.boxes.stoppable import StoppableBackend
from boxscore.errors import SandboxUnavailable
from boxscore.records import Conditions
from boxscore.run.executors.contract import GraderSettings, settings_for
from boxscore.run.executors.worker import check_versions, ready_backend

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("", None),
        ("unix:///run/user/1000/docker.sock", "unix:///run/user/1000/docker.sock"),
        ("tcp://10.0.0.7:2376", "tcp://10.0.0.7:2376"),
        ("ssh://root@build-7", "ssh://build-7"),
        ("https://user:secret@engine.example:2376/v1?token=secret#secret", "https://engine.example:2376/v1"),
        ("10.0.0.7:2375", "10.0.0.7:2375"),
        ("user:secret@10.0.0.7:2375", "10.0.0.7:2375"),
    ],
)
def test_a_remote_engine_is_named_without_secrets(address: str, told: str | None) -> None:
    """Provenance says whose engine made the boxes, and never with what password."""
    assert engine_address({"DOCKER_HOST": address}) == told


def test_other_backends_have_no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """DOCKER_HOST means nothing to boxes that Docker does not make."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.7:2376")

    assert engine_of(open_backend("local")) is None
    assert engine_of(StoppableBackend(open_backend("docker"))) == "tcp://10.0.0.7:2376"


def test_another_version_is_refused() -> None:
    """A machine with another boxscore would give other verdicts."""
    with pytest.raises(SandboxUnavailable, match="install the same"):
        check_versions(GraderSettings(conditions=Conditions(backend="local"), version="0", grading={"function": "0"}))


def settings(*, digest: str = "fake:ours", recipe: str | None = "python") -> GraderSettings:
    conditions = Conditions(backend="docker", image="ours", image_digest=digest)
    return settings_for(conditions, recipe, ["function"])


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BOXSCORE_CACHE", str(tmp_path))


def test_an_image_that_is_missing_is_made_once() -> None:
    """Workers of one machine that start together make its image once, and all of them then have it."""
    there: set[str] = set()
    made: list[str | None] = []

    def bring(asked: GraderSettings) -> None:
        made.append(asked.recipe)
        there.add(asked.conditions.image or "")

    def ready(_number: int) -> str:
        return ready_backend(settings(), backend=FakeBackend(images=there), bring=bring)[1]

    with ThreadPoolExecutor(4) as workers:
        digests = set(workers.map(ready, range(4)))

    assert (made, digests) == (["python"], {"fake:ours"})


def test_an_image_that_is_there_is_not_made() -> None:
    """Nothing is built or fetched on a machine that has all."""
    backend = FakeBackend(images={"ours"})

    assert ready_backend(settings(), backend=backend, bring=lambda _: pytest.fail("made"))[1] == "fake:ours"


def test_another_image_under_the_same_name_is_refused() -> None:
    """An image that is not ours to build must be the same everywhere."""
    with pytest.raises(SandboxUnavailable, match="name it by digest"):
        ready_backend(settings(digest="fake:other", recipe=None), backend=FakeBackend(images={"ours"}))
