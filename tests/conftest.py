"""Fixtures that several test modules use."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from boxscore._backends import open_backend
from boxscore._errors import SandboxUnavailable
from boxscore._images import reference

if TYPE_CHECKING:
    from boxscore._box import Backend


@pytest.fixture(scope="session")
def docker_backend() -> Backend:
    """Give the docker backend, or skip where no engine answers."""
    backend = open_backend("docker")
    try:
        backend.check()
    except SandboxUnavailable as error:
        pytest.skip(f"no Docker engine here: {error}")
    return backend


@pytest.fixture(scope="session")
def python_image(docker_backend: Backend) -> str:
    """Give the image that BOXSCORE_TEST_IMAGE names, else boxscore's own Python image; skip where it is not built."""
    image = os.environ.get("BOXSCORE_TEST_IMAGE") or reference("python")
    try:
        docker_backend.image_digest(image)
    except SandboxUnavailable as error:
        pytest.skip(f"the Python image is not here: {error}")
    return image
