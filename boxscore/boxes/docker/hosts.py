"""A hosts file of our own in boxes without a network, in place of the one that the engine writes with its network.

Theory of operation. Tests want `localhost` to have an address. With its network `none` the engine sees to that: it
starts a program of its own in the container's network namespace, which takes as long as the rest of opening a box, and
mounts a hosts file. With `network_disabled` it does neither, and the runtime makes a private namespace whose loopback
device is up. All that is missing then is the file, so ours is mounted there, with what the engine writes.

Each box has a file of its own, whose name goes once the box has it: boxes of one file could tell each other things by
locks on it, or by watching who opens it.

Two things are made as they are with the engine's network. IPv6 is off, so that a server on all addresses has 0.0.0.0
and `localhost` is 127.0.0.1 first; gVisor has IPv6 either way, and no such switch. The box's own name has no address.
`/etc/resolv.conf` is the image's own, where the engine would have copied the machine's: a name that is not in the hosts
file is not found either way, at once.

Nor does a connection that has ended keep its port for a minute (`TIME_WAIT`): the samples of a warm box share its
ports, and one that leaves them all taken would make the next one fail. gVisor keeps them.

It is for engines that see our files. One on another machine, in another mount namespace or under SELinux does not, and
a kernel without IPv6 has no switch for it. There the engine sets its network up, as ever: the first box that cannot be
made with our file is made without it, and so are all after it.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boxscore.cache import cache_folder

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

HOSTS = b"""127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
fe00::0\tip6-localnet
ff00::0\tip6-mcastprefix
ff02::1\tip6-allnodes
ff02::2\tip6-allrouters
"""
SYSCTLS = {"net.ipv6.conf.all.disable_ipv6": "1", "net.ipv4.tcp_max_tw_buckets": "0"}


@contextmanager
def hosts_file(folder: Path | None = None) -> Iterator[Path | None]:
    """A file for one box, which has it from its start on, whatever becomes of the name; None where none can be made."""
    place = _made(folder or cache_folder())
    try:
        yield place
    finally:
        if place is not None:
            with suppress(OSError):
                place.unlink()


def sees_our_files(environ: Mapping[str, str], described: Mapping[str, Any]) -> bool:
    """Whether an engine may be on this machine, by its address, and lets containers read what is not its own."""
    host = environ.get("DOCKER_HOST", "")
    confined = any(str(option).startswith("name=selinux") for option in described.get("SecurityOptions") or ())
    return not confined and (not host or host.startswith(("unix://", "http+unix://", "/")))


def _made(folder: Path) -> Path | None:
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        number, name = tempfile.mkstemp(prefix="hosts-", dir=folder.absolute())
        with os.fdopen(number, "wb") as file:
            file.write(HOSTS)
            os.fchmod(number, 0o444)
        return Path(name)
    return None
