"""Patches by file: what the official program leaves out of a candidate's, and which files of a patch are tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BEGINS = re.compile(r"(?=^diff --git )", re.MULTILINE)
_NAMES = re.compile(r"^diff --git a/(.+?) b/(.+)$", re.MULTILINE)
_BINARY = re.compile(r"^(?:Binary files .* differ|GIT binary patch)$", re.MULTILINE)


class Section(Struct, frozen=True, kw_only=True):
    """What a patch says of one file."""

    before: str
    after: str
    text: str

    @property
    def binary(self) -> bool:
        """Whether its content is not text."""
        return _BINARY.search(self.text) is not None


def without_binaries(patch: str) -> str:
    """A patch without the parts that change binary files."""
    return "".join(part for part in _BEGINS.split(patch) if part.strip() and _BINARY.search(part) is None)


def sections(patch: str) -> Iterator[Section]:
    """The parts of a patch, one for each file, in their order."""
    for part in _BEGINS.split(patch):
        names = _NAMES.match(part)
        if names is not None:
            yield Section(before=names[1], after=names[2], text=part if part.endswith("\n") else f"{part}\n")


def of_files(patch: str, files: Collection[str]) -> list[Section]:
    """The parts of a patch that are of the given files."""
    return [one for one in sections(patch) if one.before in files or one.after in files]
