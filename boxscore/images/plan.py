"""What the images of instances will take, before any is built: estimated from what such images take here."""

from __future__ import annotations

import os
import shutil
import statistics
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
from boxscore.images.reach import reach_here
from boxscore.images.recipes import KIND, LABEL, recipe

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from docker import DockerClient

    from boxscore.images.engine import ListedImage
    from boxscore.images.records import InstanceImage

_GB = 1e9
_RESERVE_BYTES = 2 << 30
# Where nothing of the kind is here. Means of 26 instances of 17 repositories and their environments.
USUAL_BYTES: Mapping[str, int] = {
    INSTANCE: 50_000_000,
    ENVIRONMENT: 100_000_000,
    INTERPRETER: 110_000_000,
    "recipe": 600_000_000,
    "pinned": 3_000_000_000,
}


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


class Survey(Struct, frozen=True, kw_only=True):
    """What was found before anything is built.

    `missing` has the instances whose images are not here, `troubles` those of them that cannot be had, with the cause.
    `plan` is of the others.
    """

    images: int
    missing: tuple[str, ...]
    troubles: dict[str, str]
    plan: ImagesPlan

    def notices(self) -> tuple[str, ...]:
        """The lines to show before a run. Raises SandboxUnavailable if no image that is needed can be had."""
        found = []
        if self.missing:
            found.append(f"{len(self.missing)} of {self.images} images are missing and will be built or pulled")
        if self.troubles:
            name, cause = next(iter(self.troubles.items()))
            if len(self.troubles) == self.images:
                raise SandboxUnavailable(f"no image is available: {cause} (for {name})")
            found.append(f"{len(self.troubles)} of them are not available; the first, {name}: {cause}")
        if not self.plan.fits:
            found.append(
                f"warning: {self.plan.room()}: the run stops where that is reached; --keep-gb N removes images of "
                "instances that are done"
            )
        return tuple(found)


def survey(images: Sequence[InstanceImage], *, mirror: str | None = None) -> Survey:
    """Look what is here, and ask whether the rest can be had. Raises SandboxUnavailable where no engine answers.

    `mirror` is BOXSCORE_MIRROR unless given.
    """
    distinct = {instance_reference(image): image for image in images}
    with engine("looking for images") as client:
        here = {reference for image in list_images(client) for reference in image.references}
    missing = [image for reference, image in distinct.items() if reference not in here]
    reach = reach_here(mirror or os.environ.get("BOXSCORE_MIRROR") or None) if missing else None
    troubles = {} if reach is None else reach.troubles(missing)
    return Survey(
        images=len(distinct),
        missing=tuple(image.name for image in missing),
        troubles=troubles,
        plan=make_plan([image for image in missing if image.name not in troubles]),
    )


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
        listed = list_images(client)
        free = _free_bytes(client)
    here = {reference for image in listed for reference in image.references}
    return plan_of(images, here, sizes_of(listed), free_bytes=free, reserve_bytes=reserve)


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


def sizes_of(listed: Iterable[ListedImage]) -> dict[str, int]:
    """What an image of each kind takes beyond what it is built on: the mean of ours that are here."""
    ours = [image for image in listed if image.labels.get(LABEL) == "1"]
    whole = {reference: image.size_bytes for image in ours for reference in image.references}
    kinds: dict[str, list[int]] = {}
    for image in ours:
        base = image.labels.get(f"{LABEL}.base", "")
        if image.references and base in whole:
            kinds.setdefault(image.labels.get(KIND, ""), []).append(max(0, image.size_bytes - whole[base]))
    return {kind: int(statistics.fmean(sizes)) for kind, sizes in kinds.items()}


def plan_of(
    images: Sequence[InstanceImage],
    here: set[str],
    sizes: Mapping[str, int],
    *,
    free_bytes: int | None,
    reserve_bytes: int,
) -> ImagesPlan:
    """Add up; asks no engine."""
    likely = {**USUAL_BYTES, **sizes}
    distinct = {instance_reference(image): image for image in images}
    environments = {layer.reference for image in distinct.values() if (layer := environment_layer(image)) is not None}
    bases: dict[str, str] = {}
    for base in {image.base for image in distinct.values() if image.pinned is None}:
        bases[recipe(recipe_name(base)).reference] = "recipe"
        bases.setdefault(base_reference(base), INTERPRETER)
    below = dict.fromkeys(environments, ENVIRONMENT) | bases
    shared = sum(likely[kind] for reference, kind in below.items() if reference not in here)
    missing = [image for reference, image in distinct.items() if reference not in here]
    return ImagesPlan(
        instances=len(images),
        images=len(distinct),
        here=len(distinct.keys() & here),
        environments=len(environments),
        environments_here=len(environments & here),
        bases=len(bases),
        bases_here=len(bases.keys() & here),
        needed_bytes=shared + sum(likely["pinned" if image.pinned else INSTANCE] for image in missing),
        shared_bytes=shared,
        free_bytes=free_bytes,
        reserve_bytes=reserve_bytes,
    )
