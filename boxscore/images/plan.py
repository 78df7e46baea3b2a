"""Estimate what the images of many instances will take before any is built, from what such images take here."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.images import disk
from boxscore.images.engine import engine, list_images
from boxscore.images.layers import (
    ENVIRONMENT,
    INSTANCE,
    INTERPRETER,
    base_reference,
    environment_layer,
    instance_reference,
    recipe_name,
)
from boxscore.images.recipes import KIND, LABEL, recipe
from boxscore.images.records import DiskOptions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore.images.engine import ListedImage
    from boxscore.images.records import InstanceImage

# Where nothing of the kind is here. Means of 26 instances of 17 repositories and their environments, docs/images.md.
USUAL_BYTES: Mapping[str, int] = {
    INSTANCE: 50_000_000,
    ENVIRONMENT: 100_000_000,
    INTERPRETER: 110_000_000,
    "recipe": 600_000_000,
    "pinned": 3_000_000_000,
}


class RepositoryPlan(Struct, frozen=True, kw_only=True):
    """The images of one repository's instances: `needed_bytes` is what those that are missing may take.

    `environments` are shared by instances, and may be by repositories. `measured` counts the instances here whose size
    the estimate is made of; with none it is what is usual.
    """

    repository: str
    instances: int
    here: int
    environments: int
    environments_here: int
    needed_bytes: int
    measured: int


class ImagesPlan(Struct, frozen=True, kw_only=True):
    """What the images of instances take: `shared_bytes` of the `needed_bytes` are in layers below several instances.

    `bases` are recipes and interpreters. `free_bytes` is None where the engine is on another machine.
    """

    instances: int
    images: int
    here: int
    environments: int
    environments_here: int
    bases: int
    bases_here: int
    needed_bytes: int
    shared_bytes: int
    free_bytes: int | None
    reserve_bytes: int
    repositories: tuple[RepositoryPlan, ...]

    @property
    def fits(self) -> bool:
        """Whether there is room, as far as that is known."""
        return self.free_bytes is None or self.needed_bytes + self.reserve_bytes <= self.free_bytes


class Sizes(Struct, frozen=True):
    """Own bytes of images that are here, by kind, and of instances by repository."""

    kinds: Mapping[str, Sequence[int]]
    repositories: Mapping[str, Sequence[int]]

    def of(self, kind: str, repository: str = "") -> int:
        """What an image of a kind is likely to take: as those of its repository here, as others here, as is usual."""
        if kind == INSTANCE and self.repositories.get(repository):
            return int(statistics.median(self.repositories[repository]))
        return USUAL_BYTES[kind] if kind not in (ENVIRONMENT, INTERPRETER) else self._mean(kind)

    def _mean(self, kind: str) -> int:
        found = self.kinds.get(kind)
        return int(statistics.fmean(found)) if found else USUAL_BYTES[kind]


def repository_of(name: str) -> str:
    """The repository of an instance, by its name: what stands before its last number."""
    return name.rpartition("-")[0] or name


def make_plan(images: Sequence[InstanceImage], *, reserve_bytes: int | None = None) -> ImagesPlan:
    """Say what the images take. Raises SandboxUnavailable where no engine answers."""
    reserve = DiskOptions.from_environment().reserve_bytes if reserve_bytes is None else reserve_bytes
    with engine("planning images") as client:
        listed = list_images(client)
        free = disk.engine_free_bytes(client)
    here = {reference for image in listed for reference in image.references}
    return plan_of(images, here, sizes_of(listed), free_bytes=free, reserve_bytes=reserve)


def sizes_of(listed: Iterable[ListedImage]) -> Sizes:
    """What images of ours take beyond what they are built on."""
    ours = [image for image in listed if image.labels.get(LABEL) == "1"]
    whole = {reference: image.size_bytes for image in ours for reference in image.references}
    kinds: dict[str, list[int]] = {}
    repositories: dict[str, list[int]] = {}
    for image in ours:
        kind, base = image.labels.get(KIND, ""), image.labels.get(f"{LABEL}.base", "")
        if not image.references or base not in whole:
            continue
        own = max(0, image.size_bytes - whole[base])
        kinds.setdefault(kind, []).append(own)
        if kind == INSTANCE:
            repositories.setdefault(repository_of(image.labels.get(f"{LABEL}.name", "")), []).append(own)
    return Sizes(kinds, repositories)


def plan_of(
    images: Iterable[InstanceImage], here: set[str], sizes: Sizes, *, free_bytes: int | None, reserve_bytes: int
) -> ImagesPlan:
    """Add up; asks no engine."""
    images = list(images)
    distinct = {instance_reference(image): image for image in images}
    environments = {layer.reference for image in distinct.values() if (layer := environment_layer(image)) is not None}
    bases: dict[str, str] = {}
    for base in {image.base for image in distinct.values() if image.pinned is None}:
        bases[recipe(recipe_name(base)).reference] = "recipe"
        bases.setdefault(base_reference(base), INTERPRETER)
    below = dict.fromkeys(environments, ENVIRONMENT) | bases
    shared = sum(sizes.of(kind) for reference, kind in below.items() if reference not in here)
    own = sum(_own(image, sizes) for reference, image in distinct.items() if reference not in here)
    repositories = sorted(_grouped(distinct).items())
    return ImagesPlan(
        instances=len(images),
        images=len(distinct),
        here=len(distinct.keys() & here),
        environments=len(environments),
        environments_here=len(environments & here),
        bases=len(bases),
        bases_here=len(bases.keys() & here),
        needed_bytes=own + shared,
        shared_bytes=shared,
        free_bytes=free_bytes,
        reserve_bytes=reserve_bytes,
        repositories=tuple(_of_repository(name, some, here, sizes) for name, some in repositories),
    )


def _own(image: InstanceImage, sizes: Sizes) -> int:
    return sizes.of("pinned" if image.pinned else INSTANCE, repository_of(image.name))


def _grouped(images: Mapping[str, InstanceImage]) -> dict[str, dict[str, InstanceImage]]:
    found: dict[str, dict[str, InstanceImage]] = {}
    for reference, image in images.items():
        found.setdefault(repository_of(image.name), {})[reference] = image
    return found


def _of_repository(name: str, images: Mapping[str, InstanceImage], here: set[str], sizes: Sizes) -> RepositoryPlan:
    layers = {layer.reference for image in images.values() if (layer := environment_layer(image)) is not None}
    own = sum(_own(image, sizes) for reference, image in images.items() if reference not in here)
    return RepositoryPlan(
        repository=name,
        instances=len(images),
        here=len(images.keys() & here),
        environments=len(layers),
        environments_here=len(layers & here),
        needed_bytes=own + sizes.of(ENVIRONMENT) * len(layers - here),
        measured=len(sizes.repositories.get(name, ())),
    )
