"""What the effective pom of a migrated project may not say, seen beside that of the project as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from boxscore.protocols.migration.model import EffectiveModel

CHECKS = (
    "modules",
    "folders",
    "release",
    "compiler",
    "skipped_tests",
    "test_run",
    "arguments",
    "extensions",
    "scripts",
    "repositories",
    "system_scope",
    "processors",
)
"""The names of the checks, in the order in which their faults are told."""


class Surroundings(Struct, frozen=True, kw_only=True):
    """What poms are judged against.

    `release` is the Java that must be compiled for. `tree_paths` and `base_paths` are the files of the tree with the
    candidate's patch and of the one as it was. `repositories` are absolute paths of local Maven repositories that only
    the grader fills: agents of the tests' JVM may come from there.
    """

    release: int
    tree_paths: frozenset[str]
    base_paths: frozenset[str]
    repositories: tuple[str, ...] = ()


def pom_faults(base: EffectiveModel, now: EffectiveModel, around: Surroundings) -> tuple[tuple[str, str], ...]:
    """Give each fault as its check of CHECKS and a reason; none if the poms are those of an honest migration.

    What the project had before is no fault.
    """
    raise NotImplementedError((base, now, around))
