"""Choose the backend and the image of a run, and open graders in them."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from boxscore.boxes.contract import Capability
from boxscore.cache import cache_folder

if TYPE_CHECKING:
    from boxscore.boxes.contract import Backend
    from boxscore.protocols.contract import GraderFactory
    from boxscore.run.gate import Gates


def run_digest(backend: Backend, image: str | None) -> str:
    """What the run's image is here; "" where each instance has an image of its own. Raises ImageMissing."""
    return "" if image is None and Capability.IMAGES in backend.capabilities else backend.image_digest(image)


def grader_factory(
    backend: Backend, image: str | None, *, strict: bool = False, gates: Gates | None = None
) -> GraderFactory:
    """How workers open graders in boxes of this backend; `strict`: a box for each sample, not only for each patch.

    They share what is known of references, also with those of another backend that are given the same `gates`.
    """
    from boxscore.protocols.registry import open_grader  # noqa: PLC0415 - only where boxes are used
    from boxscore.run import gate  # noqa: PLC0415 - as above

    ungated = partial(open_grader, backend, image, cache=cache_folder(), strict=strict)
    return gate.gate_graders(ungated, gates or gate.Gates(cache_folder()), backend, partial(run_digest, backend))
