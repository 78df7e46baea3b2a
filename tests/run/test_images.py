"""The images of a run: which are in use, and which go when their instances are done."""

from __future__ import annotations

import threading
import uuid
from contextlib import nullcontext
from typing import TYPE_CHECKING

import pytest

from boxscore.images.disk import evict
from boxscore.images.instances import ensure_instance_images
from boxscore.images.layers import environment_reference, instance_reference
from boxscore.images.records import InstanceImage
from boxscore.images.usage import ImageUse, held_references, in_use
from boxscore.records import Outcome, Result, Trust
from boxscore.run.images import Eviction, references_of
from boxscore.run.progress import PlannedWork, Silent

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

IMAGES = {name: InstanceImage(name=name, environment="RUN e", instance=f"RUN {name}") for name in ("a", "b")}
A, B = map(instance_reference, IMAGES.values())
SHARED = environment_reference(IMAGES["a"])


def result(instance_id: str, sample_id: str = "0") -> Result:
    return Result(instance_id=instance_id, sample_id=sample_id, outcome=Outcome.WRONG, trust=Trust.WATCHED)


def eviction(use: ImageUse, calls: list[frozenset[str]] | None = None, seen: threading.Event | None = None) -> Eviction:
    def remove(references: frozenset[str], keep_bytes: int) -> tuple[str, ...]:
        assert keep_bytes == 5
        assert references == {A, B, SHARED}
        if calls is not None:
            calls.append(held_references() & references)
        if seen is not None:
            seen.set()
        return ()

    return Eviction({name: (image,) for name, image in IMAGES.items()}, use, 5, remove)


def all_references() -> list[str]:
    return [reference for image in IMAGES.values() for reference in references_of(image)]


def silently(_work: PlannedWork) -> AbstractContextManager[Silent]:
    return nullcontext(Silent())


def test_an_image_is_in_use_until_its_last_sample_is_done() -> None:
    """Then its own may go; what it is built on stays in use for the next instance that needs it."""
    work = PlannedWork(total=3, todo={"a": 2, "b": 1})
    with in_use(all_references()) as use, eviction(use).watching(silently, work) as progress:
        progress.add([result("a")])
        first = held_references()
        progress.add([result("a", "1")])
        second = held_references()
        progress.add([result("b")])
        third = held_references()

    assert first >= {A, B, SHARED}
    assert second & {A, B, SHARED} == {B, SHARED}
    assert not third & {A, B, SHARED}


def test_what_was_done_before_may_go_at_once() -> None:
    """A run that goes on has results already: images of instances without anything left are not in use."""
    work = PlannedWork(total=1, todo={"b": 1})

    with in_use(all_references()) as use, eviction(use).watching(silently, work):
        assert held_references() & {A, B, SHARED} == {B, SHARED}


def test_images_go_while_others_are_graded() -> None:
    """Removing is not the workers' work, and is tried once more at the end."""
    calls: list[frozenset[str]] = []
    seen = threading.Event()
    work = PlannedWork(total=2, todo={"a": 1, "b": 1})
    with in_use(all_references()) as use:
        one = eviction(use, calls, seen)
        with one.at_work(), one.watching(silently, work) as shown:
            shown.add([result("a")])
            assert seen.wait(300)
            shown.add([result("b")])

    assert calls[0] == {B, SHARED}
    assert calls[-1] == frozenset()


@pytest.mark.docker
@pytest.mark.slow
@pytest.mark.usefixtures("docker_backend")
def test_an_engine_is_left_with_what_is_in_use() -> None:
    """Images go in their order, none that somebody uses, and what they are built on last, when nobody needs it."""
    mark = uuid.uuid4()
    tree = "RUN mkdir /testbed && echo {} > /testbed/a"
    images = [InstanceImage(name=f"toy-{n}", environment=f"ENV MARK={mark}", instance=tree.format(n)) for n in range(2)]
    assert [one.error for one in ensure_instance_images(images)] == [None, None]
    first, second = map(instance_reference, images)
    below = environment_reference(images[0])
    ours = {first, second, below}

    with in_use([second, below]) as use:
        assert evict(1 << 40, among=ours) == ()
        assert evict(0, among=ours) == (first,)
        use.release(second)
        assert evict(0, among=ours) == (second,)
    assert evict(0, among=ours) == (below,)
