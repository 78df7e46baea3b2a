"""The warning, before anything runs, that a benchmark is not graded in the image that has its libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.errors import UsageError
from boxscore.images.recipes import recipe

if TYPE_CHECKING:
    from boxscore.harness import Harness

_LIBRARIES = "requirements.txt"  # of a recipe whose image has libraries that instances import


def image_notice(harness: Harness, image: str | None) -> str | None:
    """Say what boxes of `image`, None for those of this machine's own files, may lack; None where that is nothing.

    Compilers are not looked at: whatever lacks one is told so by its protocol.
    """
    if harness.image is None:
        return None
    try:
        own = recipe(harness.image)
    except UsageError:  # its author's own: what is in it is not known here
        return None
    if image == own.reference or _LIBRARIES not in dict(own.files):
        return None
    there = f"boxes of image {image}" if image is not None else "local boxes, which have this machine's Python"
    return (
        f"{harness.name} needs {own.description}, which are in its own image: `boxscore images build {own.name}`, then "
        f"`--backend docker`; in {there}, samples of an instance whose reference misses one are not charged"
    )
