"""Which protocol grades a task, and under what."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.boxes.stoppable import waited_for
from boxscore.errors import ImageMissing
from boxscore.harness import limits_in_force
from boxscore.protocols.patch.task import PatchTask
from boxscore.protocols.versions import version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore.boxes.contract import Backend
    from boxscore.harness import Task
    from boxscore.protocols.contract import Batch, Grader
    from boxscore.protocols.patch.task import TreeImage
    from boxscore.records import Conditions, Result

BUILDS = 2  # of one image, by one worker


def conditions_of(task: Task, asked: Conditions) -> Conditions:
    """Say under what a task's samples are graded, of what was asked for a whole run.

    The image of the run is not used for patches: theirs is told by its content. Each has a box of its own.
    """
    version = version_of(task, asked.backend)
    if not isinstance(task, PatchTask):
        return replace(asked, limits=limits_in_force(task), version=version)
    from boxscore.images.layers import tree_reference  # noqa: PLC0415 - only for patches

    image = tree_reference(task.image)
    return replace(asked, strict=True, image=image, image_digest="", limits=limits_in_force(task), version=version)


class AnyGrader:
    """Opens the grader of a protocol when its first batch comes."""

    def __init__(self, stack: ExitStack, backend: Backend, image: str | None, cache: Path, *, strict: bool) -> None:
        self._stack, self._backend, self._image, self._cache, self._strict = stack, backend, image, cache, strict
        self._function: Grader | None = None
        self._patch: Grader | None = None

    def grade(self, batch: Batch) -> Iterator[Result]:
        """See `Grader.grade`."""
        return self._for(batch.task).grade(batch)

    def _for(self, task: Task) -> Grader:
        if isinstance(task, PatchTask):
            self._patch = self._patch or self._open_patch()
            return self._patch
        self._function = self._function or self._open_function()
        return self._function

    def _open_function(self) -> Grader:
        from boxscore.protocols.function.grader import open_function_grader  # noqa: PLC0415 - only where it is used

        opened = open_function_grader(self._backend, self._image, cache=self._cache, strict=self._strict)
        return self._stack.enter_context(opened)

    def _open_patch(self) -> Grader:
        from boxscore.protocols.patch.grader import open_patch_grader  # noqa: PLC0415 - only where it is used

        return self._stack.enter_context(open_patch_grader(self._backend, TreeFinder(self._backend), cache=self._cache))


class TreeFinder:
    """Finds images of instances for one worker, each built or pulled if it is not here.

    One that could not be had is not tried again but once: every further sample of its instance would wait for the same
    build to fail. `have` brings an image here and returns why that failed, None if it did not.
    """

    def __init__(self, backend: Backend, have: Callable[[TreeImage], str | None] | None = None) -> None:
        self._backend, self._have = backend, have or _have
        self._failed: dict[str, list[str]] = {}

    def __call__(self, image: TreeImage) -> str:
        """Return the reference of an image that is here. Raises ImageMissing, SandboxUnavailable."""
        reference = _reference(image)
        try:
            self._backend.image_digest(reference)
        except ImageMissing:
            self._build(reference, image)
        return reference

    def _build(self, reference: str, image: TreeImage) -> None:
        failed = self._failed.setdefault(reference, [])
        if len(failed) < BUILDS:
            error = waited_for(self._backend, lambda: self._have(image))
            if error is None:
                return
            failed.append(error)
        raise ImageMissing(failed[-1]) from None


def _have(image: TreeImage) -> str | None:
    from boxscore.images.instances import ensure_trees  # noqa: PLC0415 - brings the SDK

    (found,) = ensure_trees((image,))
    return found.error


@lru_cache(maxsize=1024)
def _reference(image: TreeImage) -> str:
    """The reference of an image, which takes reading all that goes into it; also remember that it was used."""
    from boxscore.images.instances import mark_used, tree_reference  # noqa: PLC0415 - only for patches

    reference = tree_reference(image)
    mark_used(reference)
    return reference


@contextmanager
def open_grader(backend: Backend, image: str | None, *, cache: Path, strict: bool = False) -> Iterator[Grader]:
    """Open a grader for batches of any protocol; on exit its boxes are gone. See the protocols for the options."""
    with ExitStack() as stack:
        yield AnyGrader(stack, backend, image, cache, strict=strict)
