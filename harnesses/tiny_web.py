"""tiny-web: small web projects of our own that grow task by task, each looked at by a browser.

Each line of `instances.jsonl` is one project, as `Row` says. Its folder has `tasks.jsonl`, what each task asks for;
`specs/`, with `TASK.spec.js` for each task; `reference/TASK/`, the files that a right answer to the task writes; and
perhaps `project/`, what surrounds the candidate's files.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct
from msgspec.structs import replace

import boxscore
from boxscore import InstanceImage, Trust, WebCommand, WebStep, WebTask

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from boxscore import Instance, Sample

Files = tuple[tuple[str, bytes], ...]
LEVELS = ("easy", "moderate", "challenging")
VITE = ("node", "node_modules/vite/bin/vite.js")
PAGES = ("serve", "{root}", "-p", "{port}", "--no-port-switching", "--no-clipboard")
# Packages are installed strictly by the lock file, without running their own scripts. Node finds them at
# `/node_modules` wherever the project's folder is.
TREE = "/project"
INSTALL = """COPY package.json package-lock.json /project/
RUN npm ci --prefix /project --ignore-scripts --no-audit --no-fund --cache /tmp/npm \\
    && mv /project/node_modules /node_modules && chmod -R a+rX /node_modules && rm -rf /tmp/npm /tmp/node-compile-cache
"""


class Serving(Struct, frozen=True, kw_only=True):
    """How a kind of project is built and served. Tests of a server that keeps what it is told run in order."""

    build: WebCommand | None = None
    serve: WebCommand
    parallel: bool = True


SERVINGS = {
    "pages": Serving(serve=WebCommand(argv=PAGES, wall_s=60.0)),
    "server": Serving(serve=WebCommand(argv=("node", "{root}/server.js", "{port}"), wall_s=60.0), parallel=False),
    "vite": Serving(
        build=WebCommand(argv=(*VITE, "build"), wall_s=120.0),
        serve=WebCommand(argv=(*VITE, "preview", "--port", "{port}", "--strictPort"), wall_s=60.0),
    ),
}


class Row(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of `instances.jsonl`. `served` says how: as `pages`, by a `server` of its own, or by `vite`."""

    instance_id: str
    project: str
    served: str
    about: str


class TaskRow(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One line of a project's `tasks.jsonl`."""

    id: str
    level: str
    description: str


class Project(Struct, frozen=True, kw_only=True):
    """A project. `surroundings` and `specs` are paths and contents; `written` is what right answers write, by task."""

    row: Row
    tasks: tuple[TaskRow, ...]
    surroundings: Files
    specs: Files
    written: tuple[tuple[str, Files], ...]

    @property
    def finished(self) -> dict[str, bytes]:
        return {path: data for _, files in self.written for path, data in files}


class TinyWeb:
    name = "tiny-web"
    title = "tiny-web: small web projects, task by task, that ship with boxscore"
    trust = Trust.OBSERVER
    image = "web"
    parts: tuple[str, ...] = ()
    prompt_templates: Mapping[str, Path] = {"chat": Path(__file__).with_name("templates") / "tiny_web.chat.jinja"}
    source = boxscore.DataSource(path="tiny_web/instances.jsonl", bundled=True)

    def load(self, path: Path) -> Sequence[Instance]:
        return [_instance(path, line, row) for line, row in boxscore.read_rows(path, key="instance_id")]

    def prompt(self, instance: Instance) -> Sequence[Mapping[str, str]]:
        return boxscore.render_prompt(self, instance).messages

    def extract(self, instance: Instance, sample: Sample) -> str | None:  # noqa: ARG002 - the contract
        """A sample as it is; of a chat answer, the object in it."""
        return boxscore.web_sample_of(sample)

    def task(self, instance: Instance) -> WebTask:
        project: Project = instance.row["project"]
        serving = SERVINGS[project.row.served]
        return WebTask(
            steps=tuple(
                WebStep(name=one.id, specs=(f"test/{one.id}.spec.js",), level=one.level, text=one.description)
                for one in project.tasks
            ),
            specs=project.specs,
            project=project.surroundings,
            build=serving.build,
            serve=serving.serve,
            settings=boxscore.SpecSettings(parallel=serving.parallel, isolated=True),
            image=_image(project),
            reference=instance.reference,
        )

    def visible_task(self, instance: Instance) -> WebTask:
        return replace(self.task(instance), last_only=True, reference=None)


def _image(project: Project) -> InstanceImage | None:
    """An image with the packages of the project's lock file; None without one."""
    files = tuple((path, data) for path, data in project.surroundings if path in {"package.json", "package-lock.json"})
    name = project.row.instance_id.replace("/", "-")
    return InstanceImage(name=name, tree=TREE, base="web", instance=INSTALL, files=files) if files else None


def _instance(path: Path, line: int, row: dict[str, object]) -> Instance:
    try:
        typed = msgspec.convert(row, Row)
    except msgspec.ValidationError as error:
        raise boxscore.InputError(str(error), path=path, line=line) from error
    if typed.served not in SERVINGS:
        known = ", ".join(SERVINGS)
        raise boxscore.InputError(f"known are {known}", path=path, line=line, field="served")
    project = _project(path.parent / typed.project, typed)
    return boxscore.Instance(
        instance_id=typed.instance_id,
        prompt="\n".join(f"{task.id}: {task.description}" for task in project.tasks),
        row={"project": project},
        reference=boxscore.encode_state(project.finished),
    )


def _project(folder: Path, row: Row) -> Project:
    tasks = tuple(_task(folder / "tasks.jsonl", line, one) for line, one in _rows(folder))
    return Project(
        row=row,
        tasks=tasks,
        surroundings=_files(folder / "project"),
        specs=tuple((f"test/{path}", data) for path, data in _needed(folder / "specs")),
        written=tuple((task.id, _needed(folder / "reference" / task.id)) for task in tasks),
    )


def _rows(folder: Path) -> list[tuple[int, dict[str, object]]]:
    return list(boxscore.read_rows(folder / "tasks.jsonl", key="id"))


def _task(path: Path, line: int, row: dict[str, object]) -> TaskRow:
    try:
        task = msgspec.convert(row, TaskRow)
    except msgspec.ValidationError as error:
        raise boxscore.InputError(str(error), path=path, line=line) from error
    if task.level not in LEVELS:
        raise boxscore.InputError(f"known are {', '.join(LEVELS)}", path=path, line=line, field="level")
    return task


def _needed(folder: Path) -> Files:
    files = _files(folder)
    if not files:
        raise boxscore.InputError("is missing or empty", path=folder)
    return files


def _files(folder: Path) -> Files:
    """The files of a folder by their paths in it; none if there is no such folder."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return tuple((path.relative_to(folder).as_posix(), _read(path)) for path in paths)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise boxscore.InputError(f"cannot be read: {error.strerror}", path=path) from error


HARNESS = TinyWeb()
