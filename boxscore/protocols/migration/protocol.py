"""The *migration* protocol as the engine sees it: a patch that moves a Maven project to a newer Java."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import UsageError
from boxscore.protocols.contract import (
    Attackable,
    Gate,
    Grading,
    Repositories,
    Shows,
    Trial,
    Workspace,
    backstop_s,
    scaled_limits,
)
from boxscore.protocols.migration.task import MigrationDetail, MigrationTask, ObservedMigration, drawing, summary
from boxscore.protocols.shows import Drawing, Summary
from boxscore.protocols.versions import protocol_version
from boxscore.records import Trust

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.images.records import InstanceImage
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import BatchGrader, Opening
    from boxscore.records import ApplyStrategy, Conditions, Instance, Result


ATTACK_CPU_S, ATTACK_WALL_S = 300.0, 900.0


class MigrationProtocol(
    Grading[MigrationTask], Attackable[MigrationTask], Repositories[MigrationTask], Shows[MigrationTask]
):
    """Grades migrations, each in fresh boxes of its instance's image."""

    name = "migration"
    task = MigrationTask
    grades_patches = True
    trust = Trust.WATCHED

    def version(self, backend: str) -> str:
        return protocol_version(backend)

    def conditions(self, task: MigrationTask, asked: Conditions) -> Conditions:
        """Grade in boxes of the sample's own, of the instance's image, whose name is made of all that is in it."""
        from boxscore.images.layers import instance_reference  # noqa: PLC0415 - as above

        found = super().conditions(task, asked)
        return replace(found, strict=True, image=instance_reference(task.image), image_digest="")

    def with_cpu_limit(self, task: MigrationTask, cpu_s: float) -> MigrationTask:
        """Keep the wall limit of each command well above it too."""
        return replace(task, limits=scaled_limits(task.limits, cpu_s), command_s=backstop_s(task.command_s, cpu_s))

    def with_apply(self, task: MigrationTask, apply: ApplyStrategy) -> MigrationTask:
        """Apply as it was asked for."""
        return replace(task, apply=apply)

    def workspace(self, task: MigrationTask) -> Workspace:
        """Let an agent work in the instance's image, towards the task's release."""
        return Workspace(image=task.image, limits=task.limits, java=task.release)

    def images(self, task: MigrationTask) -> Sequence[InstanceImage]:
        """Each instance has its own."""
        return (task.image,)

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        """Open a grader, which brings the images that it needs."""
        from boxscore.protocols.migration.grader import open_migration_grader  # noqa: PLC0415 - as above
        from boxscore.protocols.patch.boxes import boxes_of  # noqa: PLC0415 - as above

        return open_migration_grader(boxes_of(opening), cache=opening.cache)

    def gate(self, task: MigrationTask) -> Gate:
        """Grade the reference and the untouched project first, so that each model has the same instances."""
        return Gate(before_samples=True, baseline=(observed_task(task), ""))

    def describe(self, task: MigrationTask) -> Mapping[str, object]:
        """Show what must come of it, as far as the task says."""
        shown = {
            "release": task.release,
            "level": task.level,
            "modules": task.modules and tuple(module or "." for module in task.modules),
            "tests": task.tests,
            "num_test_cases": task.num_test_cases if task.num_test_cases >= 0 else None,
        }
        return {name: value for name, value in shown.items() if value is not None}

    def summary(self, result: Result) -> Summary:
        detail = MigrationDetail.of(result)
        return Summary() if detail is None else summary(detail)

    def drawing(self, result: Result, answer: str) -> Drawing:
        detail = MigrationDetail.of(result)
        return Drawing() if detail is None else drawing(detail, result.output)

    def under_attack(self, task: MigrationTask) -> MigrationTask:
        """Let attacks that never end be ended while honest builds on a busy machine are not."""
        limits = task.limits
        cpu_s, wall_s = min(limits.cpu_s, ATTACK_CPU_S), min(limits.wall_s, ATTACK_WALL_S)
        return replace(task, limits=replace(limits, cpu_s=cpu_s, wall_s=wall_s))

    def why_not_attacked(self, task: MigrationTask) -> str:
        """Attack where there is a reference, to which most attacks are added."""
        from boxscore.protocols.migration.attacks import why_not  # noqa: PLC0415 - as above

        return why_not(task)

    def attacks(
        self,
        instance: Instance,
        task: MigrationTask,
        opening: Opening | None,
        chosen: Iterable[Attack] | None = None,
    ) -> Sequence[Trial]:
        """Make patches of templates, and of what a box of the instance has. Raises UsageError, as `why_not` says."""
        from boxscore.protocols.attacks import attacks_for  # noqa: PLC0415 - as above
        from boxscore.protocols.migration.attacks import find_target, trials  # noqa: PLC0415 - as above
        from boxscore.protocols.patch.boxes import boxes_of  # noqa: PLC0415 - as above

        if opening is None:
            raise UsageError("attacks on migrations are made of what is in a box of the instance: none can be opened")
        target = find_target(boxes_of(opening), task)
        return tuple(trials(target, attacks_for("migration") if chosen is None else chosen))


def observed_task(task: MigrationTask) -> ObservedMigration:
    """The task as it is validated: an empty patch leaves the project untouched, and is graded all the same."""
    return ObservedMigration(**{name: getattr(task, name) for name in MigrationTask.__struct_fields__})


PROTOCOL = MigrationProtocol()
