"""The one door to images: say which image is needed, and get the reference of one that is here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import ImageMissing
from boxscore.images.layers import PINNED, instance_reference
from boxscore.images.pull import pull_pinned
from boxscore.images.recipes import reference
from boxscore.images.records import InstanceImage

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.images.build import BuildOptions


class EnvironmentImage(Struct, frozen=True):
    """The image of a folder of `images/`, such as `python`: many instances use it."""

    recipe: str


class PublishedImage(Struct, frozen=True):
    """An image that somebody else made, as `repository@sha256:…`."""

    pinned: str


ImageSpec = EnvironmentImage | PublishedImage | InstanceImage


class ImageStore:
    """Brings images here: those of recipes and of instances are built or pulled, published ones pulled by digest."""

    def __init__(self, *, options: BuildOptions | None = None, say: Callable[[str], None] = lambda _: None) -> None:
        self._options, self._say = options, say

    def reference(self, spec: ImageSpec) -> str:
        """The name of an image, whether it is here or not; asks no engine."""
        if isinstance(spec, EnvironmentImage):
            return reference(spec.recipe)
        return spec.pinned if isinstance(spec, PublishedImage) else instance_reference(spec)

    def ensure(self, spec: ImageSpec) -> str:
        """Have an image here unless it is, and return its reference.

        Raises ImageMissing, with the end of the build's log, for one that cannot be had, SandboxUnavailable if no
        engine answers or its disk has too little room, UsageError for an impossible image.
        """
        if isinstance(spec, EnvironmentImage):
            self._build(spec.recipe)
        elif isinstance(spec, PublishedImage):
            if not PINNED.fullmatch(spec.pinned):
                raise ImageMissing(f"image {spec.pinned} is not on this machine, and only pinned ones are pulled")
            pull_pinned(spec.pinned, say=self._say)
        else:
            self._build_instance(spec)
        return self.reference(spec)

    def _build(self, recipe: str) -> None:
        from boxscore.images.environments import build  # noqa: PLC0415 - brings the SDK

        build((recipe,), options=self._options, say=self._say)

    def _build_instance(self, image: InstanceImage) -> None:
        from boxscore.images.instances import ensure_instance_images  # noqa: PLC0415 - brings the SDK

        (found,) = ensure_instance_images((image,), options=self._options, say=self._say)
        if found.error is not None:
            raise ImageMissing(found.error)
