"""Runs the tests of a project in a box that is a sample's own, by JUnit's listener of ours."""

from __future__ import annotations

from typing import TYPE_CHECKING

from boxscore.protocols.jvm.run import Runner, run_tests
from boxscore.protocols.project.layout import PROJECT
from boxscore.protocols.project.task import limits_in_force, parameters_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from boxscore.boxes.contract import Box
    from boxscore.protocols.jvm.run import TestRun
    from boxscore.protocols.project.layout import Laid
    from boxscore.protocols.project.task import ProjectTask
    from boxscore.protocols.project.tools import JavaTools

    RunProject = Callable[[Box, ProjectTask, JavaTools, Laid, Sequence[str]], TestRun]


def run_project(box: Box, task: ProjectTask, tools: JavaTools, laid: Laid, required: Sequence[str]) -> TestRun:
    """Put a project into an empty box and run its tests there.

    Raises as `run_tests` does, and HarnessError where there is nothing to run them with.
    """
    runner = Runner(class_path=(tools.needed_runner(), *tools.jars))
    box.put_folder(PROJECT, laid.files)
    return run_tests(
        box,
        java=tools.home,
        class_path=laid.class_path,
        required=required,
        runner=runner,
        parameters=parameters_of(task),
        method_s=task.method_s,
        cwd=PROJECT,
        limits=limits_in_force(task),
    )
