"""The image that a project is built and served with."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from boxscore import InstanceImage

    from .project import Project


def image_of(project: Project) -> InstanceImage | None:
    """None where the run's image has all that it takes."""
    del project
    return None
