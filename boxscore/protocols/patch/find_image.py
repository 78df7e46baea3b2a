"""Find the images of instances and of their services, for one worker: each is built or pulled if it is not here."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from boxscore.boxes.stoppable import waited_for
from boxscore.errors import ImageMissing
from boxscore.images.recipes import reference
from boxscore.images.store import EnvironmentImage, ImageStore
from boxscore.images.watch import current_watch

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.contract import Backend
    from boxscore.images.records import InstanceImage

BUILDS = 2  # of one image, in one run


class ImageFinder:
    """Finds images of instances for one worker, each built or pulled if it is not here.

    One that could not be had is not tried again but once, by all workers of a run together: every further sample of its
    instance would wait for the same build to fail. `ensure` brings an image here, as an `ImageStore` does.
    """

    def __init__(self, backend: Backend, ensure: Callable[[InstanceImage], object] | None = None) -> None:
        self._backend, self._ensure = backend, ensure or _ensure
        self._failed = current_watch().failures

    def __call__(self, image: InstanceImage) -> str:
        """Return the reference of an image that is here. Raises ImageMissing, SandboxUnavailable."""
        return self._found(_reference(image), lambda: self._ensure(image))

    def service(self, recipe: str) -> str:
        """Return the reference of a service's image, a folder of `images/`. Raises as a call does."""
        return self._found(reference(recipe), lambda: _ensure(EnvironmentImage(recipe)))

    def _found(self, name: str, bring: Callable[[], object]) -> str:
        try:
            self._backend.image_digest(name)
        except ImageMissing:
            self._build(name, bring)
        return name

    def _build(self, name: str, bring: Callable[[], object]) -> None:
        failed = self._failed.setdefault(name, [])
        if len(failed) < BUILDS:
            try:
                waited_for(self._backend, bring)
            except ImageMissing as error:
                failed.append(str(error))
            else:
                return
        raise ImageMissing(failed[-1]) from None


def _ensure(image: InstanceImage | EnvironmentImage) -> str:
    return ImageStore().ensure(image)


@lru_cache(maxsize=1024)
def _reference(image: InstanceImage) -> str:
    """The reference of an image, which takes reading all that goes into it; also remember that it was used."""
    from boxscore.images.layers import instance_reference  # noqa: PLC0415 - only for patches
    from boxscore.images.usage import mark_used  # noqa: PLC0415 - as above

    name = instance_reference(image)
    mark_used(name)
    return name
