"""Which networks a backend has open, and which names the boxes on them have."""

from __future__ import annotations

import os
import re
import secrets
from contextlib import contextmanager
from typing import TYPE_CHECKING

from boxscore.boxes.contract import Network
from boxscore.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from boxscore.boxes.contract import BoxSpec

ALIAS = re.compile(r"(?=.{1,253}\Z)[a-z][a-z0-9-]{0,62}(\.[a-z][a-z0-9-]{0,62})*")
RESERVED = {"localhost", "box", "host", "gateway"}


class OpenNetworks:
    """Names networks, and lends each alias of one to one box at a time."""

    def __init__(self) -> None:
        self._aliases: dict[str, set[str]] = {}

    @contextmanager
    def opened(self) -> Iterator[Network]:
        """Name a network for as long as this lasts."""
        network = Network(name=f"boxscore-{os.getpid()}-{secrets.token_hex(6)}")
        self._aliases[network.name] = set()
        try:
            yield network
        finally:
            del self._aliases[network.name]

    def names(self) -> set[str]:
        """The networks that are open."""
        return set(self._aliases)

    @contextmanager
    def joined(self, spec: BoxSpec) -> Iterator[None]:
        """Hold a box's alias. Raises UsageError for one that is taken or odd, and for a network that has ended."""
        if spec.network is None:
            if spec.alias is not None:
                raise UsageError(f"a box without a network cannot have the alias {spec.alias!r}")
            yield
            return
        aliases = self._aliases.get(spec.network.name)
        if aliases is None:
            raise UsageError(f"network {spec.network.name} has ended, or another backend made it")
        if spec.alias is None:
            yield
            return
        if not ALIAS.fullmatch(spec.alias) or spec.alias in RESERVED:
            raise UsageError(
                f"{spec.alias!r} cannot be a box's alias: lower-case letters, digits and hyphens, as in 'server' or "
                "'server.example.org'"
            )
        if spec.alias in aliases:
            raise UsageError(f"another box of network {spec.network.name} has the alias {spec.alias!r}")
        aliases.add(spec.alias)
        try:
            yield
        finally:
            aliases.discard(spec.alias)
