"""Paths of a Maven 2 repository. What a box asks for is a path of this layout, or nothing."""

from __future__ import annotations

import re

from msgspec import Struct

MAX_PATH_CHARS = 512
METADATA = "maven-metadata.xml"
CHECKSUMS = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "sha512": "sha512"}  # endings, with hashlib's names
_SNAPSHOT = "-SNAPSHOT"
_PART = r"[A-Za-z0-9_][A-Za-z0-9_.+~-]{0,127}"
_PATH = re.compile(rf"{_PART}(?:/{_PART}){{1,31}}")
_ENDING = re.compile(
    r"(?:-(?P<classifier>[A-Za-z0-9_][A-Za-z0-9_.+~-]*?))?\.(?P<extension>tar\.[a-z0-9]+|[A-Za-z0-9_]+)"
)
_BUILD = re.compile(r"-\d{8}\.\d{6}-\d+")  # of a snapshot


class RepositoryPath(Struct, frozen=True, kw_only=True):
    """A file of a repository.

    `path` is the path of the file itself, of which `checksum` (an ending of CHECKSUMS) is wanted unless "".
    `coordinates` are `group:artifact:version[:classifier]:extension`, "" for an index of versions. `changes`: the file
    may be another one tomorrow.
    """

    path: str
    checksum: str = ""
    coordinates: str = ""
    changes: bool = False


def repository_path(text: str) -> RepositoryPath | None:
    """Read a path as a box gives it, with or without a leading slash; None if it is not of the layout.

    Nothing is decoded or made shorter: a path with `%`, `..`, an empty part, a query or a name that begins with a dot
    is none.
    """
    if len(text) > MAX_PATH_CHARS:
        return None
    path = text.removeprefix("/")
    if not _PATH.fullmatch(path) or ".." in path:
        return None
    ending = path.rpartition(".")[2]
    checksum = ending if ending in CHECKSUMS else ""
    path = path.removesuffix(f".{checksum}") if checksum else path
    *folders, name = path.split("/")
    if name == METADATA:
        return RepositoryPath(path=path, checksum=checksum, changes=True)
    return _artefact(path, checksum, folders, name)


def _artefact(path: str, checksum: str, folders: list[str], name: str) -> RepositoryPath | None:
    if len(folders) < 3:  # noqa: PLR2004 - group, artefact, version
        return None
    *group, artefact, version = folders
    rest = name.removeprefix(f"{artefact}-")
    base = version.removesuffix(_SNAPSHOT)
    if rest == name or not rest.startswith(base):
        return None
    rest = rest.removeprefix(version) if rest.startswith(version) else _BUILD.sub("", rest.removeprefix(base), count=1)
    match = _ENDING.fullmatch(rest)
    if match is None:
        return None
    parts = (".".join(group), artefact, version, match["classifier"], match["extension"])
    coordinates = ":".join(part for part in parts if part)
    return RepositoryPath(path=path, checksum=checksum, coordinates=coordinates, changes=version.endswith(_SNAPSHOT))
