"""What images will take and what a run hears of it, before one of them is built."""

from __future__ import annotations

import pytest

from boxscore.images.layers import ENVIRONMENT, INSTANCE
from boxscore.images.plan import USUAL_BYTES, ImagesPlan, plan_of
from boxscore.images.records import InstanceImage

GB = 1_000_000_000


def image(name: str, environment: str = "RUN a") -> InstanceImage:
    return InstanceImage(name=name, environment=environment, instance=f"RUN echo {name}")


def test_what_is_shared_counts_once() -> None:
    images = [image("a__b-1"), image("a__b-2"), image("c__d-1", "RUN c")]
    found = plan_of(images, set(), free_bytes=None, reserve_bytes=2 * GB)

    shared = 2 * USUAL_BYTES[ENVIRONMENT] + USUAL_BYTES["recipe"]
    assert (found.images, found.missing) == (3, 3)
    assert found.needed_bytes == shared + 3 * USUAL_BYTES[INSTANCE]


@pytest.mark.parametrize(("needed", "free", "fits"), [(98, 100, True), (99, 100, False), (10**6, None, True)])
def test_what_is_missing_and_too_little_room_are_said(needed: int, free: int | None, *, fits: bool) -> None:
    room = None if free is None else free * GB
    found = ImagesPlan(images=4, missing=2, needed_bytes=needed * GB, free_bytes=room, reserve_bytes=2 * GB)

    assert found.notices()[0] == "2 of 4 images are missing and will be built or pulled"
    assert ("99.0 GB, and the engine's disk has 100.0 GB" in " ".join(found.notices())) is not fits


def test_nothing_is_said_where_nothing_is_missing() -> None:
    assert ImagesPlan(images=4, missing=0, needed_bytes=0, free_bytes=0, reserve_bytes=GB).notices() == ()
