"""A network of local boxes: one loopback that they share, and a file of names that each has as its /etc/hosts."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.boxes.local.bwrap import HOSTS

if TYPE_CHECKING:
    from collections.abc import Iterator

PER_BLOCK = 250


class SharedNetwork:
    """The process that holds a network, and the file of names on it."""

    def __init__(self, pid: int, hosts: Path) -> None:
        self.pid, self._file, self._names = pid, hosts, list[str]()
        self._write()

    @property
    def hosts(self) -> str:
        """The file's path on this machine."""
        return str(self._file)

    def name(self, alias: str) -> None:
        """Give an alias an address of its own, for as long as the network lasts."""
        if alias not in self._names:
            self._names.append(alias)
            self._write()

    def _write(self) -> None:
        """Write the file in its place, as boxes have it mounted."""
        lines = [
            f"127.0.{1 + number // PER_BLOCK}.{1 + number % PER_BLOCK} {alias}\n"
            for number, alias in enumerate(self._names)
        ]
        with self._file.open("r+", encoding="ascii") as file:
            file.write(HOSTS + "".join(lines))


@contextlib.contextmanager
def shared_network(pid: int) -> Iterator[SharedNetwork]:
    """Make the file of names of a network that a process holds."""
    with tempfile.TemporaryDirectory(prefix="boxscore-") as folder:
        file = Path(folder, "hosts")
        file.touch(0o644)
        yield SharedNetwork(pid, file)
