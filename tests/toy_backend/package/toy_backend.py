"""A backend of an installed package: boxes of the local backend, under a name and with options of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.testing import open_backend

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from boxscore import Backend, Box, BoxSpec, Network


class ToyBackend:
    """See `boxscore.Backend`."""

    name = "toy"
    capabilities = frozenset({"sandbox", "supervised"})

    def __init__(self, *, cgroups: bool = True) -> None:
        self._boxes: Backend = open_backend("local", cgroups=cgroups)

    def check(self) -> None:
        self._boxes.check()

    def image_digest(self, image: str | None) -> str:
        return f"toy:{self._boxes.image_digest(image)}"

    def box(self, spec: BoxSpec) -> AbstractContextManager[Box]:
        return self._boxes.box(spec)

    def network(self) -> AbstractContextManager[Network]:
        from boxscore import SandboxUnavailable  # noqa: PLC0415 - beside its one use

        raise SandboxUnavailable("toy boxes have no networks")

    def reap(self) -> Sequence[str]:
        return self._boxes.reap()
