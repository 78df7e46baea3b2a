"""The one door to images."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from boxscore import ImageMissing, InstanceImage
from boxscore.images.recipes import reference
from boxscore.images.store import EngineImages, EnvironmentImage, PublishedImage

if TYPE_CHECKING:
    from boxscore import Backend

PINNED = f"org/image@sha256:{'a' * 64}"
BROKEN = InstanceImage(name="broken", instance="RUN echo nothing to be had >&2; false\n")


@pytest.mark.parametrize("name", ["org/image:latest", ""])
def test_only_pinned_images_are_pulled(name: str) -> None:
    with pytest.raises(ImageMissing, match="only pinned ones"):
        EngineImages().ensure(PublishedImage(name))


@pytest.mark.docker
def test_what_is_here_is_not_made_again(docker_backend: Backend, python_image: str) -> None:
    assert docker_backend.image_digest(python_image)
    said: list[str] = []

    assert EngineImages(say=said.append).ensure(EnvironmentImage("python")) == reference("python")
    assert said == []


@pytest.mark.docker
def test_a_build_that_fails_says_why(docker_backend: Backend) -> None:
    assert docker_backend.name == "docker"

    with pytest.raises(ImageMissing, match="nothing to be had"):
        EngineImages().ensure(BROKEN)
