"""What an environment is found from, a commit's files and the user's options, and what is found."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import UsageError
from boxscore.instances.repository import LINK, MAX_TEXT_BYTES, SUBMODULE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from boxscore.instances.repository import Blob, Repository

TREE = "/testbed"
REPORT = "/scratch/report.xml"


class EnvironmentOptions(Struct, frozen=True, kw_only=True):
    """The user's options for an environment; what is None or empty is detected.

    `requirements` are lines of requirements files. `dockerfile` is text of instructions that follow those that put
    the repository in its place.
    """

    python: str | None = None
    install: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    test_command: str | None = None
    parser: str | None = None
    requirements: tuple[str, ...] = ()
    date: str | None = None
    dockerfile: str | None = None


class Environment(Struct, frozen=True, kw_only=True):
    """How an instance is built and tested, as fields of `InstanceImage` and `PatchTask`; `found` says whence that is.

    `instance` are the instructions after those that put the repository in its place.
    """

    base: str
    parser: str
    commands: tuple[str, ...]
    environment: str = ""
    instance: str = ""
    build: tuple[str, ...] = ()
    report: str | None = None
    runner: str | None = None
    found: tuple[str, ...] = ()


class Sources(Struct, frozen=True):
    """The texts of a commit, the test files that will be run in it, and what the test patch adds to them."""

    repository: Repository
    files: Mapping[str, Blob]
    tests: tuple[str, ...]
    patched: str

    def text(self, path: str) -> str:
        """A file's text, "" where there is none, or none of a size that a person would write."""
        blob = self.files.get(path)
        if blob is None or blob.mode in {SUBMODULE, LINK} or blob.size > MAX_TEXT_BYTES:
            return ""
        return self.repository.contents([blob])[blob.name].decode(errors="replace")

    def test_texts(self) -> str:
        """The text of the tests, before and after the test patch."""
        return "\n".join([self.patched, *(self.text(path) for path in self.tests)])


def run_lines(*lines: str) -> str:
    """One instruction that runs lines in one shell and ends where one of them fails.

    Raises UsageError for a line that would be more than a line: a repository must not add instructions.
    """
    body = "; ".join(("set -eu", *lines))
    if any(one in body for one in "\n\r\0"):
        raise UsageError(f"an instruction of the image must be one line: {body[:200]!r}")
    return f"RUN {body}\n"


def at_tree(*lines: str) -> str:
    """An instruction that runs lines where the repository is; nothing where there are none."""
    return run_lines(f"cd {TREE}", *lines) if lines else ""


def quoted(paths: Iterable[str]) -> str:
    """Paths as words of a shell; one that begins with a dash is no option."""
    return shlex.join(f"./{path}" if path.startswith("-") else path for path in paths)
