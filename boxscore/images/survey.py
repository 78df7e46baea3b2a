"""What images a run will need: which are here, which cannot be had, and how much room the others take."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import SandboxUnavailable
from boxscore.images.engine import engine, references_here
from boxscore.images.instances import reach_here
from boxscore.images.layers import instance_reference
from boxscore.images.plan import make_plan

if TYPE_CHECKING:
    from collections.abc import Sequence

    from boxscore.images.records import InstanceImage

_GB = 1e9


class Survey(Struct, frozen=True, kw_only=True):
    """What was found before anything is built.

    `missing` has the instances whose images are not here, `troubles` those of them that cannot be had, with the cause.
    `needed_bytes` is what the others may take, `free_bytes` what the engine's disk has (None: not known), of which
    `reserve_bytes` must stay free.
    """

    images: int
    missing: tuple[str, ...]
    troubles: dict[str, str]
    needed_bytes: int
    free_bytes: int | None
    reserve_bytes: int

    @property
    def fits(self) -> bool:
        """Whether there is room for all that is missing, as far as that is known."""
        return self.free_bytes is None or self.needed_bytes + self.reserve_bytes <= self.free_bytes

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
        if not self.fits and self.free_bytes is not None:
            found.append(
                f"warning: the missing images may need {self.needed_bytes / _GB:.1f} GB, and the engine's disk has "
                f"{self.free_bytes / _GB:.1f} GB, of which {self.reserve_bytes / _GB:.1f} GB must stay free: the run "
                "stops where that is reached; --keep-gb N removes images of instances that are done"
            )
        return tuple(found)


def survey(images: Sequence[InstanceImage], *, mirror: str | None = None) -> Survey:
    """Look what is here, and ask whether the rest can be had. Raises SandboxUnavailable where no engine answers.

    `mirror` is BOXSCORE_MIRROR unless given.
    """
    distinct = {instance_reference(image): image for image in images}
    with engine("looking for images") as client:
        here = references_here(client)
        missing = {reference: image for reference, image in distinct.items() if reference not in here}
    reach = reach_here(mirror or os.environ.get("BOXSCORE_MIRROR") or None) if missing else None
    troubles = {} if reach is None else reach.troubles(missing.values())
    plan = make_plan([image for image in missing.values() if image.name not in troubles])
    return Survey(
        images=len(distinct),
        missing=tuple(image.name for image in missing.values()),
        troubles=troubles,
        needed_bytes=plan.needed_bytes,
        free_bytes=plan.free_bytes,
        reserve_bytes=plan.reserve_bytes,
    )
