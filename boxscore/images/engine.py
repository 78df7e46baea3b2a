"""The way to the Docker engine that has the images."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from boxscore.errors import BoxscoreError, ImageMissing, SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from docker import DockerClient
    from docker.models.images import Image

ENGINE_S = 600
LOOKS = 20  # at a list of images of which one goes meanwhile


def open_engine(timeout_s: int = ENGINE_S) -> DockerClient:
    """Connect to the Docker engine. Raises SandboxUnavailable, with what to do, when none answers."""
    import docker  # noqa: PLC0415 - slow to import
    import docker.errors  # noqa: PLC0415
    import requests  # noqa: PLC0415

    from boxscore.boxes.docker.engine_failure import engine_failure  # noqa: PLC0415 - brings the SDK

    client = None
    try:
        client = docker.from_env(timeout=timeout_s)
        client.ping()
    except (docker.errors.DockerException, requests.RequestException) as error:
        if client is not None:
            client.close()
        failure = engine_failure(error)
        raise SandboxUnavailable(f"no Docker engine answers: {failure.cause}", details=(failure.remedy,)) from error
    return client


def list_images(client: DockerClient, label: str) -> list[Image]:
    """List the images with a label; another process may remove some while each is looked at."""
    import docker.errors  # noqa: PLC0415 - slow to import

    for _ in range(LOOKS):
        try:
            return list(client.images.list(filters={"label": label}))
        except docker.errors.ImageNotFound:
            continue
    return list(client.images.list(filters={"label": label}))


@contextmanager
def engine(doing: str, timeout_s: int = ENGINE_S) -> Iterator[DockerClient]:
    """Connect for as long as it takes to do something.

    What the engine refuses meanwhile, or that it goes away, is raised as SandboxUnavailable, or ImageMissing.
    """
    import docker.errors  # noqa: PLC0415 - slow to import

    from boxscore.boxes.docker.errors import FOREIGN  # noqa: PLC0415 - brings the SDK

    with closing(open_engine(timeout_s)) as client:
        try:
            yield client
        except BoxscoreError:
            raise
        except docker.errors.NotFound as error:
            raise ImageMissing(f"{doing}: {error.explanation or error}") from error
        except FOREIGN as error:
            raise SandboxUnavailable(f"{doing}: {getattr(error, 'explanation', None) or error}") from error


def is_present(client: DockerClient, reference: str) -> bool:
    """Whether an image is here."""
    import docker.errors  # noqa: PLC0415 - brings the SDK

    try:
        client.images.get(reference)
    except docker.errors.ImageNotFound:
        return False
    return True
