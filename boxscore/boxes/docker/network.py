"""Networks of docker boxes: bridges on which boxes reach each other, and nothing else.

An internal bridge has no way out, but the host has an address on it, and every port of the host is there. So the bridge
is made without one (`inhibit_ipv4`), which is proven before the first box is handed out: by looking at the bridge where
it is on this machine, else by trying from the box. Names are the engine's to answer, for aliases alone: the server that
it would ask for others is one that does not exist.
"""

from __future__ import annotations

import contextlib
import fcntl
import socket
import struct
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors

from boxscore.boxes import labels
from boxscore.boxes.docker.container import GVISOR
from boxscore.boxes.docker.errors import lost, unavailable
from boxscore.errors import BoxLost, SandboxUnavailable
from boxscore.records import Limits

if TYPE_CHECKING:
    from docker import APIClient

    from boxscore.boxes.contract import Box

INHIBIT = "com.docker.network.bridge.inhibit_ipv4"
NOT_FOUND, FORBIDDEN = 404, 403
REMOVE_S = 30.0
SIOCGIFADDR, NAME_BYTES = 0x8915, 15
PROBE_LIMITS = Limits(cpu_s=10.0, wall_s=100.0, output_bytes=4096)

IPV6_PROBE = "grep -sv ' lo$' /proc/net/if_inet6; :"  # interfaces with an IPv6 address but lo
# A host that has the address answers, if only by refusing.
PROBE = (
    "import errno, socket, sys\n"
    "line = socket.socket(); line.settimeout(10)\n"
    "try: line.connect((sys.argv[1], 9))\n"
    "except OSError as error: print('alone' if error.errno == errno.EHOSTUNREACH else error)\n"
    "else: print('answered')\n"
)


def refuse_without_networks(runtime: str | None) -> None:
    """Raise SandboxUnavailable for a runtime whose boxes have no networks."""
    if runtime == GVISOR:
        raise SandboxUnavailable(
            "boxes under gVisor have no network, so they cannot share one", details=("use the runtime runc",)
        )


def make(api: APIClient, name: str) -> None:
    """Make a network. Raises SandboxUnavailable."""
    with unavailable(f"making network {name}"):
        api.create_network(
            name,
            driver="bridge",
            internal=True,
            enable_ipv6=False,
            check_duplicate=True,
            options={INHIBIT: "true"},
            labels=labels.own(),
        )


def prove(api: APIClient, name: str, box: Box, *, interfaces: Path = Path("/sys/class/net")) -> None:
    """Make sure that nothing but boxes is on a network, with its first box. Raises SandboxUnavailable, BoxLost."""
    with unavailable(f"looking at network {name}"):
        found: dict[str, Any] = api.inspect_network(name)
    gateways = [one.get("Gateway") for one in (found.get("IPAM") or {}).get("Config") or ()]
    if not found.get("Internal") or found.get("EnableIPv6") or (found.get("Options") or {}).get(INHIBIT) != "true":
        raise SandboxUnavailable(f"the engine made network {name} other than was asked: it is not a private one")
    bridge = f"br-{found['Id'][:12]}"
    if (interfaces / bridge).is_dir():
        if _has_address(bridge):
            raise SandboxUnavailable(f"the host has an address on network {name}, so its ports would be in reach")
        return
    for gateway in gateways:
        probed = box.run(["python3", "-c", PROBE, str(gateway).partition("/")[0]], limits=PROBE_LIMITS)
        if probed.stdout != b"alone\n":
            raise SandboxUnavailable(
                f"it cannot be proven that boxes on network {name} do not reach the engine's host at {gateway}",
                details=(
                    (probed.stdout or probed.stderr).decode(errors="replace").strip()[:200],
                    "the image needs python3",
                ),
            )


def look(box: Box, name: str) -> None:
    """Make sure that a box has no IPv6, which reaches a bridge's host too. Raises SandboxUnavailable, BoxLost.

    Its way to everywhere else is the network's gateway, which nobody is.
    """
    probed = box.run(["/bin/sh", "-c", IPV6_PROBE], limits=PROBE_LIMITS)
    if probed.exit_code != 0 or probed.stdout or probed.limit is not None:
        message = (probed.stdout or probed.stderr).decode(errors="replace").strip()[:200]
        raise SandboxUnavailable(f"a box on network {name} has IPv6, and so reaches more than the network: {message}")


def remove(api: APIClient, name: str) -> None:
    """Remove a network; one that is not there is fine. Raises BoxLost while boxes are on it, after 30 s."""
    until = time.monotonic() + REMOVE_S
    while True:
        with lost(f"removing network {name}"):
            try:
                api.remove_network(name)
            except docker.errors.APIError as error:
                if error.status_code == NOT_FOUND:
                    return
                if error.status_code != FORBIDDEN or time.monotonic() > until:
                    raise
                time.sleep(0.05)  # a box of it is being removed
            else:
                return


def reap(api: APIClient) -> list[str]:
    """Remove the networks of dead engines, and return their names; those that are in use stay."""
    removed = []
    found: list[dict[str, Any]] = api.networks(filters={"label": f"{labels.MARK}=1"})
    for one in found:
        whose = labels.owner(one.get("Labels") or {})
        if whose is labels.Owner.LIVES:
            continue
        with contextlib.suppress(BoxLost), lost("removing a network"):  # boxes may be on it, which are not ours to end
            if whose is labels.Owner.FOREIGN and not _is_old(one):
                continue
            api.remove_network(one["Id"])
            removed.append(str(one["Name"]))
    return removed


def _is_old(network: dict[str, Any]) -> bool:
    """Whether a network whose engine cannot be seen was made more than a day ago: it would have boxes, or be gone."""
    made = time.strptime(str(network.get("Created", ""))[:19], "%Y-%m-%dT%H:%M:%S")
    return time.mktime(made) - time.timezone < time.time() - 86_400


def _has_address(interface: str) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        try:
            fcntl.ioctl(asking, SIOCGIFADDR, struct.pack("256s", interface.encode()[:NAME_BYTES]))
        except OSError:
            return False
    return True
