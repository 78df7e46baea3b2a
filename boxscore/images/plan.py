"""What the missing images of instances will take, estimated before any is built."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import SandboxUnavailable, UsageError
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
from boxscore.images.recipes import recipe

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from docker import DockerClient

    from boxscore.images.records import InstanceImage

_GB = 1e9
_RESERVE_BYTES = 2 << 30
# Means of 26 instances of 17 repositories and their environments.
USUAL_BYTES: Mapping[str, int] = {
    INSTANCE: 50_000_000,
    ENVIRONMENT: 100_000_000,
    INTERPRETER: 110_000_000,
    "recipe": 600_000_000,
    "pinned": 3_000_000_000,
}


class ImagesPlan(Struct, frozen=True, kw_only=True):
    """What is missing of the images of instances, and whether there is room for it.

    `free_bytes` is None where the engine is on another machine.
    """

    images: int
    missing: int
    needed_bytes: int
    free_bytes: int | None
    reserve_bytes: int

    @property
    def fits(self) -> bool:
        """Whether there is room, as far as that is known."""
        return self.free_bytes is None or self.needed_bytes + self.reserve_bytes <= self.free_bytes

    def room(self) -> str:
        """What the missing images may need, and what there is."""
        return (
            f"the missing images may need {self.needed_bytes / _GB:.1f} GB, and the engine's disk has "
            f"{(self.free_bytes or 0) / _GB:.1f} GB, of which {self.reserve_bytes / _GB:.1f} GB must stay free"
        )

    def notices(self) -> tuple[str, ...]:
        """The lines to show before a run."""
        found = []
        if self.missing:
            found.append(f"{self.missing} of {self.images} images are missing and will be built or pulled")
        if self.needed_bytes and not self.fits:
            found.append(
                f"warning: {self.room()}: the run stops where that is reached; --keep-gb N removes images of "
                "instances that are done"
            )
        return tuple(found)


def refuse_without_room(images: Sequence[InstanceImage], reserve_bytes: int | None = None) -> None:
    """Raise SandboxUnavailable where what is missing of `images` may need more than the engine's disk has."""
    plan = make_plan(images, reserve_bytes=reserve_bytes)
    if plan.needed_bytes and not plan.fits:
        raise SandboxUnavailable(
            f"{plan.room()}: ask for fewer instances, or make room with `boxscore images clean --keep-gb N`"
        )


def make_plan(images: Sequence[InstanceImage], *, reserve_bytes: int | None = None) -> ImagesPlan:
    """Say what the images take; BOXSCORE_MIN_FREE_GB must stay free unless `reserve_bytes` are given.

    Raises SandboxUnavailable where no engine answers, UsageError if the variable is no number.
    """
    reserve = _reserve_bytes() if reserve_bytes is None else reserve_bytes
    with engine("planning images") as client:
        here = {reference for image in list_images(client) for reference in image.references}
        free = _free_bytes(client)
    return plan_of(images, here, free_bytes=free, reserve_bytes=reserve)


def _reserve_bytes() -> int:
    given = os.environ.get("BOXSCORE_MIN_FREE_GB")
    try:
        found = int(float(given) * _GB) if given else _RESERVE_BYTES
    except (ValueError, OverflowError) as error:
        raise UsageError(f"BOXSCORE_MIN_FREE_GB={given!r} is no number of gigabytes") from error
    if found < 0:
        raise UsageError("disk space cannot be negative")
    return found


def _free_bytes(client: DockerClient) -> int | None:
    """Room on the engine's disk; None where the engine is on another machine."""
    if not str(client.api.base_url).startswith("http+docker"):
        return None
    root = Path(str(client.info().get("DockerRootDir") or os.sep))
    return shutil.disk_usage(root).free if root.is_dir() else None


def plan_of(
    images: Sequence[InstanceImage], here: set[str], *, free_bytes: int | None, reserve_bytes: int
) -> ImagesPlan:
    """Add up what images of these kinds usually take; asks no engine."""
    distinct = {instance_reference(image): image for image in images}
    missing = [image for reference, image in distinct.items() if reference not in here]
    kinds = {reference: "pinned" if image.pinned else INSTANCE for reference, image in distinct.items()}
    for image in missing:
        if image.pinned is None:
            kinds[recipe(recipe_name(image.base)).reference] = "recipe"
            kinds.setdefault(base_reference(image.base), INTERPRETER)
        if (layer := environment_layer(image)) is not None:
            kinds[layer.reference] = ENVIRONMENT
    return ImagesPlan(
        images=len(distinct),
        missing=len(missing),
        needed_bytes=sum(USUAL_BYTES[kind] for reference, kind in kinds.items() if reference not in here),
        free_bytes=free_bytes,
        reserve_bytes=reserve_bytes,
    )
