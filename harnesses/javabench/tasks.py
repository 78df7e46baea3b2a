"""The task of an instance: the solution with the sample's classes in it, and the tests of the project or a suite."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import boxscore

if TYPE_CHECKING:
    from boxscore import Instance

    from .rows import Project, Suite

LIBRARIES = ("junit5", "mockito", "annotations")
LIMITS = boxscore.Limits(
    cpu_s=60.0,
    wall_s=240.0,
    memory_bytes=2 << 30,
    processes=512,
    disk_bytes=256 << 20,
    output_bytes=1 << 20,
)


def project_task(instance: Instance) -> boxscore.ProjectTask:
    """Grade an instance's classes by all tests of its project, or by those of its suite.

    In the place of what a sample does not give is the skeleton: with the solution there, tests would tell nothing.
    """
    project: Project = instance.row["project"]
    suite: Suite | None = instance.row["suite"]
    every = required_tests(project)
    required = every if suite is None else tuple(one for one in every if _is_of(one, suite.class_name))
    skeleton, replaced = dict(project.skeleton), tuple(row.path for row in instance.row["classes"])
    if not required:
        raise boxscore.UsageError(f"{instance.instance_id}: its project has no tests of it")
    return boxscore.ProjectTask(
        files=tuple(sorted({**dict(project.solution), **{path: skeleton[path] for path in replaced}}.items())),
        replaced=replaced,
        tests=project.tests,
        required=required,
        libraries=LIBRARIES,
        reference=instance.reference,
        shown=(instance.prompt,),
        limits=LIMITS,
    )


@cache
def required_tests(project: Project) -> tuple[str, ...]:
    """The ids of all tests of a project, read from their sources."""
    sources = {path: data for path, data in project.tests if path.endswith(".java")}
    return tuple(dict.fromkeys(boxscore.test_inventory(sources).ids))


def _is_of(test: str, class_name: str) -> bool:
    owner = test.partition("#")[0]
    return owner == class_name or owner.startswith(f"{class_name}$")
