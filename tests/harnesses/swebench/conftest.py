"""What tests of benchmarks with published images share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient

    from boxscore.boxes.contract import Backend


@pytest.fixture
def client(docker_backend: Backend) -> Iterator[DockerClient]:
    import docker  # noqa: PLC0415 - only where there is one

    assert docker_backend.name == "docker"
    engine = docker.from_env(timeout=600)
    yield engine
    engine.close()
