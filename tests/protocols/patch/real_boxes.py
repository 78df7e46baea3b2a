"""Boxes of a Docker engine for an instance of the tests' own."""

from __future__ import annotations

import contextlib
import uuid
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import instance_reference
from boxscore.protocols.contract import Batch, Candidate
from boxscore.protocols.patch.boxes import Boxes
from boxscore.protocols.patch.grader import open_patch_grader
from boxscore.records import Trust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from boxscore import Backend, PatchTask
    from boxscore.images.records import InstanceImage
    from boxscore.records import Result


@contextlib.contextmanager
def boxes_of(backend: Backend, image: InstanceImage) -> Iterator[Boxes]:
    """Give boxes of an instance's image, which is removed afterwards; skip where it cannot be had.

    It has a label of its own: another run of the tests on the same engine would remove the image that is used here.
    """
    import docker  # noqa: PLC0415 - only where there is an engine
    import docker.errors  # noqa: PLC0415 - as above

    label = f"LABEL boxscore.test={uuid.uuid4()}\n"

    def labelled(one: InstanceImage) -> InstanceImage:
        return replace(one, instance=label + one.instance)

    (info,) = ensure_instance_images([labelled(image)])
    if info.error is not None:
        pytest.skip(f"no image of an instance here: {info.error[-300:]}")
    try:
        yield Boxes(backend, lambda one: instance_reference(labelled(one)), sleep=lambda _: None)
    finally:
        with contextlib.closing(docker.from_env(timeout=600)) as client, contextlib.suppress(docker.errors.APIError):
            client.images.remove(info.reference)


@contextlib.contextmanager
def grades_of(backend: Backend, task: PatchTask, cache: Path, instance_id: str) -> Iterator[Callable[[str], Result]]:
    with boxes_of(backend, task.image) as boxes, open_patch_grader(boxes, cache=cache) as grader:

        def run(patch: str) -> Result:
            candidates = (Candidate(sample_id="0", code=patch),)
            batch = Batch(instance_id=instance_id, task=task, trust=Trust.WATCHED, candidates=candidates)
            (result,) = grader.grade(batch)
            return result

        yield run
