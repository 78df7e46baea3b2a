"""The doctor's checks of what sandboxes are made of: Docker, bubblewrap, and what the kernel offers."""

from __future__ import annotations

import ctypes
import shutil
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxscore.doctor.finding import CheckStatus, Finding
from boxscore.doctor.machine import disk_space

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from docker import DockerClient

    from boxscore.doctor.finding import Machine

_LANDLOCK_CREATE_RULESET = 444  # the same on every architecture
_LANDLOCK_VERSION_FLAG = 1
_SECCOMP_ACTIONS = {"kill_process", "errno"}
_NAMESPACE_SWITCHES = (  # name, the value that forbids, one that allows
    ("user.max_user_namespaces", "0", "10000"),
    ("kernel.unprivileged_userns_clone", "0", "1"),
    ("kernel.apparmor_restrict_unprivileged_userns", "1", "0"),
)
_PROBE_MEMORY_BYTES = 64 << 20
_PROBE_PROCESSES = 16
_PROBE_S = 30
# Starts processes until it may not, says how many, then takes memory until it is killed.
_PROBE = """
import os, signal
started = []
try:
    for _ in range(100):
        pid = os.fork()
        if not pid:
            signal.pause()
        started.append(pid)
except OSError:
    pass
print(len(started), flush=True)
for pid in started:
    os.kill(pid, signal.SIGKILL)
held = bytearray(256 << 20)
print("not killed", flush=True)
"""


def docker(machine: Machine, image: str) -> Sequence[Finding]:
    """Whether an engine answers and, if so, what it can do: runtimes, image, limits, room for images."""
    import docker as sdk  # noqa: PLC0415 - slow to import
    import docker.errors  # noqa: PLC0415
    import requests  # noqa: PLC0415

    from boxscore.boxes.docker.engine_failure import engine_failure  # noqa: PLC0415 - brings the SDK

    try:
        with closing(sdk.from_env(timeout=machine.docker_s, environment=dict(machine.environ))) as client:
            return _engine_findings(client, client.info(), image)
    except (docker.errors.DockerException, requests.RequestException) as error:
        failure = engine_failure(error, machine.environ)
        return [Finding(name="docker engine", status=CheckStatus.MISSING, detail=failure.cause, remedy=failure.remedy)]


def _engine_findings(client: DockerClient, info: Mapping[str, Any], image: str) -> Sequence[Finding]:
    from boxscore.images.recipes import reference  # noqa: PLC0415 - only where an engine is

    version, groups = info.get("ServerVersion"), info.get("CgroupVersion", "1")
    detail = f"{version}, cgroup v{groups} ({info.get('CgroupDriver')}), storage {info.get('Driver')}"
    root = Path(str(info.get("DockerRootDir")))
    wanted = reference(image)
    return [
        Finding(name="docker engine", status=CheckStatus.OK, detail=detail),
        _runtimes(info),
        *([disk_space("docker storage", root)] if root.is_dir() else []),
        *_image_and_limits(client, info, wanted, image),
    ]


def _runtimes(info: Mapping[str, Any]) -> Finding:
    names = sorted(name for name in info.get("Runtimes", {}) if not name.startswith("io.containerd"))
    if "runsc" in names:
        return Finding(name="docker runtimes", status=CheckStatus.OK, detail=", ".join(names))
    remedy = "for gVisor: install runsc and name it in /etc/docker/daemon.json (`scripts/setup-engine` does)"
    detail = f"{', '.join(names) or 'unknown'}; no runsc"
    return Finding(name="docker runtimes", status=CheckStatus.WARN, detail=detail, remedy=remedy)


def _image_and_limits(client: DockerClient, info: Mapping[str, Any], wanted: str, image: str) -> Sequence[Finding]:
    import docker.errors  # noqa: PLC0415 - slow to import

    name = f"image {image}"
    absent = [word for word in ("MemoryLimit", "SwapLimit", "PidsLimit") if not info.get(word)]
    try:
        found = client.images.get(wanted)
    except docker.errors.ImageNotFound:
        remedy = f"`boxscore images build {image}`"
        missing = Finding(name=name, status=CheckStatus.MISSING, detail=f"{wanted} is not here", remedy=remedy)
        unknown = Finding(
            name="docker limits", status=CheckStatus.WARN, detail="could not be tried: no image", remedy=remedy
        )
        return [missing, _limits_absent(absent) if absent else unknown]
    present = Finding(name=name, status=CheckStatus.OK, detail=f"{wanted}, {found.id}")
    return [present, _limits_absent(absent) if absent else _limits_bite(client, wanted)]


def _limits_absent(absent: Sequence[str]) -> Finding:
    remedy = "a kernel with the memory (and swap) and pids cgroups: see `docker info`"
    return Finding(
        name="docker limits", status=CheckStatus.MISSING, detail=f"engine has no {', '.join(absent)}", remedy=remedy
    )


def _limits_bite(client: DockerClient, wanted: str) -> Finding:
    """Go over the limits in a container and see what happens."""
    container = client.containers.create(
        wanted,
        ["/usr/bin/python3", "-I", "-c", _PROBE],
        labels={"boxscore.image": "check"},
        network_mode="none",
        read_only=True,
        cap_drop=["ALL"],
        user="65534:65534",
        mem_limit=_PROBE_MEMORY_BYTES,
        memswap_limit=_PROBE_MEMORY_BYTES,
        pids_limit=_PROBE_PROCESSES,
    )
    try:
        container.start()
        container.wait(timeout=_PROBE_S)
        container.reload()
        killed = bool(container.attrs["State"]["OOMKilled"])
        output = container.logs(tail=5)[:1000].decode(errors="replace").split()
    finally:
        container.remove(force=True, v=True)
    started = int(output[0]) if output and output[0].isdigit() else None
    bounded = started is not None and started < _PROBE_PROCESSES
    detail = f"memory {'bites' if killed else 'does not bite'}, pids {'bites' if bounded else 'does not bite'}"
    if killed and bounded:
        return Finding(name="docker limits", status=CheckStatus.OK, detail=detail)
    remedy = "the engine's cgroup set-up is broken; boxes would not be bounded"
    return Finding(name="docker limits", status=CheckStatus.MISSING, detail=detail, remedy=remedy)


def bubblewrap(machine: Machine) -> Sequence[Finding]:
    """Whether bubblewrap makes a sandbox here."""
    program = shutil.which("bwrap", path=machine.environ.get("PATH"))
    if program is None:
        remedy = "`apt-get install bubblewrap` (or your system's package of that name) for the local backend"
        return [Finding(name="bubblewrap", status=CheckStatus.MISSING, detail="not installed", remedy=remedy)]
    version = machine.run([program, "--version"]).output
    tried = machine.run([program, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--", "/bin/true"])
    if tried.exit_code == 0:
        return [Finding(name="bubblewrap", status=CheckStatus.OK, detail=version)]
    remedy = "allow user namespaces (see the next line), or run as root outside a container"
    detail = f"{version} fails: {tried.output[:300]}"
    return [Finding(name="bubblewrap", status=CheckStatus.MISSING, detail=detail, remedy=remedy)]


def user_namespaces(machine: Machine) -> Sequence[Finding]:
    """Whether an ordinary user may make namespaces, which bubblewrap needs unless root."""
    for name, forbids, allows in _NAMESPACE_SWITCHES:
        try:
            value = machine.read("proc/sys/" + name.replace(".", "/"))
        except FileNotFoundError:
            continue  # this kernel does not have that switch
        if value == forbids:
            remedy = f"`sysctl -w {name}={allows}`"
            return [
                Finding(name="user namespaces", status=CheckStatus.WARN, detail=f"{name} is {value}", remedy=remedy)
            ]
    return [Finding(name="user namespaces", status=CheckStatus.OK, detail="allowed")]


def landlock(_machine: Machine) -> Sequence[Finding]:
    """Which version of Landlock the kernel has."""
    libc = ctypes.CDLL(None, use_errno=True)
    version = int(libc.syscall(_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), _LANDLOCK_VERSION_FLAG))
    if version > 0:
        return [Finding(name="landlock", status=CheckStatus.OK, detail=f"ABI {version}")]
    remedy = "a kernel from 5.13 on with `landlock` in its lsm= list; boxes do without this layer until then"
    return [Finding(name="landlock", status=CheckStatus.WARN, detail="not offered", remedy=remedy)]


def seccomp(machine: Machine) -> Sequence[Finding]:
    """Whether the kernel filters system calls."""
    actions = set(machine.read("proc/sys/kernel/seccomp/actions_avail").split())
    if actions >= _SECCOMP_ACTIONS:
        return [Finding(name="seccomp", status=CheckStatus.OK, detail="filters available")]
    remedy = "a kernel with CONFIG_SECCOMP_FILTER"
    return [Finding(name="seccomp", status=CheckStatus.MISSING, detail=f"only {sorted(actions)}", remedy=remedy)]


def control_groups(_machine: Machine) -> Sequence[Finding]:
    """Whether this user may make control groups, with which the local backend bounds memory and processes."""
    from boxscore.boxes import cgroup  # noqa: PLC0415 - only the doctor and the local backend need it

    trees = cgroup.find()
    if trees is not None:
        return [Finding(name="control groups", status=CheckStatus.OK, detail="v2" if trees.unified else "v1")]
    remedy = "run as root, or in a delegated group (`systemd-run --user --scope -p Delegate=yes …`)"
    detail = "not writable: the local backend bounds memory and processes by rlimits only"
    return [Finding(name="control groups", status=CheckStatus.WARN, detail=detail, remedy=remedy)]


CHECKS: tuple[Callable[[Machine], Sequence[Finding]], ...] = (
    bubblewrap,
    user_namespaces,
    control_groups,
    landlock,
    seccomp,
)
ORDER = (
    "docker engine",
    "docker limits",
    "docker runtimes",
    "docker storage",
    "image python",
    *(check.__name__.replace("_", " ") for check in CHECKS),
)
