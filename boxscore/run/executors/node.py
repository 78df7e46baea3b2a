"""Making a machine of a cluster ready to grade: the same engine, a sandbox, and the image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.stoppable import StoppableBackend
from boxscore.cache import cache_folder, locked
from boxscore.errors import ImageMissing, SandboxUnavailable
from boxscore.run.graders import run_digest
from boxscore.version import VERSION

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.contract import Backend
    from boxscore.run.executors.settings import GraderSettings


def ready_backend(
    settings: GraderSettings,
    *,
    backend: Backend | None = None,
    bring: Callable[[GraderSettings], None] | None = None,
) -> tuple[StoppableBackend, str]:
    """Return a backend that works here, and what its image is here; an image that is missing is made or pulled once.

    `backend` and `bring` replace what the settings name and how an image is made. Raises SandboxUnavailable where
    verdicts would not be the same: another version of boxscore, another image.
    """
    check_versions(settings)
    stoppable = StoppableBackend(backend or _opened(settings))
    stoppable.check()
    # Workers that start together would all make the same image.
    with locked(cache_folder() / "node.lock"):
        stoppable.reap()
        try:
            digest = run_digest(stoppable, settings.image)
        except ImageMissing:
            (bring or _bring)(settings)
            digest = run_digest(stoppable, settings.image)
    if settings.recipe is None and digest != settings.digest:
        raise SandboxUnavailable(
            f"image {settings.image} is {digest} here and {settings.digest} where the run began; name it by digest"
        )
    return stoppable, digest


def check_versions(settings: GraderSettings) -> None:
    """Refuse to grade with another version than the one that prepared the run."""
    from boxscore.protocols.registry import protocol_named  # noqa: PLC0415 - only where boxes are used

    grading = {name: protocol_named(name).version(settings.backend) for name in settings.grading}
    if (VERSION, grading) != (settings.version, settings.grading):
        raise SandboxUnavailable(
            f"boxscore {VERSION} (grading {', '.join(grading.values())}) is installed here, but the run was prepared "
            f"by {settings.version} (grading {', '.join(settings.grading.values())}): install the same"
        )


def _opened(settings: GraderSettings) -> Backend:
    from boxscore.boxes.registry import open_backend  # noqa: PLC0415 - only where boxes are used

    options = {} if settings.runtime is None else {"runtime": settings.runtime}
    return open_backend(settings.backend, **options)


def _bring(settings: GraderSettings) -> None:
    from boxscore.images.store import EnvironmentImage, ImageStore, PublishedImage  # noqa: PLC0415 - brings the SDK

    recipe = settings.recipe
    ImageStore().ensure(PublishedImage(settings.image or "") if recipe is None else EnvironmentImage(recipe))
