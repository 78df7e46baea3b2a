"""The images that a run's instances have for themselves: looked at before anything is built, and kept from others."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.boxes.contract import Capability
from boxscore.errors import RunStopped, SandboxUnavailable
from boxscore.protocols.registry import protocol_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from boxscore.boxes.stoppable import StoppableBackend
    from boxscore.images.records import InstanceImage
    from boxscore.images.watch import BuildWatch
    from boxscore.protocols.contract import Task


def images_of(tasks: Iterable[Task]) -> tuple[InstanceImage, ...]:
    """The images that tasks have for themselves."""
    return tuple(image for task in tasks for image in protocol_of(task).images(task))


def references_of(image: InstanceImage) -> Iterator[str]:
    """An instance's image and what it is built on: nobody may remove them while it is graded."""
    from boxscore.images.layers import environment_reference, instance_reference  # noqa: PLC0415 - for those alone

    yield instance_reference(image)
    if image.pinned is None:
        yield environment_reference(image)


def look_ahead(images: tuple[InstanceImage, ...], backend: StoppableBackend, watch: BuildWatch) -> None:
    """Tell what will be built, what cannot be had and whether there is room, before the first build.

    Raises SandboxUnavailable if no image can be had, RunStopped as soon as the run was stopped.
    """
    if not images or Capability.IMAGES not in backend.capabilities:
        return
    from boxscore.images.survey import survey  # noqa: PLC0415 - brings the SDK

    try:
        found = backend.waited_for(lambda: survey(images))
    except RunStopped:
        raise
    except SandboxUnavailable:
        return  # who needs an image says why it cannot be had
    watch.total = len(found.missing)
    for notice in found.notices():
        watch.notice(notice)
