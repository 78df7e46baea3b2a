"""The docker backend: one locked-down container per box, through the Engine API and its Python SDK.

The container's first processes are the engine's own init and the box's (`init_process.py`); programs come in by `exec`.
The latter reads from us as long as the box stands, and ends the box when that line does: a box never outlives its
engine for long, wherever that ran. In a supervised box the supervisor takes its place (`first_program.py`). The
container is named and labelled before it is made, so whatever happens it can be found: leaving the context kills and
removes it, and `reap` removes what a killed engine left, or an engine that did not answer then.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import docker.utils

from boxscore.boxes import labels
from boxscore.boxes.contract import Capability
from boxscore.boxes.docker import network
from boxscore.boxes.docker.box import DockerBox
from boxscore.boxes.docker.container import DEFAULT_PATH, GVISOR, Engine, container
from boxscore.boxes.docker.errors import lost, unavailable
from boxscore.boxes.docker.first_program import FirstProgram
from boxscore.boxes.docker.hosts import hosts_file, sees_our_files
from boxscore.boxes.docker.init_process import InitProcess
from boxscore.boxes.networks import OpenNetworks
from boxscore.errors import BoxLost, SandboxUnavailable, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from contextlib import AbstractContextManager
    from pathlib import Path

    from docker import APIClient

    from boxscore.boxes.contract import BoxSpec, Network

API_S = 60
REMOVE_S = 30.0
CONFLICT, NOT_FOUND = 409, 404
ENDED = ("exited", "dead")
START_S = 3600.0  # much longer than an engine takes between making a container and starting it, clocks may differ


class DockerBackend:
    """See `boxscore.boxes.contract.Backend`. `runtime` names a runtime of the engine, such as `runsc` for gVisor.

    The engine is the one that DOCKER_HOST (with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH) names, else the local one.
    Boxes of an image whose digest was asked are made of what had that digest, also if its name is given to another.
    `make_hosts` makes a box's hosts file (`hosts.py`).
    """

    def __init__(
        self,
        *,
        runtime: str | None = None,
        make_hosts: Callable[[], AbstractContextManager[Path | None]] = hosts_file,
    ) -> None:
        self._runtime, self._make_hosts = runtime, make_hosts
        self._version: str | None = None
        self._engine: Engine | None = None
        self._raises_limits = True
        self._sees_our_files = False
        self._ids: dict[str, str] = {}  # of images whose digest was told
        self._paths: dict[str, str] = {}  # PATH by image id: what an id names never changes
        self._networks = OpenNetworks()
        self._proven: set[str] = set()  # networks on which the host was looked for
        self._left_networks: set[str] = set()
        self._left: set[str] = set()  # containers of boxes that have ended, until they are known to be gone

    @property
    def name(self) -> str:
        """See `Backend.name`."""
        return "docker"

    @property
    def engine(self) -> str | None:
        """The engine's address where it is another machine's, or not the usual one."""
        return engine_address(os.environ)

    @property
    def capabilities(self) -> frozenset[str]:
        """See `Backend.capabilities`: all, but for networks under gVisor."""
        return (
            frozenset(Capability) - {Capability.MACHINE} - ({Capability.NETWORKS} if self._runtime == GVISOR else set())
        )

    @property
    def runtime(self) -> str | None:
        """The runtime of its boxes: what was asked for, else the engine's default. Raises SandboxUnavailable."""
        return self._runtime or self._described().default_runtime

    def check(self) -> None:
        """See `Backend.check`: the engine answers, runs Linux, bounds memory and processes, and has the runtime.

        No box is opened, as that takes an image, and none may be here yet: an engine that describes itself well and
        cannot start a container makes the first `box` raise SandboxUnavailable.
        """
        self._described()

    def image_digest(self, image: str | None) -> str:
        """See `Backend.image_digest`: the repository digest if there is one, else the image's id."""
        name = _named(image)
        with unavailable(f"looking for image {image}"), self._client() as api:
            try:
                found = _inspected(api, self._ids.get(name, name))
            except docker.errors.ImageNotFound:
                found = _inspected(api, name)
            self._ids[name] = str(found["Id"])
            with contextlib.suppress(SandboxUnavailable):  # raised again when a box is opened
                self._paths[str(found["Id"])] = _path_of(name, found)
        digests = sorted(one.rpartition("@")[2] for one in found.get("RepoDigests") or ())
        return str(digests[0] if digests else found["Id"])

    @contextlib.contextmanager
    def box(self, spec: BoxSpec) -> Iterator[DockerBox]:
        """See `Backend.box`."""
        engine = self._described()
        image = self._ids.get(_named(spec.image), _named(spec.image))
        name = f"boxscore-{os.getpid()}-{secrets.token_hex(6)}"
        with unavailable("reaching the Docker engine"), contextlib.ExitStack() as stack:
            api = stack.enter_context(self._client())
            ending = stack.pop_all()
        with ending:
            if spec.network is not None:
                network.refuse_without_networks(self.runtime)
            ending.enter_context(self._networks.joined(spec))
            first = FirstProgram(api, name) if spec.supervised else InitProcess(api, name)
            ending.callback(first.close)
            ending.callback(self._end, api, name)
            with unavailable(f"opening a box from image {spec.image}"):
                path = self._path(api, image)
                made = self._started(api, spec, image=image, name=name, first=first)
            box = DockerBox(api, spec, container_id=made, first=first, path=path, engine=engine, runtime=self.runtime)
            ending.callback(box.close)
            if spec.network is not None:
                self._prove(api, spec.network, box)
            yield box

    def _path(self, api: APIClient, image: str) -> str:
        if (known := self._paths.get(image)) is not None:
            return known
        found = _inspected(api, image)
        self._paths[str(found["Id"])] = path = _path_of(image, found)
        return path

    def _prove(self, api: APIClient, joined: Network, box: DockerBox) -> None:
        if joined.name not in self._proven:
            network.prove(api, joined.name, box)
            self._proven.add(joined.name)
        network.look(box, joined.name)

    @contextlib.contextmanager
    def network(self) -> Iterator[Network]:
        """See `Backend.network`: a bridge of its own, of which an engine has about thirty at a time."""
        self._described()
        network.refuse_without_networks(self.runtime)
        with self._networks.opened() as made:
            with self._client() as api:
                network.make(api, made.name)
            self._left_networks.add(made.name)
            try:
                yield made
            finally:
                self._proven.discard(made.name)
                self._end_network(made.name)

    def _end_network(self, name: str) -> None:
        with unavailable("reaching the Docker engine"), self._client() as api:
            network.remove(api, name)
        self._left_networks.discard(name)

    def _started(
        self, api: APIClient, spec: BoxSpec, *, image: str, name: str, first: FirstProgram | InitProcess
    ) -> str:
        """Make a container and start it; return its id.

        An engine that may not raise what it inherited itself (a rootless one, say) starts none with limits of ours. It
        is then left to its own, and the supervisor looks whether they are enough. So is one that does not take our
        hosts file.
        """
        while True:
            with self._hosts_of(spec) as hosts:
                arguments = container(
                    api,
                    spec,
                    image=image,
                    runtime=self.runtime,
                    command=first.command,
                    raised=self._raises_limits,
                    hosts=hosts,
                )
                try:
                    made = str(api.create_container(name=name, **arguments)["Id"])
                    first.attach()
                    api.start(made)
                except docker.errors.ImageNotFound:
                    raise
                except docker.errors.APIError as error:
                    if not self._asks_less(error, hosts):
                        raise
                else:
                    return made
            first.close()
            _remove(api, name)

    def _hosts_of(self, spec: BoxSpec) -> AbstractContextManager[Path | None]:
        """A hosts file for a box whose programs look names up; None where the engine is to write it."""
        needs = self._sees_our_files and spec.network is None and spec.localhost
        return self._make_hosts() if needs else contextlib.nullcontext()

    def _asks_less(self, error: docker.errors.APIError, hosts: Path | None) -> bool:
        """Whether the next container is asked for less than this one, for which the engine has an error."""
        if self._raises_limits and "rlimit" in str(error.explanation):
            self._raises_limits = False
        elif hosts is not None:
            self._sees_our_files = False
        else:
            return False
        return True

    def reap(self, *, foreign: bool = False) -> Sequence[str]:
        """See `Backend.reap`: those of our boxes that have ended, those of dead engines, and those that have expired.

        A box whose engine cannot be seen from here is removed once it has ended, as it does soon after its engine;
        with `foreign` also while it runs.
        """
        removed = []
        with unavailable("looking for containers that were left behind"), self._client() as api:
            for name in tuple(self._left):
                self._end(api, name)
                removed.append(name)
            for name in tuple(self._left_networks - self._networks.names()):
                network.remove(api, name)
                self._left_networks.discard(name)
                removed.append(name)
            for one in _ours(api):
                if _may_go(one, foreign=foreign):
                    with contextlib.suppress(BoxLost):  # no run ends for what others left: the next one tries again
                        _remove(api, one["Id"])
                        removed.append(_name(one))
            removed += network.reap(api)
        return tuple(removed)

    def foreign(self) -> Sequence[str]:
        """Name the boxes whose engine cannot be seen from here, because of which `reap` leaves them."""
        with unavailable("looking for containers of other engines"), self._client() as api:
            return tuple(
                _name(one) for one in _ours(api) if labels.owner(one.get("Labels") or {}) is labels.Owner.FOREIGN
            )

    def _end(self, api: APIClient, name: str) -> None:
        """Remove the container of a box that has ended; where the engine does not answer, it is left to `reap`."""
        self._left.add(name)
        _remove(api, name)
        self._left.discard(name)

    @contextlib.contextmanager
    def _client(self) -> Iterator[APIClient]:
        """Connect; each box has a client of its own, because the SDK's is not made for several threads."""
        known: Any = self._version or "auto"
        api = docker.APIClient(version=known, timeout=API_S, **docker.utils.kwargs_from_env())
        if api.base_url.startswith("http+docker://"):  # a socket has no proxy, and looking for one costs a millisecond
            api.trust_env = False
        try:
            self._version = str(api.api_version)
            yield api
        finally:
            api.close()

    def _described(self) -> Engine:
        if self._engine is None:
            with unavailable("reaching the Docker engine"), self._client() as api:
                info = api.info()
            if info.get("OSType") != "linux":
                raise SandboxUnavailable(
                    f"the Docker engine runs {info.get('OSType')}, boxes need Linux",
                    details=("set DOCKER_HOST to an engine that runs Linux",),
                )
            self._sees_our_files = sees_our_files(os.environ, info)
            self._engine = self._judged(Engine.from_info(info))
        return self._engine

    def _judged(self, engine: Engine) -> Engine:
        if self._runtime is not None and self._runtime not in engine.runtimes:
            raise SandboxUnavailable(
                f"the Docker engine has no runtime {self._runtime!r}, only {', '.join(engine.runtimes)}. "
                "Install it (Debian: apt-get install runsc), name it under `runtimes` in "
                "/etc/docker/daemon.json and restart the engine"
            )
        if not engine.memory or not engine.processes:
            raise SandboxUnavailable(
                "the Docker engine cannot bound memory with swap, and processes: it needs the memory and pids "
                "control groups (on older Debian kernels boot with `cgroup_enable=memory swapaccount=1`)"
            )
        return engine


def engine_address(environ: Mapping[str, str]) -> str | None:
    """Say which Docker engine makes the boxes, without the secrets an address may hold; None for this machine's own."""
    address = environ.get("DOCKER_HOST", "")
    if not address:
        return None
    scheme, mark, rest = address.rpartition("://")
    place = re.split(r"[?#]", rest)[0]
    return f"{scheme}{mark}{place.rpartition('@')[2]}"


def _ours(api: APIClient) -> list[dict[str, Any]]:
    """The containers that engines of boxscore have made."""
    found: list[dict[str, Any]] = api.containers(all=True, filters={"label": f"{labels.MARK}=1"})
    return found


def _name(container: dict[str, Any]) -> str:
    return str((container.get("Names") or [container["Id"]])[0]).lstrip("/")


def _may_go(container: dict[str, Any], *, foreign: bool) -> bool:
    """Whether nobody needs a container: its time is over, its engine is dead, or out of sight and the box has ended."""
    found: dict[str, str] = container.get("Labels") or {}
    if labels.expired(found, time.time()):
        return True
    whose = labels.owner(found)
    return whose is labels.Owner.GONE or (whose is labels.Owner.FOREIGN and (foreign or _is_over(container)))


def _is_over(container: dict[str, Any]) -> bool:
    """Whether a container has ended, or was made so long ago that it will not be started any more."""
    never_started = container.get("State") == "created" and time.time() - container.get("Created", 0) > START_S
    return never_started or container.get("State") in ENDED


def _named(image: str | None) -> str:
    if not image:
        raise UsageError("the docker backend needs an image; a box cannot be made from none")
    return image


def _inspected(api: APIClient, image: str) -> dict[str, Any]:
    found: dict[str, Any] = api.inspect_image(image)  # type: ignore[no-untyped-call]
    return found


def _path_of(image: str, described: dict[str, Any]) -> str:
    """Return an image's own PATH. Raises SandboxUnavailable for one whose volumes nobody could bound."""
    settings: dict[str, Any] = described.get("Config") or {}
    if settings.get("Volumes"):
        raise SandboxUnavailable(
            f"image {image} declares volumes ({', '.join(settings['Volumes'])}), which would be writable without a "
            "limit; rebuild it without VOLUME"
        )
    found = [one.partition("=")[2] for one in settings.get("Env") or () if one.startswith("PATH=")]
    return found[0] if found and found[0] else DEFAULT_PATH


def _remove(api: APIClient, name: str) -> None:
    """Kill a container, wait, and remove it with its volumes; one that is not there is fine."""
    until = time.monotonic() + REMOVE_S
    while True:
        with lost(f"removing container {name}"):
            try:
                api.remove_container(name, v=True, force=True)
            except docker.errors.APIError as error:
                if error.status_code == NOT_FOUND:
                    return
                if error.status_code != CONFLICT or time.monotonic() > until:
                    raise
                time.sleep(0.05)  # someone else removes it: wait until it is gone
            else:
                return
