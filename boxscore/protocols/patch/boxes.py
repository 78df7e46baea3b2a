"""Boxes for patches, each of the image of its instance, opened as often as it takes."""

from __future__ import annotations

import time
from contextlib import ExitStack, contextmanager, nullcontext
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Protocol, TypeVar

from boxscore.boxes.contract import BoxSpec, Capability
from boxscore.boxes.stoppable import pause, waited_for
from boxscore.errors import BoxError, BoxLost, HarnessError, ImageMissing, LossCause
from boxscore.images.recipes import reference
from boxscore.images.store import EnvironmentImage, store_of
from boxscore.images.watch import current_watch
from boxscore.protocols.retry import attempt
from boxscore.protocols.trusted import ending_of, run_trusted
from boxscore.records import LimitName, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AbstractContextManager

    from boxscore.boxes.contract import Backend, Box, Completed, Network, Stream
    from boxscore.images.records import InstanceImage
    from boxscore.protocols.contract import Opening, Service
    from boxscore.protocols.retry import During, OnLoss, Tried

    OpenBox = Callable[[During], AbstractContextManager[Box]]
    FindImage = Callable[[InstanceImage], str]
    FindService = Callable[[str], str]


BUILDS = 2  # of one image, in one run


class ImageFinder:
    """Finds images of instances for one worker, each built or pulled if it is not here.

    One that could not be had is not tried again but once, by all workers of a run together: every further sample of its
    instance would wait for the same build to fail. `ensure` brings an image here, as an `ImageStore` does.
    """

    def __init__(self, backend: Backend, ensure: Callable[[InstanceImage], object] | None = None) -> None:
        self._backend, self._ensure = backend, ensure or store_of(backend).ensure
        self._failed = current_watch().failures

    def __call__(self, image: InstanceImage) -> str:
        """Return the reference of an image that is here. Raises ImageMissing, SandboxUnavailable."""
        return self._found(_reference(image), lambda: self._ensure(image))

    def service(self, recipe: str) -> str:
        """Return the reference of a service's image, a folder of `images/`. Raises as a call does."""
        return self._found(reference(recipe), lambda: store_of(self._backend).ensure(EnvironmentImage(recipe)))

    def _found(self, name: str, bring: Callable[[], object]) -> str:
        try:
            self._backend.image_digest(name)
        except ImageMissing:
            self._build(name, bring)
        return name

    def _build(self, name: str, bring: Callable[[], object]) -> None:
        failed = self._failed.setdefault(name, [])
        if len(failed) < BUILDS:
            try:
                waited_for(self._backend, bring)
            except ImageMissing as error:
                failed.append(str(error))
            else:
                return
        raise ImageMissing(failed[-1]) from None


@lru_cache(maxsize=1024)
def _reference(image: InstanceImage) -> str:
    """The reference of an image, which takes reading all that goes into it; also remember that it was used."""
    from boxscore.images.layers import instance_reference  # noqa: PLC0415 - only for patches
    from boxscore.images.usage import mark_used  # noqa: PLC0415 - as above

    name = instance_reference(image)
    mark_used(name)
    return name


SERVE, CHECK = "/service/serve", "/service/check"  # as `docs/patches.md` says
READY = b"ready\n"
START_S = 180.0
SERVICE_LIMITS = Limits(
    cpu_s=3600.0, wall_s=3600.0, memory_bytes=512 << 20, processes=64, disk_bytes=64 << 20, output_bytes=4096
)
CHECK_LIMITS = Limits(cpu_s=60.0, wall_s=300.0, output_bytes=4096)

# Asked in the sample's box before anything else runs there.
_REACH = """
import json, socket, sys
for host in json.load(sys.stdin):
    socket.create_connection((host, 80), timeout=60).close()
""".strip()


class Serving:
    """Services that run: the network that a box joins to reach them, and a look at whether they still serve."""

    def __init__(self, network: Network, boxes: Sequence[tuple[Service, Box, Stream]]) -> None:
        self.network, self._boxes = network, boxes

    def reach_from(self, box: Box) -> None:
        """See that a box reaches all of them: packets may be lost between boxes. Raises BoxLost."""
        done = run_trusted(box, _REACH, [service.host for service, _, _ in self._boxes], CHECK_LIMITS)
        if done.exit_code != 0:
            said = done.stderr[-200:].decode(errors="replace").strip()
            raise BoxLost(f"the box does not reach its services: {said or ending_of(done)}")

    def check(self) -> None:
        """See that all of them still serve. Raises BoxLost, which says who ended one."""
        for service, box, stream in self._boxes:
            done = box.run([CHECK], limits=CHECK_LIMITS)
            if done.exit_code != 0:
                problem = f"the service {service.host} did not serve any more when the tests had ended"
                raise BoxLost(problem, cause=_who_ended(done, stream))


@contextmanager
def services_of(backend: Backend, find_service: Callable[[str], str], services: Sequence[Service]) -> Iterator[Serving]:
    """Start services on a network of their own; on exit all of it is gone.

    Raises BoxLost for one that does not start, HarnessError where boxes of the backend can share no network,
    SandboxUnavailable, ImageMissing.
    """
    if Capability.NETWORKS not in backend.capabilities:
        names = ", ".join(service.host for service in services)
        raise HarnessError(
            f"its tests need a server in a second box ({names}), and boxes of this backend cannot share a network",
            details=("use the docker backend, with a runtime that has networks, such as runc",),
        )
    with ExitStack() as stack:
        network = stack.enter_context(backend.network())
        boxes: list[tuple[Service, Box, Stream]] = []
        for service in services:
            image = find_service(service.image)
            spec = BoxSpec(image=image, limits=SERVICE_LIMITS, network=network, alias=service.host)
            box = stack.enter_context(backend.box(spec))
            boxes.append((service, box, box.open([SERVE, service.host])))
        for service, _, stream in boxes:
            _await_ready(service, stream)
        yield Serving(network, boxes)


def _who_ended(checked: Completed, stream: Stream) -> LossCause:
    """Say who ended a service, by a check that failed; one that runs and does not answer is as its clients left it."""
    if checked.limit is LimitName.WALL:  # it gives up long before, where the machine lets it run
        return LossCause.OUTSIDE
    fate = stream.fate()
    return LossCause.INSIDE if fate is LossCause.UNKNOWN else fate


def _await_ready(service: Service, stream: Stream) -> None:
    said, until = b"", time.monotonic() + START_S
    while said != READY:
        try:
            some = stream.receive(len(READY), max(1.0, until - time.monotonic()))
        except TimeoutError as error:
            raise BoxLost(f"the service {service.host} did not start within {START_S:.0f} s") from error
        said += some
        if not some or not READY.startswith(said):
            raise BoxLost(f"the service {service.host} did not start: {stream.stop()[-300:].strip()}")


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


def boxes_of(opening: Opening) -> Boxes:
    """Boxes of an opening's backend, for which images are built or pulled."""
    find = ImageFinder(opening.backend)
    return Boxes(opening.backend, find, find_service=find.service)
