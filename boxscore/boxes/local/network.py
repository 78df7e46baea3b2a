"""A network of local boxes: a bridge that they are wired to, and a file of names that each has as its /etc/hosts.

Theory of operation. An idle box holds the bridge in its network namespace, without an address. Each further box gets
one end of a pair of virtual cards, and an address. All namespaces of an ordinary user's boxes lie below the idle box's
user namespace, where he may wire them. Cards end with the namespaces that they are in, so none is ever left.
"""

from __future__ import annotations

import contextlib
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.boxes.local.bwrap import HOSTS, into
from boxscore.errors import SandboxUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_BOXES, PER_BLOCK = 60_000, 250
WIRE_S = 10.0
BRIDGE = """link add bridge type bridge
link set bridge addrgenmode none
link set bridge up
"""
HOLDERS_END = """link add box{number} type veth peer name eth0 netns {pid}
link set box{number} addrgenmode none master bridge
link set box{number} up
"""
BOXS_END = """link set eth0 addrgenmode none
addr add {address}/16 dev eth0
link set eth0 up
"""


class SharedNetwork:
    """The process that holds a network, and the file of names on it."""

    def __init__(self, pid: int, hosts: Path, *, as_root: bool) -> None:
        self.pid, self._file, self._as_root = pid, hosts, as_root
        self._names, self._boxes = dict[str, str](), 0
        self._write()
        self._set_up(pid, BRIDGE)

    @property
    def hosts(self) -> str:
        """The file's path on this machine."""
        return str(self._file)

    def wire(self, pid: int, alias: str | None) -> None:
        """Wire the box of this first process to the network. Raises SandboxUnavailable where that cannot be."""
        self._boxes += 1
        number = self._boxes
        if number > MOST_BOXES:
            raise SandboxUnavailable(f"a network of local boxes has no more than {MOST_BOXES:,} addresses")
        address = f"10.201.{number // PER_BLOCK}.{1 + number % PER_BLOCK}"
        self._set_up(self.pid, HOLDERS_END.format(number=number, pid=pid))
        self._set_up(pid, BOXS_END.format(address=address))
        if alias is not None:
            self._names[alias] = address
            self._write()

    def _set_up(self, pid: int, commands: str) -> None:
        words = [*into(pid, "--net", as_root=self._as_root), "ip", "-batch", "-"]
        try:
            done = subprocess.run(words, input=commands.encode(), capture_output=True, check=False, timeout=WIRE_S)  # noqa: S603 - our own words
        except (OSError, subprocess.TimeoutExpired) as error:
            raise SandboxUnavailable(f"local boxes cannot be wired ({error})") from error
        if done.returncode != 0:
            why = done.stderr.decode(errors="replace").strip()[-300:]
            raise SandboxUnavailable(
                f"local boxes cannot be wired: {why}",
                details=("this needs `ip` (`apt-get install iproute2`), veth and bridges",),
            )

    def _write(self) -> None:
        """Write the file in its place, as boxes have it mounted."""
        with self._file.open("r+", encoding="ascii") as file:
            file.write(HOSTS + "".join(f"{address} {alias}\n" for alias, address in self._names.items()))
            file.truncate()


@contextlib.contextmanager
def shared_network(pid: int, *, as_root: bool) -> Iterator[SharedNetwork]:
    """Make a network that a process holds."""
    with tempfile.TemporaryDirectory(prefix="boxscore-") as folder:
        file = Path(folder, "hosts")
        file.touch(0o644)
        yield SharedNetwork(pid, file, as_root=as_root)
