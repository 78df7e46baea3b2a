"""Images of instances: build or pull those that are missing, and look into them.

Raises SandboxUnavailable, with what to do, when no engine answers.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import partial
from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import BoxscoreError
from boxscore.images.layers import base_reference, environment_reference, instance_reference, recipe_name
from boxscore.images.records import InstanceImageInfo
from boxscore.images.usage import mark_used
from boxscore.images.watch import current_watch

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from concurrent.futures import Future

    from boxscore.images.build import BuildOptions
    from boxscore.images.records import InstanceImage, InstanceImageCheck


def ensure_instance_images(  # noqa: PLR0913 - options, by keyword
    images: Sequence[InstanceImage],
    *,
    workers: int = 2,
    options: BuildOptions | None = None,
    mirror: str | None = None,
    reserve_bytes: int | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> tuple[InstanceImageInfo, ...]:
    """Build or pull what is missing, `workers` at a time, and describe all; also note that they were used now.

    What several images are built on is built once, before them, also where other processes build at the same time. An
    image that cannot be had does not stop the others: its description has an `error`, one line that begins with the
    cause. With `options.force` the instances' own layers are
    built again. `mirror` is BOXSCORE_MIRROR unless given, `reserve_bytes` BOXSCORE_MIN_FREE_GB. Raises
    SandboxUnavailable if no engine answers or its disk has too little room, UsageError for an impossible image.
    """
    from boxscore.images.build import BuildOptions  # noqa: PLC0415 - they bring the SDK
    from boxscore.images.plan import refuse_without_room  # noqa: PLC0415 - as above

    distinct = {instance_reference(image): image for image in images}
    refuse_without_room(tuple(distinct.values()), reserve_bytes)
    mirror = mirror or os.environ.get("BOXSCORE_MIRROR") or None
    errors = _Builds(options or BuildOptions.from_environment(), mirror, say).run(distinct, workers)
    for reference in distinct.keys() - errors.keys():
        mark_used(reference)
    return tuple(_info(image, errors) for image in images)


def _info(image: InstanceImage, errors: dict[str, str]) -> InstanceImageInfo:
    reference = instance_reference(image)
    error = errors.get(reference)
    return InstanceImageInfo(name=image.name, reference=reference, present=error is None, error=error)


class _Builds:
    """Builds of several images at once; what is below several of them is built once, and fails once for all."""

    def __init__(self, options: BuildOptions, mirror: str | None, say: Callable[[str], None]) -> None:
        self._options, self._mirror, self._say = options, mirror, say
        self._locks: dict[str, threading.Lock] = defaultdict(threading.Lock)
        self._ended: dict[str, BoxscoreError | None] = {}  # by layer: None, or why it cannot be had

    def run(self, images: dict[str, InstanceImage], workers: int) -> dict[str, str]:
        """Have all images here; give the error of each reference that has one."""
        pool = ThreadPoolExecutor(max_workers=max(1, workers), thread_name_prefix="boxscore-build")
        try:
            steps = {
                reference: pool.submit(copy_context().run, self._ensure, image)  # watched by whoever watches here
                for reference, image in self._missing(images).items()
            }
            return {reference: text for reference, step in steps.items() if (text := _error(step))}
        finally:  # whoever is interrupted does not wait for the builds
            pool.shutdown(wait=False, cancel_futures=True)

    def _ensure(self, image: InstanceImage) -> None:
        from boxscore.images import instance_build as build  # noqa: PLC0415 - brings the SDK

        once, say = replace(self._options, force=False), self._say  # what is shared is not built again for one
        with current_watch().instance(image.name):
            if image.pinned is None:
                name = recipe_name(image.base)
                self._once(name, partial(build.ensure_recipe, name, once, say))
                self._once(base_reference(image.base), partial(build.ensure_interpreter, image.base, once, say))
                self._once(environment_reference(image), partial(build.ensure_environment, image, once, say))
            build.ensure_instance(image, self._options, self._mirror, say)

    def _once(self, layer: str, ensure: Callable[[], None]) -> None:
        with self._locks[layer]:
            if layer not in self._ended:
                try:
                    ensure()
                except BoxscoreError as error:
                    self._ended[layer] = error
                else:
                    self._ended[layer] = None
            failed = self._ended[layer]
        if failed is not None:
            raise failed

    def _missing(self, images: dict[str, InstanceImage]) -> dict[str, InstanceImage]:
        from boxscore.images.engine import engine, is_present  # noqa: PLC0415 - brings the SDK

        if self._options.force:
            return images
        with engine("looking for images") as client:
            return {reference: image for reference, image in images.items() if not is_present(client, reference)}


def _error(step: Future[None]) -> str | None:
    """What went wrong in a step, in words."""
    error = step.exception()
    if error is None:
        return None
    if isinstance(error, BoxscoreError):
        return str(error) or type(error).__name__
    raise error


def check_instance_images(images: Sequence[InstanceImage]) -> tuple[InstanceImageCheck, ...]:
    """Look into each instance's image: is its repository one root commit and nothing else, and safe to mount?"""
    from boxscore.images.engine import engine  # noqa: PLC0415 - brings the SDK
    from boxscore.images.inspect import check_reference  # noqa: PLC0415

    with engine("looking into images") as client:
        return tuple(check_reference(client, image) for image in images)
