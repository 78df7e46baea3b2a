"""The images of a run: surveyed before anything is built, and protected from removal while in use."""

from __future__ import annotations

import logging
import threading
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from boxscore.boxes.contract import Capability
from boxscore.errors import BoxscoreError, RunStopped, SandboxUnavailable, UsageError
from boxscore.images.recipes import recipe
from boxscore.log import event
from boxscore.protocols.registry import protocol_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.boxes.stoppable import StoppableBackend
    from boxscore.harness import Harness
    from boxscore.images.records import InstanceImage
    from boxscore.images.usage import ImageUse
    from boxscore.images.watch import BuildWatch
    from boxscore.protocols.contract import Task
    from boxscore.records import Result
    from boxscore.run.progress import PlannedWork, Progress

    Show = Callable[[PlannedWork], AbstractContextManager[Progress]]

_LIBRARIES = "requirements.txt"  # of a recipe whose image has libraries that instances import
END_S = 3.0  # how long the end of a run waits for images to be removed


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
    """Report what will be built and whether there is room, before the first build.

    Raises RunStopped as soon as the run was stopped.
    """
    if not images or Capability.IMAGES not in backend.capabilities:
        return
    from boxscore.images.store import store_of  # noqa: PLC0415 - only where images are used

    try:
        found = backend.waited_for(lambda: store_of(backend).survey(images))
    except RunStopped:
        raise
    except SandboxUnavailable:
        return  # who needs an image says why it cannot be had
    watch.total = found.missing
    for notice in found.notices:
        watch.notice(notice)


class Eviction:
    """Removes images of instances that are done, where those of the run take more than they may.

    An instance is done when each of its samples has a result. Until then its image, and what that is built on, is in
    use and is removed by nobody. `remove` is given the references of the run and the bytes that these may take.
    """

    def __init__(
        self,
        images: Mapping[str, Sequence[InstanceImage]],
        use: ImageUse,
        keep_bytes: int,
        remove: Callable[[frozenset[str], int], Sequence[str]],
    ) -> None:
        self._use, self._keep_bytes, self._remove = use, keep_bytes, remove
        self._of = {name: [one for image in some for one in references_of(image)] for name, some in images.items()}
        self._users = Counter(reference for some in self._of.values() for reference in set(some))
        self._all = frozenset(self._users)
        self._left: dict[str, int] = {}
        self._done, self._ended = threading.Event(), threading.Event()

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Remove what may go, from a thread of its own, as long as the block runs and once more at its end."""
        thread = threading.Thread(target=self._work, name="boxscore-evict", daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            self._done.set()
            thread.join(END_S)

    @contextmanager
    def watching(self, show: Show, work: PlannedWork) -> Iterator[Progress]:
        """Show progress as `show` does, and see by it which instances are done."""
        self._left = dict(work.todo)
        for name in self._of.keys() - self._left.keys():
            self._finish(name)
        with show(work) as progress:
            yield _Seen(progress, self.add)

    def add(self, results: Iterable[Result]) -> None:
        """Take in results, each once."""
        for result in results:
            name = result.instance_id
            if name in self._left:
                self._left[name] -= 1
                if not self._left[name]:
                    self._finish(name)

    def _finish(self, name: str) -> None:
        for reference in set(self._of.get(name, ())):
            self._users[reference] -= 1
            if not self._users[reference]:
                self._use.release(reference)
        self._done.set()

    def _work(self) -> None:
        while True:
            self._done.wait()
            self._done.clear()
            over = self._ended.is_set()
            try:
                for reference in self._remove(self._all, self._keep_bytes):
                    event("image_removed", image=reference)
            except BoxscoreError as error:  # whoever opens boxes reports trouble with the engine
                event("image_not_removed", logging.WARNING, reason=str(error))
            if over:
                return


class _Seen:
    """A progress display beside which results are seen."""

    def __init__(self, shown: Progress, see: Callable[[Sequence[Result]], None]) -> None:
        self._shown, self._see = shown, see

    def add(self, results: Sequence[Result]) -> None:
        """See `Progress.add`."""
        self._shown.add(results)
        self._see(results)

    def note(self, text: str) -> None:
        """See `Progress.note`."""
        self._shown.note(text)


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
