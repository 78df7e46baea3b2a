"""The harness of Web-Bench: each project is an instance, and a sample is one walk through its tasks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace

import boxscore
from boxscore import Trust

from .classes import FRAMEWORKS, PROJECTS, STANDARDS, Kind
from .project import Project, read_project
from .results import write_results
from .serving import LEFT_OUT
from .tasks import reference, web_task

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import GradedRun, Instance, Sample, WebTask

HALVES = {Kind.STANDARD: STANDARDS, Kind.FRAMEWORK: FRAMEWORKS}


def projects_of(text: str) -> tuple[str, ...]:
    """The projects that a part names, sorted. Raises UsageError for an unknown name."""
    chosen: set[str] = set()
    for word in text.split("+"):
        if word in tuple(Kind):
            chosen.update(HALVES[Kind(word)])
        elif word in PROJECTS:
            chosen.add(word)
        else:
            raise boxscore.UsageError(
                f"web-bench@{text}: {word!r} is neither {' nor '.join(Kind)} nor a project; several are joined by `+`. "
                f"Projects: {', '.join(PROJECTS)}"
            )
    return tuple(sorted(chosen))


# All specs load it, so every clone has it.
SHARED = "webbench/libraries/test-util/src/index.js"
SHARED_SHA256 = "7319676beceb1478e73f9c5a9f1571618bc39e94084017b14ae44807e81b06e7"


class WebBench:
    trust = Trust.OBSERVER
    image = "web"
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {"chat": Path(__file__).with_name("chat.jinja")}

    def __init__(self, part: str = "") -> None:
        """Take all projects, or those of a part such as `react+vue`."""
        self._chosen = projects_of(part) if part else ()
        self.name = f"web-bench@{part}" if part else "web-bench"
        self.title = "Web-Bench: web projects of 20 tasks that build on each other"
        if part:
            self.title += f", {part.replace('+', ', ')}"
        self.source = boxscore.DataSource(path=SHARED, sha256=SHARED_SHA256)

    def narrowed(self, part: str) -> WebBench:
        """The harness of some projects, or of a half of them, joined by `+`."""
        return WebBench(part)

    def load(self, path: Path) -> Sequence[Instance]:
        """Read the projects of the repository that the shared file at `path` is in.

        Raises InputError if a project is missing that was named; without names, those that are there are read.
        """
        root = path.absolute().parents[3]
        names = self._chosen or [
            name for name in PROJECTS if name not in LEFT_OUT and (root / "projects" / name).is_dir()
        ]
        if not names:
            raise boxscore.InputError("has no projects of Web-Bench", path=root / "projects")
        return [_instance(read_project(root, name)) for name in names]

    def prompt_fields(self, instance: Instance) -> Mapping[str, object]:
        project: Project = instance.row["project"]
        start = {} if project.made_by_init else dict(project.start)
        return {
            "tasks": [{"name": task.name, "text": task.text} for task in project.tasks],
            "files": [{"path": path, "text": data.decode("utf-8", "replace")} for path, data in start.items()],
        }

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:
        """A solution as it is; of an answer, the object in it."""
        del instance
        return boxscore.web_sample_of(sample)

    def task(self, instance: Instance) -> WebTask:
        return web_task(instance.row["project"])

    def visible_task(self, instance: Instance) -> WebTask:
        return replace(self.task(instance), last_only=True, reference=None)

    def check_files(self, folder: Path, run_id: str) -> None:
        del run_id
        boxscore.check_own_folder(folder)

    def write_files(self, run: GradedRun) -> Sequence[Path]:
        return write_results(run, {} if self._chosen else LEFT_OUT)


def _instance(project: Project) -> Instance:
    return boxscore.Instance(
        instance_id=project.name,
        prompt="\n".join(f"{task.name}: {task.text}" for task in project.tasks),
        row={"project": project},
        reference=reference(project),
    )
