"""A sealed box: what an agent gets to work in, and the proof that the answer and the world are out of its reach.

Theory of operation. The box is made of the instance's image, whose repository is one commit. Before the agent gets it a
program of ours looks around in it (`sandbox/seal.py`), as the same user, and what it found is judged outside
(`seal_proof.py`): each time, for images come from elsewhere and change. A seal that does not hold is our trouble or the
instance's, so it is raised, and no sample is charged.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import ExitStack, asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore import resources
from boxscore.agents.blocking import AGENT_LIMITS, SyncAgentBox, backend_called, default_image
from boxscore.agents.box import AgentBox, in_thread
from boxscore.agents.maven import serve_maven
from boxscore.agents.seal_proof import added_tests, blobs_of_tests, check, read_facts
from boxscore.boxes.contract import Capability, needs_image
from boxscore.cache import cache_folder
from boxscore.data.fetch import resolve
from boxscore.data.plugin_calls import load_instances, make_task
from boxscore.data.plugins import load_harness
from boxscore.data.samples import instance_named
from boxscore.errors import BoxError, HarnessError, UsageError
from boxscore.protocols.contract import Repositories
from boxscore.protocols.patch.boxes import ImageFinder, services_of
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.registry import role
from boxscore.protocols.trusted import PYTHON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping
    from pathlib import Path

    from boxscore.boxes.contract import Backend, Network
    from boxscore.harness import Harness
    from boxscore.protocols.contract import Task, Workspace
    from boxscore.records import Instance, Limits

PROOF_WALL_S = 600.0
FACTS_BYTES = 64 << 20
KERNEL = ("/proc", "/sys", "/dev")  # no files of an image
SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock")
NO_NETWORK, SERVICES, PROXY = "none", "services", "proxy"


class SealRecord(Struct, frozen=True, kw_only=True):
    """What was proved of an agent's box when it was opened. It is in `run.json`.

    `network` is `none`, or `services` where the box shares a private network with servers that its tests need, or
    `proxy` where it has no other than a proxy of ours to the `allowed` hosts. `base` is the only commit of its
    repository, with `objects` all reached from it; both are empty where there is none. `tests` counts the files of the
    verdict's tests, `added` those of them that must not be there. `project` is what the repository's project is called:
    no other version of it is installed. `proof_s` is how long the proof took.
    """

    network: str
    allowed: tuple[str, ...] = ()
    image: str = ""
    image_digest: str = ""
    backend: str = ""
    layers: tuple[str, ...] = ()
    base: str = ""
    objects: int = 0
    tests: int = 0
    added: int = 0
    project: tuple[str, ...] = ()
    proof_s: float = 0.0


class SealedBox(AgentBox):
    """An agent's box. `seal` is what was proved of it, `workspace` what it works on, None where that is no repository.

    `backend` and `image` are what it is made of.
    """

    def __init__(  # noqa: PLR0913 - a box has that many sides
        self,
        blocking: SyncAgentBox,
        *,
        backend: Backend,
        image: str | None,
        workspace: Workspace | None,
        network: Network | None,
        instance_id: str,
    ) -> None:
        """Prove an open box. Raises HarnessError for a seal that does not hold, BoxError."""
        super().__init__(blocking)
        self.backend, self.image, self.workspace = backend, image, workspace
        self.seal = prove(blocking, backend, image, workspace, network=network, instance_id=instance_id)

    @property
    def tree(self) -> str | None:
        """Where its repository is."""
        return None if self.workspace is None else self.workspace.image.tree

    def reaches(self, hosts: tuple[str, ...]) -> None:
        """Note on the seal that these hosts can be reached through a proxy of ours."""
        network = PROXY if self.seal.network == NO_NETWORK else self.seal.network
        self.seal = structs.replace(self.seal, network=network, allowed=hosts)


@asynccontextmanager
async def sealed_box(  # noqa: PLR0913 - as above
    instance_id: str,
    task: Task,
    backend: str | Backend = "auto",
    *,
    recipe: str | None = None,
    limits: Limits | None = None,
    owner: str = "agent",
) -> AsyncIterator[SealedBox]:
    """Open the sealed box of an instance; on exit all in it is gone.

    Of an instance about patches or migrations it has the image and, to be changed, the repository at its base commit;
    of others the image that their samples are graded in (of `recipe`, the harness's), and an empty folder. Raises
    HarnessError for a seal that does not hold, SandboxUnavailable, ImageMissing, BoxError.
    """
    found = backend_called(backend) if isinstance(backend, str) else backend
    opened = ExitStack()
    future = in_thread(lambda: _open(opened, instance_id, task, found, recipe, limits, owner), "boxscore-seal")
    try:
        box = await asyncio.shield(future)
    except asyncio.CancelledError:
        future.add_done_callback(lambda _: in_thread(opened.close, "boxscore-seal-end"))
        raise
    except BaseException:
        await in_thread(opened.close, "boxscore-seal-end")
        raise
    try:
        yield box
    finally:
        await box.close()
        await in_thread(opened.close, "boxscore-seal-end")


def _open(  # noqa: PLR0913, PLR0917 - a box has that many sides
    stack: ExitStack,
    instance_id: str,
    task: Task,
    backend: Backend,
    recipe: str | None,
    limits: Limits | None,
    owner: str,
) -> SealedBox:
    workspace, network = workspace_of(task), None
    finder = ImageFinder(backend)
    if workspace is not None:
        if Capability.IMAGES not in backend.capabilities:
            raise HarnessError(f"agents on {instance_id} need the docker backend, for its image")
        image: str | None = finder(workspace.image)
        if workspace.services:
            network = stack.enter_context(services_of(backend, finder.service, workspace.services)).network
    elif recipe is not None and needs_image(backend):
        image = finder.service(recipe)
    else:
        image = default_image(backend)
    tree = None if workspace is None else workspace.image.tree
    blocking = SyncAgentBox(
        image,
        backend=backend,
        limits=limits or _limits(workspace),
        network=network,
        folders={} if tree is None else {tree: ORIGINAL},
        cwd=tree,
        env=dict(workspace.env) if workspace is not None else {},
        ttl_s=4 * 3600.0,
        owner=owner,
    )
    stack.callback(blocking.close)
    blocking.open()
    sealed = SealedBox(
        blocking, backend=backend, image=image, workspace=workspace, network=network, instance_id=instance_id
    )
    if workspace is not None and workspace.java is not None:
        sealed.reaches(serve_maven(stack, blocking, tree=workspace.image.tree, java=workspace.java))
    return sealed


def _limits(workspace: Workspace | None) -> Limits:
    """What commands of an agent may use on an instance: memory, processes and disk as its tests may."""
    if workspace is None:
        return AGENT_LIMITS
    limits = workspace.limits
    return structs.replace(
        AGENT_LIMITS,
        memory_bytes=limits.memory_bytes,
        processes=max(limits.processes, AGENT_LIMITS.processes),
        disk_bytes=max(limits.disk_bytes, AGENT_LIMITS.disk_bytes),
    )


def workspace_of(task: Task) -> Workspace | None:
    """Where an agent works on a task; None where there is no repository. Raises HarnessError."""
    repositories = role(task, Repositories)
    return None if repositories is None else repositories.workspace(task)


def prove(  # noqa: PLR0913 - what is proved, and of what
    box: SyncAgentBox,
    backend: Backend,
    image: str | None,
    workspace: Workspace | None,
    *,
    instance_id: str,
    network: Network | None = None,
) -> SealRecord:
    """Run the proof in an open box in which nothing of an agent has run, and judge what it finds.

    Raises HarnessError for a seal that does not hold, BoxError.
    """
    began = time.monotonic()
    test_patch = "" if workspace is None else workspace.test_patch
    added = added_tests(test_patch)
    request = {
        "tree": None if workspace is None else workspace.image.tree,
        "original": ORIGINAL,
        "cwd": box.cwd,
        "skip": KERNEL,
        # Engines' sockets, and of the host the rows of benchmarks, and what is kept of them.
        "absent": (*SOCKETS, str(resources.folder("instances")), str(cache_folder())),
        "added": added,
        "blobs": blobs_of_tests(test_patch),
    }
    done = box.exec(
        ["python3" if workspace is None else PYTHON, "-I", "-S", "-B", "-c", resources.sandbox_program("seal")],
        stdin=msgspec.json.encode(request),
        cwd="/",
        timeout_s=PROOF_WALL_S,
        output_bytes=FACTS_BYTES,
    )
    if done.exit_code != 0 or done.truncated:
        reason = done.stderr[-400:].decode(errors="replace").strip()
        raise BoxError(f"the proof of an agent's box ended with {done.returncode}: {reason!a}")
    facts = read_facts(done.stdout)
    check(facts, interfaces=0 if network is None else 1, subject=instance_id)
    return SealRecord(
        network=NO_NETWORK if network is None else SERVICES,
        image=image or "",
        image_digest=backend.image_digest(image),
        backend=backend.name,
        layers=box.layers,
        base=facts.git.base if facts.git else "",
        objects=facts.git.objects if facts.git else 0,
        tests=0 if workspace is None else len(workspace.tests),
        added=len(added),
        project=facts.project.names if facts.project else (),
        proof_s=round(time.monotonic() - began, 3),
    )


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
    """Prove the seal of a box that was just opened at an `instance_place`; see `docs/agents.md`.

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
