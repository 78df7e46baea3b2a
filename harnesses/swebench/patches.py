"""Patches by file: what the official program leaves out of a candidate's, and which files of a patch are tests."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore import changed_paths

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

_BEGINS = re.compile(r"(?=^diff --git )", re.MULTILINE)
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
    return "".join(part for part in _BEGINS.split(patch) if part.strip() and _BINARY.search(part) is None)


def sections(patch: str) -> Iterator[Section]:
    """The parts of a patch, one for each file, in their order."""
    for part in _BEGINS.split(patch):
        paths = changed_paths(part) if part.startswith("diff --git ") else ()
        if paths:
            yield Section(before=paths[0], after=paths[-1], text=part if part.endswith("\n") else f"{part}\n")


def of_files(patch: str, files: Collection[str]) -> list[Section]:
    return [one for one in sections(patch) if one.before in files or one.after in files]
