"""The project that an agent migrates, as far as its loop must know: files to read and write, and a build."""

from __future__ import annotations

import typing

from msgspec import Struct

if typing.TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


class Built(Struct, frozen=True, kw_only=True):
    """What a build came to: whether Maven ended well, and what it printed, cut at the limit on output."""

    passed: bool
    log: str
    timed_out: bool = False


class Project(typing.Protocol):
    """A Maven project at `tree`, a folder by its absolute path; the paths of methods are below it.

    `release` is the Java to come to. `versions` are what dependencies must at least have, by `group:artifact`.
    """

    @property
    def tree(self) -> str:
        """The folder that the project is in."""

    @property
    def release(self) -> int:
        """The Java to come to."""

    @property
    def versions(self) -> Mapping[str, str]:
        """What dependencies must at least have."""

    async def poms(self) -> tuple[str, ...]:
        """The poms of the project, the root's first. Raises BoxError."""

    async def read(self, path: str) -> str | None:
        """A file's text; None where there is none, or where it is no text that could be changed. Raises BoxError."""

    async def write(self, path: str, text: str) -> None:
        """Write a file that was there. Raises BoxError."""

    async def build(self, timeout_s: float) -> Built:
        """Build and test the project from scratch. Raises BoxError."""


class FakeProject:
    """A project of texts; `builder` says what a build of them comes to."""

    tree = "/testbed"

    def __init__(
        self,
        files: Mapping[str, str],
        builder: Callable[[Mapping[str, str]], Built],
        *,
        release: int = 17,
        versions: Iterable[tuple[str, str]] = (),
    ) -> None:
        """Begin with files, by their paths."""
        self.versions: Mapping[str, str] = dict(versions)
        self.files, self._builder = dict(files), builder
        self.release = release
        self.builds = 0

    async def poms(self) -> tuple[str, ...]:
        """See `Project`, and so with the others."""
        return tuple(sorted(path for path in self.files if path.rpartition("/")[2] == "pom.xml"))

    async def read(self, path: str) -> str | None:
        """Give the text."""
        return self.files.get(path)

    async def write(self, path: str, text: str) -> None:
        """Keep the text."""
        self.files[path] = text

    async def build(self, timeout_s: float) -> Built:  # noqa: ARG002 - the contract
        """Ask the builder."""
        self.builds += 1
        return self._builder(self.files)
