"""Boxes of a Docker engine for an instance of the tests' own."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest

from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import instance_reference
from boxscore.protocols.patch.boxes import Boxes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore import Backend
    from boxscore.images.records import InstanceImage


@contextlib.contextmanager
def boxes_of(backend: Backend, image: InstanceImage) -> Iterator[Boxes]:
    """Give boxes of an instance's image, which is removed afterwards; skip where it cannot be had."""
    import docker  # noqa: PLC0415 - only where there is an engine
    import docker.errors  # noqa: PLC0415 - as above

    (info,) = ensure_instance_images([image])
    if info.error is not None:
        pytest.skip(f"no image of an instance here: {info.error[-300:]}")
    try:
        yield Boxes(backend, instance_reference, sleep=lambda _: None)
    finally:
        with contextlib.closing(docker.from_env()) as client, contextlib.suppress(docker.errors.APIError):
            client.images.remove(instance_reference(image))
