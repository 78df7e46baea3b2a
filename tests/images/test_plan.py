"""What images will take and what a run hears of it, before one of them is built."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from boxscore.errors import SandboxUnavailable
from boxscore.images.layers import ENVIRONMENT, INSTANCE
from boxscore.images.plan import USUAL_BYTES, ImagesPlan, Survey, plan_of
from boxscore.images.records import InstanceImage

MB, GB = 1_000_000, 1_000_000_000


def image(name: str, environment: str = "RUN a") -> InstanceImage:
    return InstanceImage(name=name, environment=environment, instance=f"RUN echo {name}")


def plan(images: list[InstanceImage], *here: str, sizes: dict[str, int] | None = None) -> ImagesPlan:
    return plan_of(images, set(here), sizes or {}, free_bytes=None, reserve_bytes=2 * GB)


def test_what_is_shared_counts_once() -> None:
    found = plan([image("a__b-1"), image("a__b-2"), image("c__d-1", "RUN c")])

    assert (found.instances, found.images, found.environments, found.bases) == (3, 3, 2, 1)
    assert found.shared_bytes == 2 * USUAL_BYTES[ENVIRONMENT] + USUAL_BYTES["recipe"]
    assert found.needed_bytes == found.shared_bytes + 3 * USUAL_BYTES[INSTANCE]


def survey(
    *, missing: int = 2, troubles: dict[str, str] | None = None, needed: int = 1, free: int | None = 100
) -> Survey:
    return Survey(
        images=4,
        missing=tuple(f"i-{number}" for number in range(missing)),
        troubles=troubles or {},
        plan=replace(plan([]), needed_bytes=needed * GB, free_bytes=None if free is None else free * GB),
    )


def test_what_is_missing_is_named() -> None:
    assert survey().notices() == ("2 of 4 images are missing and will be built or pulled",)
    assert survey(missing=0).notices() == ()


def test_a_run_without_any_image_is_refused() -> None:
    with pytest.raises(SandboxUnavailable, match=r"^no image is available: why \(for i-0\)$"):
        survey(missing=4, troubles={f"i-{number}": "why" for number in range(4)}).notices()


@pytest.mark.parametrize(("needed", "free", "fits"), [(98, 100, True), (99, 100, False), (10**6, None, True)])
def test_too_little_room_is_said(needed: int, free: int | None, *, fits: bool) -> None:
    found = survey(needed=needed, free=free)

    assert found.plan.fits is fits
    assert ("99.0 GB, and the engine's disk has 100.0 GB" in " ".join(found.notices())) is not fits
