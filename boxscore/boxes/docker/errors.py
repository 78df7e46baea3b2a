"""Every error of the Docker SDK, and of what it stands on, as one of ours."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import docker.errors
import requests.exceptions
import urllib3.exceptions

from boxscore.boxes.docker.engine_failure import engine_failure
from boxscore.errors import BoxLost, ImageMissing, SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK = "`boxscore doctor` looks for what is wrong"
FOREIGN = (
    docker.errors.DockerException,
    requests.exceptions.RequestException,
    urllib3.exceptions.HTTPError,
    OSError,
)


@contextlib.contextmanager
def unavailable(doing: str) -> Iterator[None]:
    """Turn errors met before there is a box into SandboxUnavailable, or ImageMissing where an image is not there."""
    try:
        yield
    except docker.errors.ImageNotFound as error:
        raise ImageMissing(f"{doing}: {_explanation(error)}. Run `boxscore images build`") from error
    except FOREIGN as error:
        if isinstance(error, docker.errors.APIError):  # the engine is there, and refuses
            raise SandboxUnavailable(f"{doing}: {_explanation(error)}", details=(LOOK,)) from error
        failure = engine_failure(error)
        raise SandboxUnavailable(f"{doing}: {failure.cause}", details=(failure.remedy,)) from error


@contextlib.contextmanager
def lost(doing: str) -> Iterator[None]:
    """Turn errors met while a box is used into BoxLost."""
    try:
        yield
    except FOREIGN as error:
        raise BoxLost(f"{doing}: {_explanation(error)}") from error


def _explanation(error: Exception) -> str:
    text = getattr(error, "explanation", None) or str(error) or type(error).__name__
    return " ".join(str(text).split())[:500]
