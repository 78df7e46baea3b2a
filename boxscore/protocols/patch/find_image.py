"""Find the images of instances, for one worker: each is built or pulled if it is not here."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from boxscore.boxes.stoppable import waited_for
from boxscore.errors import ImageMissing

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.contract import Backend
    from boxscore.images.records import TreeImage

BUILDS = 2  # of one image, by one worker


class TreeFinder:
    """Finds images of instances for one worker, each built or pulled if it is not here.

    One that could not be had is not tried again but once: every further sample of its instance would wait for the same
    build to fail. `have` brings an image here and returns why that failed, None if it did not.
    """

    def __init__(self, backend: Backend, have: Callable[[TreeImage], str | None] | None = None) -> None:
        self._backend, self._have = backend, have or _have
        self._failed: dict[str, list[str]] = {}

    def __call__(self, image: TreeImage) -> str:
        """Return the reference of an image that is here. Raises ImageMissing, SandboxUnavailable."""
        reference = _reference(image)
        try:
            self._backend.image_digest(reference)
        except ImageMissing:
            self._build(reference, image)
        return reference

    def _build(self, reference: str, image: TreeImage) -> None:
        failed = self._failed.setdefault(reference, [])
        if len(failed) < BUILDS:
            error = waited_for(self._backend, lambda: self._have(image))
            if error is None:
                return
            failed.append(error)
        raise ImageMissing(failed[-1]) from None


def _have(image: TreeImage) -> str | None:
    from boxscore.images.instances import ensure_trees  # noqa: PLC0415 - brings the SDK

    (found,) = ensure_trees((image,))
    return found.error


@lru_cache(maxsize=1024)
def _reference(image: TreeImage) -> str:
    """The reference of an image, which takes reading all that goes into it; also remember that it was used."""
    from boxscore.images.instances import mark_used, tree_reference  # noqa: PLC0415 - only for patches

    reference = tree_reference(image)
    mark_used(reference)
    return reference
