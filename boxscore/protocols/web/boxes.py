"""The two boxes of a sample, on a network of their own: one that serves its project, and one with a browser.

They are kept for all attempts of one sample; no box ever sees two samples.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.contract import Box, BoxSpec, Stream
from boxscore.errors import BoxError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from boxscore.boxes.contract import Backend, Network
    from boxscore.images.records import InstanceImage
    from boxscore.protocols.web.task import WebTask

ALIAS = "project"
TMP = "/tmp"  # noqa: S108 - in the box
BROWSER, PROJECT = "browser", "web"
"""The folders of `images/` that the browser's image is built from, and that of projects without one of their own."""


class Pair(Struct):
    """The boxes of one sample, and the forwarder in the browser's, once it is started: it serves all attempts."""

    project: Box
    browser: Box
    outward: Stream | None = None


class FindImages(Struct, frozen=True):
    """How references of images are found; the images are built or pulled if need be."""

    instance: Callable[[InstanceImage], str]
    recipe: Callable[[str], str]


class WebBoxes:
    """Opens boxes of one backend; `image` is that of the run, for projects without one of their own.

    `layers` are those of the boxes opened last.
    """

    def __init__(self, backend: Backend, image: str | None, find: FindImages) -> None:
        self.backend, self._image, self._find = backend, image, find
        self.layers: tuple[str, ...] = ()

    def find_images(self, task: WebTask) -> tuple[str | None, str]:
        """The references of the project's image and of the browser's. Raises ImageMissing, SandboxUnavailable."""
        shared = self._image or self._find.recipe(PROJECT) if task.image is None else None
        project = shared if task.image is None else self._find.instance(task.image)
        return project, self._find.recipe(BROWSER)

    def browser_digest(self, task: WebTask) -> str:
        """The digest of the browser's image. Raises as `find_images` does."""
        return self.backend.image_digest(self.find_images(task)[1])

    @contextmanager
    def pair(self, task: WebTask) -> Iterator[Pair]:
        """Open the boxes of a sample; on exit all of them are gone, and their network.

        Raises SandboxUnavailable, ImageMissing, BoxLost.
        """
        images = self.find_images(task)
        with ExitStack() as stack:
            network = stack.enter_context(self.backend.network())
            project, browser = (stack.enter_context(self.backend.box(spec)) for spec in _specs(task, images, network))
            pair = Pair(project, browser)
            self.layers = tuple(sorted({*project.layers, *browser.layers}))
            yield pair


class SampleBoxes:
    """The boxes of one sample, opened when they are first needed, and again after they were dropped."""

    def __init__(self, boxes: WebBoxes, task: WebTask) -> None:
        self._boxes, self._task = boxes, task
        self._stack = ExitStack()
        self._pair: Pair | None = None

    def pair(self) -> Pair:
        """The boxes. Raises as `WebBoxes.pair` does."""
        if self._pair is None:
            self._pair = self._stack.enter_context(self._boxes.pair(self._task))
        return self._pair

    def drop(self) -> None:
        """Close the boxes, whatever state they are in."""
        self._pair = None
        with suppress(BoxError):  # what cannot be removed now is the reaper's
            self._stack.close()


def _specs(task: WebTask, images: tuple[str | None, str], network: Network) -> tuple[BoxSpec, BoxSpec]:
    project, browser = images
    return (
        BoxSpec(image=project, limits=task.limits, folders=(TMP,), network=network, alias=ALIAS),
        BoxSpec(image=browser, limits=task.browser_limits, folders=(TMP,), network=network),
    )
