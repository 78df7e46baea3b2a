"""The boxes that attacks are made in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import SandboxUnavailable
from boxscore.boxes.registry import open_backend

if TYPE_CHECKING:
    from boxscore import Backend


@pytest.fixture(
    params=[
        pytest.param("docker", marks=pytest.mark.docker),
        pytest.param("local", marks=pytest.mark.bubblewrap),
        pytest.param("gvisor", marks=(pytest.mark.docker, pytest.mark.slow, pytest.mark.timeout(900))),
    ],
)
def backend(request: pytest.FixtureRequest) -> Backend:
    made = open_backend("docker", runtime="runsc") if request.param == "gvisor" else open_backend(request.param)
    try:
        made.check()
    except SandboxUnavailable as error:
        pytest.skip(str(error))
    return made


@pytest.fixture
def image(backend: Backend, request: pytest.FixtureRequest) -> str | None:
    found: str | None = None if backend.name == "local" else request.getfixturevalue("python_image")
    return found
