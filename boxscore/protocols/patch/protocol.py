"""The *patch* protocol as the engine sees it: a patch of a repository, tested in the image of its instance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from boxscore.errors import UsageError
from boxscore.protocols.contract import (
    Attackable,
    Gate,
    Grading,
    Observed,
    Repositories,
    Schedules,
    Shows,
    Trial,
    Validates,
    Workspace,
    backstop_s,
    scaled_limits,
)
from boxscore.protocols.patch.task import PatchDetail, PatchTask, drawing, summary
from boxscore.protocols.shows import Drawing, Summary
from boxscore.protocols.versions import protocol_version
from boxscore.records import Trust, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from contextlib import AbstractContextManager

    from boxscore.images.records import InstanceImage
    from boxscore.protocols.attacks import Attack
    from boxscore.protocols.contract import BatchGrader, Opening
    from boxscore.records import ApplyStrategy, Conditions, Instance, Result


class PatchProtocol(
    Grading[PatchTask],
    Attackable[PatchTask],
    Repositories[PatchTask],
    Schedules[PatchTask],
    Shows[PatchTask],
    Validates[PatchTask],
):
    """Grades patches, each in a fresh box of its instance's image; a result says what protected it."""

    name = "patch"
    task = PatchTask
    grades_patches = True
    trust = Trust.WATCHED

    def version(self, backend: str) -> str:
        return protocol_version(backend)

    def conditions(self, task: PatchTask, asked: Conditions) -> Conditions:
        """Grade in a box of the sample's own, in the instance's image, whose name is made of all that is in it.

        What is in the images of services counts as one of our sources.
        """
        from boxscore.images.layers import instance_reference  # noqa: PLC0415 - as above
        from boxscore.images.recipes import reference  # noqa: PLC0415 - as above

        found = super().conditions(task, asked)
        services = tuple(reference(service.image) for service in task.services)
        version = fingerprint((found.version, *services)) if services else found.version
        image = instance_reference(task.image)
        return replace(found, strict=True, image=image, image_digest="", version=version)

    def with_cpu_limit(self, task: PatchTask, cpu_s: float) -> PatchTask:
        """Keep the wall limit of each command well above it too."""
        return replace(task, limits=scaled_limits(task.limits, cpu_s), command_s=backstop_s(task.command_s, cpu_s))

    def with_apply(self, task: PatchTask, apply: ApplyStrategy) -> PatchTask:
        """Apply as it was asked for."""
        return replace(task, apply=apply)

    def workspace(self, task: PatchTask) -> Workspace:
        """Let an agent work in the instance's image, beside the servers of its tests, without the test files."""
        from boxscore.protocols.patch.diff import changed_paths  # noqa: PLC0415 - for agents only
        from boxscore.protocols.patch.test_files import required_files  # noqa: PLC0415 - as above

        return Workspace(
            image=task.image,
            limits=task.limits,
            env=task.env,
            services=task.services,
            binary=task.allowed,
            tests=tuple(sorted(required_files(task, changed_paths(task.test_patch)))),
            test_patch=task.test_patch,
        )

    def images(self, task: PatchTask) -> Sequence[InstanceImage]:
        """Each instance has its own."""
        return (task.image,)

    def recipes(self, task: PatchTask) -> Sequence[str]:
        """Those of the services that tests call."""
        return tuple(service.image for service in task.services)

    def open(self, opening: Opening) -> AbstractContextManager[BatchGrader]:
        """Open a grader, which brings the images that it needs."""
        from boxscore.protocols.patch.boxes import boxes_of  # noqa: PLC0415 - as above
        from boxscore.protocols.patch.grader import open_patch_grader  # noqa: PLC0415 - as above

        return open_patch_grader(boxes_of(opening), cache=opening.cache)

    def together(self, task: PatchTask) -> bool:
        """Keep samples together whose tests may be blinded: none is to run with the tests as they are before that."""
        return task.reference is not None and task.log_program is None

    def gate(self, task: PatchTask) -> Gate:
        """Run the tests with the reference and without any patch first, so that each model has the same instances."""
        from boxscore.protocols.patch.observe import observed_task  # noqa: PLC0415 - as above

        return Gate(before_samples=True, baseline=(observed_task(task), ""))

    def to_observe(self, task: PatchTask) -> tuple[PatchTask, Mapping[str, str]]:
        """Run the tests without a patch, and with the reference where there is one."""
        from boxscore.protocols.patch.observe import BEFORE, GOLD, observed_task  # noqa: PLC0415 - as above

        gold = {} if task.reference is None else {GOLD: task.reference}
        return observed_task(task), {BEFORE: "", **gold}

    def observe(self, instance_id: str, task: PatchTask, results: Mapping[str, Sequence[Result]]) -> Observed:
        """Find which tests the reference fixes and which it keeps passing."""
        from boxscore.protocols.patch import observe  # noqa: PLC0415 - as above

        before, after = results.get(observe.BEFORE, ()), results.get(observe.GOLD, ())
        found = observe.lists_of(instance_id, task, before, after)
        how = "" if found.problems else ", as recorded" if after else ", no reference"
        return Observed(
            problems=found.problems,
            line=f"{observe.counts(found)}{how}",
            record=found,
            disagreements=observe.disagreements(instance_id, task, found.flaky, (before, after)),
        )

    def describe(self, task: PatchTask) -> Mapping[str, object]:
        """Show the required tests."""
        return {"FAIL_TO_PASS": task.fail_to_pass, "PASS_TO_PASS": task.pass_to_pass}

    def summary(self, result: Result) -> Summary:
        detail = PatchDetail.of(result)
        return Summary() if detail is None else summary(detail)

    def drawing(self, result: Result, answer: str) -> Drawing:
        detail = PatchDetail.of(result)
        return Drawing() if detail is None else drawing(detail)

    def why_not_attacked(self, task: PatchTask) -> str:
        """Attack where there are templates for the runner of the tests."""
        from boxscore.protocols.patch.attacks import why_not  # noqa: PLC0415 - as above

        return why_not(task)

    def attack_kind(self, task: PatchTask) -> str:
        """Attack each runner of tests once."""
        return task.runner or ""

    def attacks(
        self,
        instance: Instance,
        task: PatchTask,
        opening: Opening | None,
        chosen: Iterable[Attack] | None = None,
    ) -> Sequence[Trial]:
        """Make patches of templates, and of what a box of the instance has. Raises UsageError, as `why_not` says."""
        from boxscore.protocols.attacks import attacks_for  # noqa: PLC0415 - as above
        from boxscore.protocols.patch.attacks import find_target, render_patch, suits  # noqa: PLC0415 - as above
        from boxscore.protocols.patch.boxes import boxes_of  # noqa: PLC0415 - as above

        if opening is None:
            raise UsageError("attacks on patches are made of what is in a box of the instance, and none can be opened")
        suited = [one for one in (attacks_for("patch") if chosen is None else chosen) if suits(one, task)]
        target = find_target(boxes_of(opening), task, suited)
        return tuple(Trial(attack=one, code=render_patch(one, target)) for one in suited)


PROTOCOL = PatchProtocol()
