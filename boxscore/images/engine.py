"""The way to the Docker engine that has the images."""

from __future__ import annotations

from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import BoxscoreError, ImageMissing, SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from docker import DockerClient

ENGINE_S = 600
NO_TAG = "<none>:<none>"  # as older engines call an image without one


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


class ListedImage(Struct, frozen=True, kw_only=True):
    """An image as the engine lists it: `references` are its tags; `size_bytes` is with what it is built on."""

    image_id: str
    references: tuple[str, ...]
    labels: Mapping[str, str]
    size_bytes: int


def list_images(client: DockerClient, label: str | None = None) -> list[ListedImage]:
    """List the engine's images, or those with a label alone.

    By one question: where each is looked at by itself, as the SDK does, one that goes meanwhile is an error.
    """
    found = client.api.images(filters=None if label is None else {"label": label})
    return [
        ListedImage(
            image_id=str(one["Id"]),
            references=tuple(str(tag) for tag in one["RepoTags"] or () if tag != NO_TAG),
            labels=one["Labels"] or {},
            size_bytes=int(one["Size"]),
        )
        for one in found
    ]


@contextmanager
def engine(
    doing: str, timeout_s: int = ENGINE_S, connect: Callable[[], DockerClient] | None = None
) -> Iterator[DockerClient]:
    """Connect for as long as it takes to do something; `connect` finds the engine, the usual one unless given.

    What the engine refuses meanwhile, or that it goes away, is raised as SandboxUnavailable, or ImageMissing.
    """
    import docker.errors  # noqa: PLC0415 - slow to import

    from boxscore.boxes.docker.errors import FOREIGN  # noqa: PLC0415 - brings the SDK

    with closing(connect() if connect else open_engine(timeout_s)) as client:
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
