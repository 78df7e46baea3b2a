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
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore import resources
from boxscore.agents.blocking import AGENT_LIMITS, SyncAgentBox, backend_called, default_image
from boxscore.agents.box import AgentBox, in_thread
from boxscore.agents.fresh_box import FreshBox
from boxscore.agents.place import Place
from boxscore.agents.seal_proof import changes_of, check, digests, read_facts
from boxscore.boxes.contract import Capability
from boxscore.cache import cache_folder
from boxscore.errors import BoxError, HarnessError
from boxscore.protocols.patch.find_image import ImageFinder
from boxscore.protocols.patch.services import services_of
from boxscore.protocols.patch.tree import ORIGINAL
from boxscore.protocols.registry import role
from boxscore.protocols.roles import Repositories
from boxscore.protocols.trusted import PYTHON

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from boxscore.agents.seal_proof import Facts
    from boxscore.boxes.contract import Backend, Network
    from boxscore.protocols.contract import Task
    from boxscore.protocols.roles import Workspace
    from boxscore.records import Limits

PROOF_CPU_S, PROOF_WALL_S = 120.0, 600.0
FACTS_BYTES = 64 << 20
KERNEL = ("/proc", "/sys", "/dev")  # no files of an image
SOCKETS = ("/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock", "/run/podman/podman.sock")
NO_NETWORK, SERVICES, PROXY = "none", "services", "proxy"


class SealRecord(Struct, frozen=True, kw_only=True):
    """What was proved of an agent's box when it was opened. It is in `run.json`.

    `network` is `none`, or `services` where the box shares a private network with servers that its tests need, or
    `proxy` where it has no other than a proxy of ours to the `allowed` hosts. `base` is the only commit of its
    repository, with `objects` all reached from it; both are empty where there is none. `tests` counts the files of the
    verdict's tests that were looked at, `added` those of them that must not be there. `project` is what the
    repository's project is called: no other version of it is installed. `proof_s` is how long the proof took.
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
    """An agent's box: `seal` is what was proved of it, `place` where the agent works.

    `fresh` is another box of its image, in which its patch is written. `blocking` is the same box, for threads.
    """

    def __init__(self, blocking: SyncAgentBox, place: Place, seal: SealRecord, workspace: Workspace | None) -> None:
        super().__init__(blocking)
        self.blocking, self.place, self.seal = blocking, place, seal
        self.fresh = FreshBox(place)
        self.binary = () if workspace is None else workspace.binary  # paths that a patch may have binary data of

    def allow(self, hosts: Sequence[str]) -> None:
        """Note on the seal that these hosts can be reached through a proxy of ours."""
        network = PROXY if self.seal.network == NO_NETWORK else self.seal.network
        self.seal = structs.replace(self.seal, network=network, allowed=tuple(hosts))

    def expect_patch(self) -> None:
        """Get ready to take a patch, if there is a repository, while the agent works."""
        if self.place.tree is not None:
            self.fresh.begin()


@asynccontextmanager
async def sealed_box(  # noqa: PLR0913 - a box has that many sides
    instance_id: str,
    task: Task,
    backend: str | Backend = "auto",
    *,
    recipe: str | None = None,
    limits: Limits | None = None,
    env: Mapping[str, str] | None = None,
    ttl_s: float = 4 * 3600.0,
    owner: str = "",
) -> AsyncIterator[SealedBox]:
    """Open the sealed box of an instance; on exit all in it is gone.

    Of an instance about patches or migrations it has the image and, to be changed, the repository at its base commit;
    of others the image that their samples are graded in (of `recipe`, the harness's), and an empty folder. Raises
    HarnessError for a seal that does not hold, SandboxUnavailable, ImageMissing, BoxError.
    """
    found = backend_called(backend) if isinstance(backend, str) else backend
    opening = _Opening(instance_id, workspace_of(task), recipe, found)
    future = in_thread(lambda: opening.open(limits, dict(env or {}), ttl_s, owner), "boxscore-seal")
    try:
        opened = await asyncio.shield(future)
    except asyncio.CancelledError:
        future.add_done_callback(lambda _: in_thread(opening.close, "boxscore-seal-end"))
        raise
    try:
        yield opened
    finally:
        fresh = in_thread(opened.fresh.close, "boxscore-patch-end")
        await opened.close()
        await in_thread(opening.close, "boxscore-seal-end")
        await fresh


class _Opening:
    """Opens one sealed box, and keeps what must end after it."""

    def __init__(self, instance_id: str, workspace: Workspace | None, recipe: str | None, backend: Backend) -> None:
        self._instance_id, self._workspace, self._recipe, self._backend = instance_id, workspace, recipe, backend
        self._stack = ExitStack()

    def open(self, limits: Limits | None, env: dict[str, str], ttl_s: float, owner: str) -> SealedBox:
        with ExitStack() as stack:
            place, network = self._place(stack, limits)
            box = SyncAgentBox(
                place.image,
                backend=self._backend,
                limits=place.limits,
                network=network,
                folders={} if place.tree is None else {place.tree: ORIGINAL},
                cwd=place.tree,
                env={**dict(place.env), **env},
                ttl_s=ttl_s,
                owner=owner or "agent",
            )
            stack.callback(box.close)
            box.open()
            seal = prove(box, place, self._workspace, instance_id=self._instance_id, network=network)
            self._stack = stack.pop_all()
        return SealedBox(box, place, seal, self._workspace)

    def close(self) -> None:
        self._stack.close()

    def _place(self, stack: ExitStack, limits: Limits | None) -> tuple[Place, Network | None]:
        workspace = self._workspace
        if workspace is None:
            return Place(backend=self._backend, image=self._image(), tree=None, limits=limits or AGENT_LIMITS), None
        if Capability.IMAGES not in self._backend.capabilities:
            raise HarnessError(f"agents on {self._instance_id} need the docker backend, for its image")
        finder = ImageFinder(self._backend)
        image, network = finder(workspace.image), None
        if workspace.services:
            network = stack.enter_context(services_of(self._backend, finder.service, workspace.services)).network
        place = Place(
            backend=self._backend,
            image=image,
            tree=workspace.image.tree,
            links=workspace.image.links,
            limits=limits or _limits(workspace.limits),
            env=workspace.env,
            maven=workspace.maven,
        )
        return place, network

    def _image(self) -> str | None:
        """The image in which samples of other kinds are graded, brought here if it must be."""
        if Capability.IMAGES not in self._backend.capabilities:
            return None
        if self._recipe is None:
            return default_image(self._backend)
        return ImageFinder(self._backend).service(self._recipe)


def workspace_of(task: Task) -> Workspace | None:
    """Where an agent works on a task; None where there is no repository. Raises HarnessError."""
    repositories = role(task, Repositories)
    return None if repositories is None else repositories.workspace(task)


def prove(
    box: SyncAgentBox,
    place: Place,
    workspace: Workspace | None,
    *,
    instance_id: str,
    network: Network | None = None,
) -> SealRecord:
    """Run the proof in an open box in which nothing of an agent has run, and judge what it finds.

    Raises HarnessError for a seal that does not hold, BoxError.
    """
    began = time.monotonic()
    tests = () if workspace is None else workspace.tests
    changes = changes_of("" if workspace is None else workspace.test_patch)
    request = {
        "tree": place.tree,
        "original": ORIGINAL,
        "cwd": box.cwd,
        "skip": KERNEL,
        "absent": (*SOCKETS, *_own_paths()),
        "tests": tests,
        "digests": digests(changes.values()),
    }
    facts = _facts(box, request, python="python3" if place.tree is None else PYTHON)
    check(facts, changes, interfaces=0 if network is None else 1, subject=instance_id)
    return SealRecord(
        network=NO_NETWORK if network is None else SERVICES,
        image=place.image or "",
        image_digest=place.backend.image_digest(place.image),
        backend=place.backend.name,
        layers=box.layers,
        base=facts.git.base if facts.git else "",
        objects=facts.git.objects if facts.git else 0,
        tests=len(tests),
        added=sum(change.added for change in changes.values()),
        project=facts.project.names if facts.project else (),
        proof_s=round(time.monotonic() - began, 3),
    )


def _own_paths() -> tuple[str, ...]:
    """What of the host must not be in a box: the rows of benchmarks, and what is kept of them."""
    return str(resources.folder("instances")), str(cache_folder())


def _facts(box: SyncAgentBox, request: Mapping[str, object], *, python: str) -> Facts:
    limits = structs.replace(box.limits, cpu_s=PROOF_CPU_S, wall_s=PROOF_WALL_S)
    done = box.exec(
        [python, "-I", "-S", "-B", "-c", resources.sandbox_program("seal")],
        stdin=msgspec.json.encode(request),
        cwd="/",
        timeout_s=limits.wall_s,
        output_bytes=FACTS_BYTES,
    )
    if done.exit_code != 0 or done.truncated:
        said = done.stderr[-400:].decode(errors="replace").strip()
        raise BoxError(f"the proof of an agent's box ended with {done.returncode}: {said!a}")
    return read_facts(done.stdout)


def _limits(limits: Limits) -> Limits:
    """What commands of an agent may use on an instance: memory, processes and disk as its tests may."""
    return structs.replace(
        AGENT_LIMITS,
        memory_bytes=limits.memory_bytes,
        processes=max(limits.processes, AGENT_LIMITS.processes),
        disk_bytes=max(limits.disk_bytes, AGENT_LIMITS.disk_bytes),
    )
