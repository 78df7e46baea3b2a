"""Whether the images of web projects and of browsers are here, which no test builds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore.boxes.contract import runtime_of
from boxscore.boxes.docker.container import GVISOR
from boxscore.errors import SandboxUnavailable
from boxscore.images.recipes import reference
from boxscore.protocols.web.boxes import BROWSER

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend


def skip_without_images(backend: Backend) -> None:
    if runtime_of(backend) == GVISOR:
        pytest.skip("boxes under gVisor have no network")
    try:
        for recipe in ("web", BROWSER):
            backend.image_digest(reference(recipe))
    except SandboxUnavailable as error:
        pytest.skip(f"an image is not here: {error}")
