"""The room that instance images take: what each takes alone and with others, and a look at the disk before a build."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors
import tenacity

from boxscore.errors import SandboxUnavailable
from boxscore.images.engine import engine
from boxscore.images.layers import base_reference, environment_layer, recipe_name, tree_reference
from boxscore.images.layers import environment_reference as parent_of
from boxscore.images.recipes import recipe
from boxscore.images.records import DiskOptions, TreeInfo
from boxscore.images.usage import last_used

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from docker import DockerClient

    from boxscore.images.records import TreeImage

_GB = 1e9
_BUSY = "already running"  # the engine counts for one client at a time, and refuses the others
_BUSY_S = 60.0


def describe(client: DockerClient, image: TreeImage, sizes: Mapping[str, Mapping[str, Any]] | None) -> TreeInfo:
    """Describe one instance's image; `sizes` as of `engine_sizes`, None if nobody needs them."""
    reference, parent = tree_reference(image), parent_of(image)
    try:
        found = client.images.get(reference)
    except docker.errors.ImageNotFound:
        return TreeInfo(name=image.name, reference=reference, parent=parent)
    size = int(found.attrs["Size"])
    told = None if sizes is None else sizes.get(str(found.id))
    shared = int(told["SharedSize"]) if told is not None else None
    used = last_used(reference)
    return TreeInfo(
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


def describe_trees(images: Sequence[TreeImage], *, sizes: bool = True) -> tuple[TreeInfo, ...]:
    """Say what is here of each instance's image, and with `sizes` how much of it no other image has."""
    with engine("describing images") as client:
        known = engine_sizes(client) if sizes else None
        return tuple(describe(client, image, known) for image in images)


def preflight(images: Sequence[TreeImage], free_bytes: int | None = None, *, options: DiskOptions | None = None) -> int:
    """Say how many bytes building what is missing of `images` may take, if there is room for them.

    `free_bytes` is what the engine's disk has, found out unless given; where that cannot be found out, nothing is
    refused. Raises SandboxUnavailable where there is too little room.
    """
    options = options or DiskOptions.from_environment()
    with engine("looking at the disk") as client:
        needed = _needed(client, images, options)
        free = engine_free_bytes(client) if free_bytes is None else free_bytes
    if needed and free is not None and free < needed + options.reserve_bytes:
        raise SandboxUnavailable(
            f"the engine's disk has {free / _GB:.1f} GB left; the images that are missing may take "
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


def _needed(client: DockerClient, images: Sequence[TreeImage], options: DiskOptions) -> int:
    here = {tag for image in client.api.images() for tag in image["RepoTags"] or ()}
    wanted: dict[str, int] = {}
    for image in images:
        if tree_reference(image) in here:
            continue
        wanted[tree_reference(image)] = options.pinned_bytes if image.pinned else options.instance_bytes
        layer = environment_layer(image)
        below = [] if image.pinned else [recipe(recipe_name(image.base)).reference, base_reference(image.base)]
        below += [layer.reference] if layer else []
        wanted |= {reference: options.environment_bytes for reference in below if reference not in here}
    return sum(wanted.values())
