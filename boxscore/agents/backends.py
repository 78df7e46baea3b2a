"""Which backend makes the boxes of agents: one of each kind for the whole process, checked and swept once."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING

from boxscore.boxes.contract import Capability
from boxscore.boxes.registry import auto_backend, open_backend
from boxscore.errors import BoxscoreError
from boxscore.images.recipes import reference

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend


def backend_called(name: str) -> Backend:
    """Return the process's backend of a name, or the first that works for `auto`.

    Raises UsageError for a name that does not exist, SandboxUnavailable where it does not work here.
    """
    return _checked(name, os.getpid(), os.environ.get("DOCKER_HOST"))


@lru_cache(maxsize=8)
def _checked(name: str, _pid: int, _engine: str | None) -> Backend:
    if name == "auto":
        backend = auto_backend()
    else:
        backend = open_backend(name)
        backend.check()
    with suppress(BoxscoreError):  # whoever opens the next box sees what is wrong
        backend.reap()
    return backend


def default_image(backend: Backend) -> str | None:
    """The image of a box for which none was named: boxscore's own of Python, where boxes are made of images."""
    return reference("python") if Capability.IMAGES in backend.capabilities else None
