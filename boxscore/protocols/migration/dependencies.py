"""Versions of dependencies: what a maximal migration asks for, judged by what Maven resolved."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from boxscore.protocols.migration.model import EffectiveModel

JARS = 5000
"""More than any class path has."""

LAYOUT_PARTS = 4
"""Of a path in a Maven repository there are at least these: one of the group, artifact, version, file."""

VERSION_CHARACTERS = 200

LEADING = re.compile(r"(\d+)(.*)\Z", re.DOTALL)

NOTHING_MORE = re.compile(r"(?:[.-]+(?:0+(?!\d))?)*")
"""Zeros and separators, which make a version no later."""

BEFORE_RELEASE = re.compile(r"(?:alpha|beta|milestone|rc|cr|snapshot|(?:a|b|m)(?=\d))", re.IGNORECASE)
"""What marks a version as one before the release of its number; `a`, `b` and `m` do only with a number behind them."""


class Resolved(Struct, frozen=True, kw_only=True):
    """An artefact on a module's resolved class path; `sha256` is of the file that was there, "" if not worked out."""

    group: str
    artifact: str
    version: str
    type: str = "jar"
    classifier: str = ""
    path: str = ""
    sha256: str = ""

    @property
    def name(self) -> str:
        """`group:artifact`."""
        return f"{self.group}:{self.artifact}"


def read_class_path(text: str, repositories: Sequence[str], *, root: str = "") -> tuple[Resolved, ...]:
    """Read what `dependency:build-classpath` wrote: paths of jars, joined by colons or one a line.

    `repositories` are the absolute paths of local Maven repositories. Paths below `root`, the tree, are other modules
    of the build and left out. Raises ProtocolError for any other path that is in no repository's layout.
    """
    paths = [path for path in re.split(r"[:\n\r]+", text.strip()) if path.strip()]
    if len(paths) > JARS:
        raise ProtocolError(f"a class path has {len(paths)} entries, more than {JARS}")
    outside = (path.strip() for path in paths if not (root and path.strip().startswith(f"{root}/")))
    return tuple(_resolved(path, repositories) for path in outside)


def _resolved(path: str, repositories: Sequence[str]) -> Resolved:
    for repository in repositories:
        parts = path.removeprefix(f"{repository}/").split("/")
        if path.startswith(f"{repository}/") and len(parts) >= LAYOUT_PARTS and not {"", ".", ".."} & set(parts):
            *group, artifact, version, file = parts
            stem, _, extension = file.rpartition(".")
            named = stem.removeprefix(f"{artifact}-")
            base = version.removesuffix("-SNAPSHOT")
            if named != stem and named.startswith(base):
                classifier = named.removeprefix(version).lstrip("-") if named.startswith(version) else ""
                return Resolved(
                    group=".".join(group),
                    artifact=artifact,
                    version=version,
                    type=extension,
                    classifier=classifier,
                    path=path,
                )
    raise ProtocolError(f"a class path has an entry that is no artefact of the local repository: {path[:300]!r}")


def version_at_least(version: str, wanted: str) -> bool:
    """Whether a version is at least the major version of the one that is wanted, in Maven's own order of versions.

    A version before the first release of that major version, such as `5.0.0-M1`, is not; nor is one that does not
    begin with a number, which Maven has below all numbers.
    """
    found, asked = LEADING.match(version[:VERSION_CHARACTERS]), LEADING.match(wanted)
    if found is None or asked is None or len(version) > VERSION_CHARACTERS:
        return asked is None
    if int(found[1]) != int(asked[1]):
        return int(found[1]) > int(asked[1])
    return BEFORE_RELEASE.match(NOTHING_MORE.sub("", found[2], count=1)) is None


def dependency_faults(
    base: EffectiveModel,
    now: EffectiveModel,
    class_paths: Mapping[str, Sequence[Resolved]],
    table: Sequence[tuple[str, str]],
    *,
    known: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Say which dependencies are older than a maximal migration asks for; none if all are new enough.

    `class_paths` has each module's resolved class path under its folder, `table` the wanted versions, (group:artifact,
    version). Judged are the direct dependencies of `now`, and those of `base` that are still on a class path however
    they come there. `known` maps `group:artifact:version` to the SHA-256 of the published file, where it is known.
    """
    wanted = dict(table)
    faults = []
    for folder in now.folders:
        versions = _versions(folder, base, now, class_paths.get(folder, ()))
        where = folder or "the root module"
        for name, found in sorted(versions.items()):
            old = sorted(version for version in found if name in wanted and not version_at_least(version, wanted[name]))
            if old:
                faults.append(f"{where} has {name} {old[0][:100]}, which is older than {wanted[name]}")
    return tuple(faults) + tuple(_other_files(class_paths, known or {}))


def _versions(
    folder: str, base: EffectiveModel, now: EffectiveModel, class_path: Sequence[Resolved]
) -> dict[str, set[str]]:
    """The versions of what is judged in a module: of the files, and where there is none, those declared."""
    versions: dict[str, set[str]] = {}
    for one in class_path:
        versions.setdefault(one.name, set()).add(one.version)
    before, after = base.at(folder), now.at(folder)
    direct = () if after is None else after.dependencies
    judged = {one.name for one in direct} | {one.name for one in (() if before is None else before.dependencies)}
    declared = {one.name: {one.version} for one in direct if one.version}
    return declared | {name: found for name, found in versions.items() if name in judged}


def _other_files(class_paths: Mapping[str, Sequence[Resolved]], known: Mapping[str, str]) -> Iterator[str]:
    for folder, class_path in sorted(class_paths.items()):
        for one in class_path:
            published = known.get(f"{one.name}:{one.version}")
            if published and one.sha256 and one.sha256 != published and not one.classifier:
                where = folder or "the root module"
                yield f"{where} has a file of {one.name} {one.version} that is not the published one"
