"""A hosts file of our own in boxes without a network, in place of the one that the engine writes with its network.

Theory of operation. Tests want `localhost` to have an address. With its network `none` the engine sees to that: it
starts a program of its own in the container's network namespace, which takes as long as the rest of opening a box, and
mounts a hosts file. With `network_disabled` it does neither, and the runtime makes a private namespace whose loopback
device is up. All that is missing then is the file, so ours is mounted there, with what the engine writes.

Two things are made as they are with the engine's network. IPv6 is off, so that a server on all addresses has 0.0.0.0
and `localhost` is 127.0.0.1 first; gVisor has IPv6 either way, and no such switch. The box's own name has no address.
`/etc/resolv.conf` is the image's own, where the engine would have copied the machine's: a name that is not in the hosts
file is not found either way, at once.

It is for engines that see our files. One on another machine, in another mount namespace or under SELinux does not, and
a kernel without IPv6 has no switch for it. There the engine sets its network up, as ever: the first box that cannot be
made with our file is made without it, and so are all after it.
"""

from __future__ import annotations

import hashlib
import stat
from typing import TYPE_CHECKING, Any

from boxscore.cache import cache_folder, replace_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

HOSTS = b"""127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
"""
WITHOUT_IPV6 = {"net.ipv6.conf.all.disable_ipv6": "1"}
_READABLE = 0o444


def hosts_file(folder: Path | None = None) -> Path | None:
    """The file, which is made where it is not there; None where it cannot be."""
    place = (folder or cache_folder()).absolute() / f"hosts-{hashlib.sha256(HOSTS).hexdigest()[:8]}"
    try:
        if not _is_ours(place):
            place.parent.mkdir(parents=True, exist_ok=True)
            replace_file(place, HOSTS, sync=None)
            place.chmod(_READABLE)
    except OSError:
        return None
    return place


def sees_our_files(environ: Mapping[str, str], described: Mapping[str, Any]) -> bool:
    """Whether an engine may be on this machine, by its address, and lets containers read what is not its own."""
    host = environ.get("DOCKER_HOST", "")
    confined = any(str(option).startswith("name=selinux") for option in described.get("SecurityOptions") or ())
    return not confined and (not host or host.startswith(("unix://", "http+unix://", "/")))


def _is_ours(place: Path) -> bool:
    try:
        return stat.S_IMODE(place.stat().st_mode) == _READABLE and place.read_bytes() == HOSTS
    except FileNotFoundError:
        return False
