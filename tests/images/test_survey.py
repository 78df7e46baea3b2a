"""What a run is told before its first build."""

from __future__ import annotations

import pytest

from boxscore.errors import SandboxUnavailable
from boxscore.images.survey import Survey

GB = 1_000_000_000


def survey(
    *, missing: int = 2, troubles: dict[str, str] | None = None, needed: int = 1, free: int | None = 100
) -> Survey:
    return Survey(
        images=4,
        missing=tuple(f"i-{number}" for number in range(missing)),
        troubles=troubles or {},
        needed_bytes=needed * GB,
        free_bytes=None if free is None else free * GB,
        reserve_bytes=2 * GB,
    )


def test_what_is_missing_is_told() -> None:
    assert survey().notices() == ("2 of 4 images are missing and will be built or pulled",)
    assert survey(missing=0).notices() == ()


def test_what_cannot_be_had_is_told_with_its_cause() -> None:
    found = survey(troubles={"i-1": "git clone x failed: could not resolve host"}).notices()

    assert found[1] == "1 of them are not available; the first, i-1: git clone x failed: could not resolve host"


def test_a_run_without_any_image_is_refused() -> None:
    with pytest.raises(SandboxUnavailable, match=r"^no image is available: why \(for i-0\)$"):
        survey(missing=4, troubles={f"i-{number}": "why" for number in range(4)}).notices()


@pytest.mark.parametrize(("needed", "free", "fits"), [(98, 100, True), (99, 100, False), (10**6, None, True)])
def test_too_little_room_is_told(needed: int, free: int | None, *, fits: bool) -> None:
    found = survey(needed=needed, free=free)

    assert found.fits is fits
    assert ("99.0 GB, and the engine's disk has 100.0 GB" in " ".join(found.notices())) is not fits
