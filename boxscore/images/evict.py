"""Removing instance images, the least recently used first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import docker.errors
from msgspec import Struct

from boxscore.errors import SandboxUnavailable
from boxscore.images.disk import engine_sizes
from boxscore.images.engine import engine
from boxscore.images.layers import ENVIRONMENT, INSTANCE, INTERPRETER
from boxscore.images.recipes import KIND, LABEL
from boxscore.images.usage import forget_use, held_references, last_used

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Sequence

    from docker import DockerClient


class Held(Struct, frozen=True, kw_only=True):
    """An image of ours that is here: `base` is what it was built on, `used` seconds since the epoch (0: not here)."""

    reference: str
    kind: str
    base: str
    own_bytes: int
    used: float


def evict(
    keep_bytes: int = 0,
    *,
    keep: Container[str] = (),
    say: Callable[[str], None] = lambda _: None,
) -> tuple[str, ...]:
    """Remove instance images, the least recently used first, until theirs is at most `keep_bytes`; say which.

    Counted are layers that no image but theirs has, and the environments below them; an environment goes with the
    last image built on it. References in `keep`, images that a container or a run uses and images that are not ours
    stay.
    """
    removed: list[str] = []
    tried: set[str] = set()
    with engine("making room") as client:
        while True:
            found = _found(client)
            over = sum(one.own_bytes for one in found) - keep_bytes
            chosen = choose(
                [one for one in found if one.reference not in tried and one.reference not in keep], found, over
            )
            if not chosen:
                return tuple(removed)
            for reference in chosen:
                if _remove(client, reference, say):
                    removed.append(reference)
                tried.add(reference)


def choose(free: Sequence[Held], held: Sequence[Held], over: int) -> list[str]:
    """Choose among `free` ones: what nothing of `held` is built on, and instances, oldest first, of `over` bytes."""
    if over <= 0:
        return []
    bases = {one.base for one in held}
    idle = [one for one in free if one.kind != INSTANCE and one.reference not in bases]
    chosen = [one.reference for one in idle]
    over -= sum(one.own_bytes for one in idle)
    for one in sorted((one for one in free if one.kind == INSTANCE), key=lambda one: (one.used, one.reference)):
        if over <= 0:
            break
        chosen.append(one.reference)
        over -= one.own_bytes
    return chosen


def _found(client: DockerClient) -> list[Held]:
    sizes = engine_sizes(client)
    if sizes is None:  # nothing may be removed by a guess
        raise SandboxUnavailable("the engine cannot say what its images take: it is busy counting; try again")
    found = []
    for image in client.images.list(filters={"label": f"{LABEL}=1"}):
        kind = image.labels.get(KIND, "")
        for reference in image.tags if kind in (ENVIRONMENT, INSTANCE, INTERPRETER) else ():
            size = int(image.attrs["Size"])
            base = image.labels.get(f"{LABEL}.base", "")
            shared = int(sizes.get(str(image.id), {}).get("SharedSize", 0)) if kind == INSTANCE else _size(client, base)
            used = last_used(reference) or 0.0
            found.append(Held(reference=reference, kind=kind, base=base, own_bytes=max(0, size - shared), used=used))
    return found


def _size(client: DockerClient, reference: str) -> int:
    try:
        return int(client.images.get(reference).attrs["Size"])
    except docker.errors.ImageNotFound:
        return 0


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
