"""Versions of dependencies: what a maximal migration asks for, judged by what Maven resolved."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore.protocols.migration.model import EffectiveModel


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


def read_class_path(text: str, repositories: Sequence[str]) -> tuple[Resolved, ...]:
    """Read what `dependency:build-classpath` wrote: paths of jars, joined by colons or one a line.

    `repositories` are the absolute paths of local Maven repositories. Raises ProtocolError for a path that is in none
    of them in Maven 2's layout; `target/classes` of another module of the build, and its jar, are left out.
    """
    raise NotImplementedError((text, repositories))


def version_at_least(version: str, wanted: str) -> bool:
    """Whether a version is at least the major version of the one that is wanted, in Maven's own order of versions."""
    raise NotImplementedError((version, wanted))


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
    raise NotImplementedError((base, now, class_paths, table, known))
