"""Where an agent works on an instance of a benchmark of patches or migrations: its image, and its repository."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.agents.blocking import backend_called
from boxscore.agents.seal import prove, workspace_of
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances, make_task
from boxscore.data.plugins import load_harness
from boxscore.data.samples import instance_named
from boxscore.errors import UsageError
from boxscore.protocols.patch.boxes import ImageFinder
from boxscore.protocols.patch.tree import ORIGINAL

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boxscore.agents.blocking import SyncAgentBox
    from boxscore.agents.seal import SealRecord
    from boxscore.harness import Harness
    from boxscore.protocols.contract import Workspace
    from boxscore.records import Instance


class InstancePlace(Struct, frozen=True, kw_only=True):
    """What `boxscore.box` is to be given for an instance: the reference of its image, `folders` and `cwd`.

    The repository is one commit without history, as it is for samples that are graded; `git diff HEAD` in `cwd` gives
    the patch.
    """

    image: str
    folders: dict[str, str | None]
    cwd: str


def instance_place(
    benchmark: str, instance_id: str, *, backend: str = "docker", data: Path | None = None
) -> InstancePlace:
    """Say where an agent works on an instance; its image is built or pulled if it is not here.

    Raises UsageError for an instance that does not exist or is not about patches, DataError, HarnessError,
    ImageMissing, SandboxUnavailable.
    """
    workspace = _workspace(benchmark, instance_id, data)
    tree = workspace.image.tree
    image = ImageFinder(backend_called(backend))(workspace.image)
    return InstancePlace(image=image, folders={tree: ORIGINAL}, cwd=tree)


def prove_instance(
    box: SyncAgentBox, benchmark: str, instance_id: str, *, backend: str = "docker", data: Path | None = None
) -> SealRecord:
    """Prove the seal of a box that was just opened at an `instance_place`; see `docs/seal.md`.

    Raises HarnessError for a seal that does not hold, BoxError, and what `instance_place` does.
    """
    workspace, found = _workspace(benchmark, instance_id, data), backend_called(backend)
    return prove(box, found, ImageFinder(found)(workspace.image), workspace, instance_id=instance_id)


def _workspace(benchmark: str, instance_id: str, data: Path | None) -> Workspace:
    harness, instances = _loaded(benchmark, data)
    name = instance_named(instance_id, list(instances))
    if name is None:
        listing = f"`boxscore show {harness.name} --ids` lists them"
        raise UsageError(f"{harness.name} has no instance {instance_id!r}; {listing}")
    workspace = workspace_of(make_task(harness, instances[name]))
    if workspace is None:
        raise UsageError(f"{name} of {harness.name} is not about patches: there is no repository to work in")
    return workspace


@lru_cache(maxsize=4)
def _loaded(benchmark: str, data: Path | None) -> tuple[Harness, Mapping[str, Instance]]:
    harness = load_harness(benchmark)
    found = load_instances(harness, resolve(harness.source, data=data).path)
    return harness, {one.instance_id: one for one in found}
