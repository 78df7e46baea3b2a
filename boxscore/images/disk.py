"""The room that instance images take: what each takes, a look at the disk before a build, and eviction."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors
import tenacity
from msgspec import Struct

from boxscore.errors import SandboxUnavailable
from boxscore.images.engine import engine, list_images, references_here
from boxscore.images.layers import (
    ENVIRONMENT,
    INSTANCE,
    INTERPRETER,
    base_reference,
    environment_layer,
    instance_reference,
    recipe_name,
)
from boxscore.images.layers import environment_reference as parent_of
from boxscore.images.recipes import KIND, LABEL, recipe
from boxscore.images.records import DiskOptions, InstanceImageInfo
from boxscore.images.usage import forget_use, held_references, last_used

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping, Sequence

    from docker import DockerClient

    from boxscore.images.records import InstanceImage


_GB = 1e9

_REMOVABLE = (ENVIRONMENT, INSTANCE, INTERPRETER)

_BUSY = "already running"  # the engine counts for one client at a time, and refuses the others

_BUSY_S = 60.0


def describe(
    client: DockerClient, image: InstanceImage, sizes: Mapping[str, Mapping[str, Any]] | None
) -> InstanceImageInfo:
    """Describe one instance's image; `sizes` as of `engine_sizes`, None if nobody needs them."""
    reference, parent = instance_reference(image), parent_of(image)
    try:
        found = client.images.get(reference)
    except docker.errors.ImageNotFound:
        return InstanceImageInfo(name=image.name, reference=reference, parent=parent)
    size = int(found.attrs["Size"])
    measured = None if sizes is None else sizes.get(str(found.id))
    shared = int(measured["SharedSize"]) if measured is not None else None
    used = last_used(reference)
    return InstanceImageInfo(
        name=image.name,
        reference=reference,
        parent=parent,
        present=True,
        digest=str(found.id),
        size_bytes=size,
        own_bytes=None if shared is None else size - shared,
        shared_bytes=shared,
        last_used=None if used is None else datetime.fromtimestamp(used, UTC).isoformat(timespec="seconds"),
    )


def engine_sizes(client: DockerClient, *, patience_s: float = _BUSY_S) -> dict[str, Mapping[str, Any]] | None:
    """What the engine says of its images' sizes, by their ids; None if it is busy for longer than `patience_s`."""
    again = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_busy),
        wait=tenacity.wait_random(0.05, 0.5),
        stop=tenacity.stop_after_delay(patience_s),
    )
    try:
        found: dict[str, Any] = again(client.api.df)
    except tenacity.RetryError:
        return None
    return {str(one["Id"]): one for one in found.get("Images") or ()}


def _is_busy(error: BaseException) -> bool:
    return isinstance(error, docker.errors.APIError) and _BUSY in str(error.explanation)


def describe_instance_images(images: Sequence[InstanceImage], *, sizes: bool = True) -> tuple[InstanceImageInfo, ...]:
    """Say what is here of each instance's image, and with `sizes` how much of it no other image has."""
    with engine("describing images") as client:
        known = engine_sizes(client) if sizes else None
        return tuple(describe(client, image, known) for image in images)


def preflight(
    images: Sequence[InstanceImage], free_bytes: int | None = None, *, options: DiskOptions | None = None
) -> int:
    """Say how many bytes building what is missing of `images` may take, if there is room for them.

    `free_bytes` is what the engine's disk has, found out unless given; where that cannot be found out, nothing is
    refused. Raises SandboxUnavailable where there is too little room.
    """
    options = options or DiskOptions.from_environment()
    with engine("looking at the disk") as client:
        needed = needed_bytes(client, images, options)
        free = engine_free_bytes(client) if free_bytes is None else free_bytes
    if needed and free is not None and free < needed + options.reserve_bytes:
        raise SandboxUnavailable(
            f"the engine's disk has {free / _GB:.1f} GB left; the missing images may need "
            f"{needed / _GB:.1f} GB and {options.reserve_bytes / _GB:.1f} GB must stay free: ask for fewer instances, "
            f"or make room with `boxscore images clean --keep-gb N`"
        )
    return needed


def engine_free_bytes(client: DockerClient) -> int | None:
    """Room on the engine's disk; None where the engine is on another machine."""
    if not str(client.api.base_url).startswith("http+docker"):
        return None
    root = Path(str(client.info().get("DockerRootDir") or os.sep))
    return shutil.disk_usage(root).free if root.is_dir() else None


def needed_bytes(client: DockerClient, images: Sequence[InstanceImage], options: DiskOptions) -> int:
    """What building what is missing of `images`, and of what they are built on, may take."""
    here = references_here(client)
    wanted: dict[str, int] = {}
    for image in images:
        if instance_reference(image) in here:
            continue
        wanted[instance_reference(image)] = options.pinned_bytes if image.pinned else options.instance_bytes
        layer = environment_layer(image)
        below = [] if image.pinned else [recipe(recipe_name(image.base)).reference, base_reference(image.base)]
        below += [layer.reference] if layer else []
        wanted |= {reference: options.environment_bytes for reference in below if reference not in here}
    return sum(wanted.values())


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
    keep: Container[str] = (),
    say: Callable[[str], None] = lambda _: None,
    connect: Callable[[], DockerClient] | None = None,
) -> tuple[str, ...]:
    """Remove instance images, the least recently used first, until theirs is at most `keep_bytes`; say which.

    Counted are layers that no image but theirs has, and the environments below them; an environment goes when nothing
    is built on it any more, and that was not enough. References in `keep`, images that a container or a run uses and
    images that are not ours stay. `connect` finds the engine, the usual one unless given.
    """
    return _evict(_measured, keep_bytes, lambda _: True, lambda: keep, say, connect)


def evict_among(references: Container[str], keep_bytes: int) -> tuple[str, ...]:
    """As `evict`, of these images alone: their size is counted from their bases, which costs the engine little."""
    return _evict(_held, keep_bytes, lambda one: one.reference in references, held_references, lambda _: None)


def _evict(  # noqa: PLR0913, PLR0917 - as `evict`, and what tells its two kinds apart
    look: Callable[[DockerClient], list[HeldImage]],
    keep_bytes: int,
    counted: Callable[[HeldImage], bool],
    spared: Callable[[], Container[str]],
    say: Callable[[str], None],
    connect: Callable[[], DockerClient] | None = None,
) -> tuple[str, ...]:
    removed: list[str] = []
    tried: set[str] = set()
    with engine("making room", connect=connect) as client:
        while True:
            held = look(client)
            ours = [one for one in held if counted(one)]
            over = sum(one.own_bytes for one in ours) - keep_bytes
            chosen = choose([one for one in ours if one.reference not in tried], held, over, spared())
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


def _measured(client: DockerClient) -> list[HeldImage]:
    """List images that may be removed, with what the engine says of layers that instances share."""
    sizes = engine_sizes(client)
    if sizes is None:  # nothing may be removed by a guess
        raise SandboxUnavailable("the engine cannot say what its images take: it is busy counting; try again")
    return _held(client, sizes)


def _held(client: DockerClient, measured: Mapping[str, Mapping[str, Any]] | None = None) -> list[HeldImage]:
    """List images that may be removed; those of instances share what is `measured`, others what their base takes."""
    images = list_images(client, f"{LABEL}=1")
    sizes = {reference: image.size_bytes for image in images for reference in image.references}
    held = []
    for image in images:
        kind, base = image.labels.get(KIND, ""), image.labels.get(f"{LABEL}.base", "")
        shared = sizes.get(base, 0)
        if measured is not None and kind == INSTANCE:
            shared = int(measured.get(image.image_id, {}).get("SharedSize", 0))
        own_bytes = max(0, image.size_bytes - shared)
        held += [
            HeldImage(reference=one, kind=kind, base=base, own_bytes=own_bytes, used=last_used(one) or 0.0)
            for one in (image.references if kind in _REMOVABLE else ())
        ]
    return held


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
