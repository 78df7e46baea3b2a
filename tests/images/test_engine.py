"""The way to the Docker engine that has the images."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from boxscore.images.engine import ListedImage, list_images

if TYPE_CHECKING:
    from docker import DockerClient

PLAIN = {"Id": "sha256:1", "RepoTags": ["a:1", "a:2"], "Labels": {"ours": "1"}, "Size": 7}


def client(*listed: dict[str, Any], asked: list[object] | None = None) -> DockerClient:
    def images(filters: dict[str, str] | None = None) -> list[dict[str, Any]]:
        if asked is not None:
            asked.append(filters)
        return list(listed)

    return cast("DockerClient", SimpleNamespace(api=SimpleNamespace(images=images)))


def test_images_are_listed_by_one_question() -> None:
    asked: list[object] = []

    assert list_images(client(PLAIN, asked=asked), "ours=1") == [
        ListedImage(image_id="sha256:1", references=("a:1", "a:2"), labels={"ours": "1"}, size_bytes=7)
    ]
    assert asked == [{"label": "ours=1"}]


@pytest.mark.parametrize("tags", [None, [], ["<none>:<none>"]])
def test_an_image_without_a_name(tags: list[str] | None) -> None:
    (image,) = list_images(client({"Id": "sha256:2", "RepoTags": tags, "Labels": None, "Size": 1}))

    assert (image.references, image.labels) == ((), {})
