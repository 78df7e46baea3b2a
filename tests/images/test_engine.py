"""The way to the Docker engine that has the images."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import docker.errors

from boxscore.images.engine import list_images


def test_an_image_that_goes_while_images_are_listed_is_left_out() -> None:
    """The list is asked for again: somebody else on this machine removes images too."""
    answers: list[Any] = [docker.errors.ImageNotFound("gone"), ["left"]]

    def listed(**_: object) -> Any:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = cast("Any", SimpleNamespace(images=SimpleNamespace(list=listed)))

    assert list_images(client, "ours=1") == ["left"]
