"""The harness of benchmarks in JavaBench's shape: classes of a project are to be written, and its tests decide."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

import boxscore
from boxscore import SampleKind, Trust

from .metrics import write_results
from .samples import Part, Pieces, Wise, file_of, files_of, pieces_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from boxscore import GradedRun, Instance, Sample

    from .rows import ClassRow, Project, Suite

LIBRARIES = ("junit5", "mockito", "annotations")
LIMITS = boxscore.Limits(
    cpu_s=60.0,
    wall_s=240.0,
    memory_bytes=2 << 30,
    processes=512,
    disk_bytes=256 << 20,
    output_bytes=1 << 20,
)


class JavaProjects:
    """A benchmark of projects; a subclass gives `base`, `source`, `about`, `every` and `read`."""

    base: str
    about: str
    source: boxscore.DataSource
    every: tuple[str, ...]  # its projects
    trust = Trust.WATCHED  # where a failing test can be planted: a result says what protected it
    image = "jvm"
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {"chat": Path(__file__).with_name("chat.jinja")}

    def __init__(self, part: Part | None = None) -> None:
        """Take what is asked for of it: all projects class-wise, with the selective context, unless `part` says."""
        self.part = part or Part()
        self._several = len(self.part.projects or self.every) > 1
        words = str(self.part)
        self.name = f"{self.base}@{words}" if words else self.base
        self.title = ", ".join([self.about, *words.split("+")]) if words else self.about

    def narrowed(self, part: str) -> JavaProjects:
        """Another granularity or context, or some of the projects, joined by `+`."""
        return type(self)(Part.of(part, self.base, self.every))

    def read(self, path: Path, name: str) -> Project:
        raise NotImplementedError

    def load(self, path: Path) -> Sequence[Instance]:
        projects = [self.read(path, name) for name in self.part.projects or self.every]
        return [one for project in projects for one in self._instances(project)]

    def _instances(self, project: Project) -> Iterable[Instance]:
        if self.part.wise is Wise.CLASS:
            yield from (self._instance(row.task_id, project, (row,)) for row in project.classes)
        elif self.part.wise is Wise.PROJECT:
            yield self._instance(f"{project.name}/{project.name}", project, project.classes)
        else:
            for suite in project.suites:
                rows = tuple(project.class_at(target) for target in suite.targets)
                yield self._instance(suite.test_id, project, rows, suite)

    def _instance(
        self, name: str, project: Project, rows: tuple[ClassRow, ...], suite: Suite | None = None
    ) -> Instance:
        return boxscore.Instance(
            instance_id=name,
            prompt="\n".join(row.code for row in rows),
            row={"project": project, "classes": rows, "suite": suite},
            reference=boxscore.encode_files({row.path: project.solution_of(row) for row in rows}),
            cluster=project.name if self._several else None,
        )

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        rows: tuple[ClassRow, ...] = instance.row["classes"]
        contexts = dict.fromkeys(row.context for row in rows)
        return {"code": instance.prompt, "context": "\n".join(contexts), "several": len(rows) > 1}

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def pieces(self, instance: Instance) -> Mapping[str, str] | None:
        """Of which classes' samples those of a suite or project are made: their ids."""
        return pieces_of(instance) if self.part.wise is not Wise.CLASS else None

    def joined(self, instance: Instance, samples: Mapping[str, Sample]) -> str:
        return Pieces(instance).joined(samples)

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """The files that a sample gives, and which of them leave something undone; None where a class is missing."""
        given = files_of(sample)
        if given is not None:
            return sample.text if given else None
        if self.part.wise is Wise.CLASS:
            return file_of(instance, sample)
        return Pieces(instance).of_answer(sample) if sample.kind is not SampleKind.SOLUTION else None

    def visible_task(self, instance: Instance) -> boxscore.ProjectTask:
        """Let agents learn what the compiler says of a sample; of tests prompts show none."""
        return replace(self.task(instance), tests=(), required=(), reference=None)

    def task(self, instance: Instance) -> boxscore.ProjectTask:
        return project_task(instance)

    def write_files(self, run: GradedRun) -> Sequence[Path]:
        return write_results(run)


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
    sources = {path: data for path, data in project.tests if path.endswith(".java")}
    return boxscore.test_inventory(sources)


def _is_of(test: str, class_name: str) -> bool:
    owner = test.partition("#")[0]
    return owner == class_name or owner.startswith(f"{class_name}$")
