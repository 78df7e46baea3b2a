"""What the *migration* protocol grades: a Maven project at one commit, and what must still be true of it afterwards."""

from __future__ import annotations

from typing import ClassVar, Literal

from boxscore.images.records import InstanceImage  # noqa: TC001 - a field of a record
from boxscore.protocols.contract import Task
from boxscore.protocols.roles import Service  # noqa: TC001 - as above
from boxscore.records import ApplyStrategy, Limits


class MigrationTask(Task, frozen=True, kw_only=True):
    """How an instance of the *migration* protocol is graded. All of it but the candidate's patch is trusted.

    `image` has the project at `image.tree` as it was before, with all that it was built with. `release` is the Java to
    come to. `modules` are the folders of its poms below the tree, "" for the root, and `tests` the ids of its tests,
    `module:package.Class#method`, each of which must be run and pass; None for either: what is found in the project
    as it was, built and tested by the old Java. At the level `maximal` each direct dependency that `versions` names
    (`group:artifact`) must also have at least that major version. `num_test_cases` is the benchmark's own count of
    tests, negative where it has none.
    """

    observed: ClassVar[bool] = False
    services: ClassVar[tuple[Service, ...]] = ()

    image: InstanceImage
    release: Literal[17, 21] = 17
    level: Literal["minimal", "maximal"] = "maximal"
    modules: tuple[str, ...] | None = None
    tests: tuple[str, ...] | None = None
    versions: tuple[tuple[str, str], ...] = ()
    num_test_cases: int = -1
    apply: ApplyStrategy = ApplyStrategy()
    reference: str | None = None
    statement: str = ""
    command_s: float = 1800.0
    limits: Limits = Limits(
        cpu_s=3600.0,
        wall_s=3600.0,
        memory_bytes=4 << 30,
        processes=512,
        disk_bytes=2 << 30,
        output_bytes=16 << 20,
    )


class ObservedMigration(MigrationTask, frozen=True, kw_only=True):
    """A migration as `validate` and the gate grade it: the empty patch is the untouched project, and no missing one."""

    observed: ClassVar[bool] = True
