"""The one door to images: say which image is needed, and get the reference of one that is here.

Each backend that makes boxes of images has a store: the Docker engine, or folders that images are unpacked into.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from boxscore.boxes.local.roots import find_root
from boxscore.errors import ImageMissing
from boxscore.images.layers import PINNED, instance_reference
from boxscore.images.pull import pull_pinned
from boxscore.images.recipes import reference
from boxscore.images.records import InstanceImage
from boxscore.images.unpacked import evict_unpacked, pull_unpacked

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from boxscore.boxes.contract import Backend
    from boxscore.images.build import BuildOptions


class EnvironmentImage(Struct, frozen=True):
    """The image of a folder of `images/`, such as `python`: many instances use it."""

    recipe: str


class PublishedImage(Struct, frozen=True):
    """An image that somebody else made, as `repository@sha256:…`."""

    pinned: str


ImageSpec = EnvironmentImage | PublishedImage | InstanceImage


def reference_of(spec: ImageSpec) -> str:
    """The name of an image, whether it is here or not; asks no engine."""
    if isinstance(spec, EnvironmentImage):
        return reference(spec.recipe)
    return spec.pinned if isinstance(spec, PublishedImage) else instance_reference(spec)


class Survey(Struct, frozen=True):
    """How many images of instances are missing, and what to say of that before a run."""

    missing: int
    notices: tuple[str, ...]


class ImageStore(Protocol):
    """Where a backend's images are."""

    def ensure(self, spec: ImageSpec) -> str:
        """Have an image here unless it is, and return its reference.

        Raises ImageMissing, with the end of the build's log, for one that cannot be had, SandboxUnavailable if no
        engine answers or its disk has too little room, UsageError for an impossible image.
        """

    def survey(self, images: Sequence[InstanceImage]) -> Survey:
        """Look for images of instances. Raises SandboxUnavailable if no engine answers."""

    def evict(self, among: Container[str], keep_bytes: int) -> Sequence[str]:
        """Remove images of instances until those `among` take at most so many bytes; return what was removed."""


def store_of(backend: Backend) -> ImageStore:
    """The store that a backend's boxes are made from."""
    return UnpackedImages() if backend.name == "local" else EngineImages()


class EngineImages:
    """The Docker engine's: images of recipes and of instances are built or pulled, published ones pulled by digest."""

    def __init__(self, *, options: BuildOptions | None = None, say: Callable[[str], None] = lambda _: None) -> None:
        self._options, self._say = options, say

    def ensure(self, spec: ImageSpec) -> str:
        """See `ImageStore.ensure`."""
        if isinstance(spec, EnvironmentImage):
            from boxscore.images.environments import build  # noqa: PLC0415 - brings the SDK

            build((spec.recipe,), options=self._options, say=self._say)
        elif isinstance(spec, PublishedImage):
            if not PINNED.fullmatch(spec.pinned):
                raise ImageMissing(f"image {spec.pinned} is not on this machine, and only pinned ones are pulled")
            pull_pinned(spec.pinned, say=self._say)
        else:
            from boxscore.images.instances import ensure_instance_images  # noqa: PLC0415 - brings the SDK

            (found,) = ensure_instance_images((spec,), options=self._options, say=self._say)
            if found.error is not None:
                raise ImageMissing(found.error)
        return reference_of(spec)

    def survey(self, images: Sequence[InstanceImage]) -> Survey:
        """See `ImageStore.survey`."""
        from boxscore.images.plan import make_plan  # noqa: PLC0415 - brings the SDK

        plan = make_plan(images)
        return Survey(plan.missing, plan.notices())

    def evict(self, among: Container[str], keep_bytes: int) -> Sequence[str]:
        """See `ImageStore.evict`."""
        from boxscore.images.disk import evict  # noqa: PLC0415 - brings the SDK

        return evict(keep_bytes, among=among)


class UnpackedImages:
    """Folders: published images are fetched by digest, others come by `boxscore images import`."""

    def ensure(self, spec: ImageSpec) -> str:
        """See `ImageStore.ensure`."""
        name = reference_of(spec)
        if find_root(name) is not None:
            return name
        if isinstance(spec, PublishedImage) and PINNED.fullmatch(spec.pinned):
            return pull_unpacked(spec.pinned).reference
        raise ImageMissing(
            f"{name} is not unpacked here: on a machine with a Docker engine `boxscore images export BENCH DIR`, "
            "here `boxscore images import DIR`; or `boxscore images import REGISTRY/NAME:TAG@sha256:…`"
        )

    def survey(self, images: Sequence[InstanceImage]) -> Survey:
        """See `ImageStore.survey`."""
        references = set(map(instance_reference, images))
        missing = sum(find_root(reference) is None for reference in references)
        notice = (
            f"{missing} of {len(references)} images are not unpacked here: `boxscore images export BENCH DIR` where "
            "Docker is, then here `boxscore images import DIR`"
        )
        return Survey(missing, (notice,) if missing else ())

    def evict(self, among: Container[str], keep_bytes: int) -> Sequence[str]:
        """See `ImageStore.evict`."""
        return evict_unpacked(keep_bytes, among=among)
