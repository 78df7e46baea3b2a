"""Boxes for patches, each of the image of its instance, opened as often as it takes."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.stoppable import pause
from boxscore.errors import BoxError
from boxscore.images.recipes import reference
from boxscore.protocols.patch.services import services_of
from boxscore.protocols.retry import attempt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Backend, Box
    from boxscore.images.records import InstanceImage
    from boxscore.protocols.retry import During, OnLoss, Tried
    from boxscore.protocols.roles import Service
    from boxscore.records import Limits

    OpenBox = Callable[[During], AbstractContextManager[Box]]  # what happens to its services is `during` what ran
    FindImage = Callable[[InstanceImage], str]
    FindService = Callable[[str], str]

TMP = "/tmp"  # noqa: S108 - in the box
Found = TypeVar("Found")


class Housed(Protocol):
    """What a box of an instance's image has to know of a task."""

    @property
    def image(self) -> InstanceImage:
        """The image of its instance."""

    @property
    def limits(self) -> Limits:
        """What one sample may use."""

    @property
    def services(self) -> tuple[Service, ...]:
        """The servers that it needs beside it."""


class Boxes:
    """Opens boxes of one backend.

    `find_image` returns the reference of an instance's image, which it builds or pulls if that must be; it raises
    ImageMissing if it cannot. So does `find_service` with a service's image; without it, what is here must do. `sleep`
    waits between attempts, unless the run is stopped if None is given. `layers` are those of the last box.
    """

    def __init__(
        self,
        backend: Backend,
        find_image: FindImage,
        *,
        find_service: FindService = reference,
        sleep: Callable[[float], object] | None = None,
    ) -> None:
        self.backend, self._sleep = backend, sleep or partial(pause, backend)
        self.find_image, self._find_service = find_image, find_service
        self.layers: tuple[str, ...] = ()

    @contextmanager
    def open(self, task: Housed, *, during: During = nullcontext) -> Iterator[Box]:
        """Open a box for a task, beside the services that it needs.

        Raises SandboxUnavailable, ImageMissing, HarnessError where there can be no services, and BoxLost where one of
        them cannot be reached, or at the end was lost meanwhile: that counts as happening `during` what ran in the box.
        """
        with ExitStack() as stack:
            image = self.find_image(task.image)
            serving = None
            if task.services:
                serving = stack.enter_context(services_of(self.backend, self._find_service, task.services))
            network = None if serving is None else serving.network
            spec = BoxSpec(image=image, limits=task.limits, folders=(task.image.tree, TMP), network=network)
            box = stack.enter_context(self.backend.box(spec))
            self.layers = box.layers
            if serving is not None:
                serving.reach_from(box)
            yield box
            if serving is not None:
                with during():
                    serving.check()

    @contextmanager
    def open_apart(self, task: Housed, limits: Limits) -> Iterator[Box]:
        """Open a box of a task's image for a program that is not the candidate's. Raises as `open` does."""
        with self.backend.box(BoxSpec(image=self.find_image(task.image), limits=limits)) as box:
            yield box

    def tried(
        self,
        task: Housed,
        once: Callable[[], Found],
        on_loss: OnLoss = lambda *_: None,
        *,
        control: Callable[[], object] | None = None,
    ) -> Tried[Found]:
        """Call `once`, again where it loses its box, right after a `control`: a box in which nothing happens, if None.

        Raises SandboxUnavailable where none can be opened at all.
        """
        self.layers = ()
        return attempt(once, control=control or partial(self._control, task), sleep=self._sleep, on_loss=on_loss)

    def _control(self, task: Housed) -> None:
        """See that a box of this kind works. Raises what a box raises."""
        with self.open(task) as box:
            done = box.run(["bash", "-c", "exit 0"])
            if done.exit_code != 0:
                raise BoxError(f"a control ended with {done.exit_code or done.signal}")
