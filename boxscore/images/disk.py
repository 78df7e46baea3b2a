"""Removing instance images, the least recently used first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import docker.errors
from msgspec import Struct

from boxscore.images.engine import engine, list_images
from boxscore.images.layers import ENVIRONMENT, INSTANCE, INTERPRETER
from boxscore.images.recipes import KIND, LABEL
from boxscore.images.usage import forget_use, held_references, last_used

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from docker import DockerClient

_REMOVABLE = (ENVIRONMENT, INSTANCE, INTERPRETER)


class HeldImage(Struct, frozen=True, kw_only=True):
    """An image of ours that is here: `base` is what it was built on, `used` seconds since the epoch (0: not here)."""

    reference: str
    kind: str
    base: str
    own_bytes: int
    used: float


def evict(
    keep_bytes: int = 0,
    *,
    among: Container[str] | None = None,
    say: Callable[[str], None] = lambda _: None,
    connect: Callable[[], DockerClient] | None = None,
) -> tuple[str, ...]:
    """Remove instance images, the least recently used first, until theirs is at most `keep_bytes`; say which.

    Counted is what each image takes beyond the one that it was built on, `among` these alone if given. An environment
    goes when nothing is built on it any more, and that was not enough. Images that a container or a run uses, and those
    that are not ours, stay. `connect` finds the engine, the usual one unless given.
    """
    removed: list[str] = []
    tried: set[str] = set()
    with engine("making room", connect=connect) as client:
        while True:
            held = _held(client)
            ours = [one for one in held if among is None or one.reference in among]
            over = sum(one.own_bytes for one in ours) - keep_bytes
            used = () if among is None else held_references()
            chosen = choose([one for one in ours if one.reference not in tried], held, over, used)
            if not chosen:
                return tuple(removed)
            removed += [reference for reference in chosen if _remove(client, reference, say)]
            tried.update(chosen)


def choose(free: Sequence[HeldImage], held: Sequence[HeldImage], over: int, used: Container[str] = ()) -> list[str]:
    """Choose among `free` ones of `over` bytes: instances, oldest first, then what nothing of `held` is built on.

    Those that are `used` are passed over.
    """
    free = [one for one in free if one.reference not in used]
    bases = {one.base for one in held}
    oldest = sorted((one for one in free if one.kind == INSTANCE), key=lambda one: (one.used, one.reference))
    idle = [one for one in free if one.kind != INSTANCE and one.reference not in bases]
    chosen = []
    for one in (*oldest, *idle):
        if over <= 0:
            break
        chosen.append(one.reference)
        over -= one.own_bytes
    return chosen


def _held(client: DockerClient) -> list[HeldImage]:
    images = list_images(client, f"{LABEL}=1")
    sizes = {reference: image.size_bytes for image in images for reference in image.references}
    return [
        HeldImage(
            reference=reference,
            kind=image.labels[KIND],
            base=(base := image.labels.get(f"{LABEL}.base", "")),
            own_bytes=max(0, image.size_bytes - sizes.get(base, 0)),
            used=last_used(reference) or 0.0,
        )
        for image in images
        if image.labels.get(KIND) in _REMOVABLE
        for reference in image.references
    ]


def _remove(client: DockerClient, reference: str, say: Callable[[str], None]) -> bool:
    if reference in held_references():  # asked each time, for a run may have begun
        say(f"{reference} stays: a run uses it")
        return False
    try:
        client.images.remove(reference)  # never by force: the engine refuses where a container uses it
    except docker.errors.ImageNotFound:
        return False
    except docker.errors.APIError as error:
        say(f"{reference} stays: {error.explanation}")
        return False
    forget_use(reference)
    return True
