"""The image that a benchmark's samples are graded in, which a runner that was just made does not have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.registry import auto_backend
from boxscore.data.plugins import shipped_harness
from boxscore.errors import SandboxUnavailable
from boxscore.images.recipes import recipes

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from boxscore.boxes.contract import Backend

_WITH_IMAGES = "docker"


def missing_image(
    bench: str, environ: Mapping[str, str], *, choose: Callable[[], Backend] = auto_backend
) -> str | None:
    """The recipe of the image to build before a benchmark that ships with boxscore is graded.

    None where boxes have no images, another image is asked for, or each instance has its own, which grading builds. No
    harness of a checkout is run here.
    """
    backend = environ.get("BOXSCORE_BACKEND") or "auto"
    if backend not in {"auto", _WITH_IMAGES} or environ.get("BOXSCORE_IMAGE"):
        return None
    harness = None if "/" in bench else shipped_harness(bench.partition("@")[0])
    if harness is None or harness.image not in {one.name for one in recipes()}:
        return None
    try:
        backend = choose().name if backend == "auto" else backend
    except SandboxUnavailable:  # grading says what is missing
        return None
    return harness.image if backend == _WITH_IMAGES else None
