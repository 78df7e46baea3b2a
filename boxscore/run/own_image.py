"""What is told before anything runs where a benchmark is not graded in the image that has its libraries."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
    own = recipe(harness.image)
    if image == own.reference or _LIBRARIES not in dict(own.files):
        return None
    there = f"image {image} has" if image is not None else "local boxes have of this machine's Python"
    return (
        f"{harness.name} needs {own.description}, which are in its own image: `boxscore images build {own.name}`, then "
        f"`--backend docker`; with what {there}, samples of an instance whose reference fails are not charged"
    )
