"""A project as a clone of Web-Bench's repository holds it: tasks, files before and after them, specs, settings."""

from __future__ import annotations

import json
import re
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import Struct

import boxscore

from .settings import Settings, read_settings

if TYPE_CHECKING:
    from pathlib import Path

Files = tuple[tuple[str, bytes], ...]
MAX_BYTES, MAX_FILES = 32 << 20, 2_000
INIT = "init"
STEP = re.compile(r"init|task-[1-9]\d{0,2}")
LEVELS = ("easy", "moderate", "challenging")
MISSPELT = {"chanllenging": "challenging"}  # once in each of five projects
LIBRARIES = ("test-util", "shop-test-util")  # the benchmark's own packages, which specs load
# What does not belong to the surroundings of the candidate's folder, of all that is in the project's.
NO_SURROUNDINGS = {"src", "src-init", "test", "test-utils", "assets", "eval", "node_modules", "playwright.config.js"}
IGNORE_FILES = (".gitignore", ".npmignore", ".evalignore")


class ProjectTask(Struct, frozen=True, kw_only=True):
    """One task: its name, its level, and what it asks for."""

    name: str
    level: str
    text: str


class Project(Struct, frozen=True, kw_only=True):
    """One project. `surroundings`, `start`, `reference` and `assets` are paths within their folders and contents.

    `specs` are named by their paths in the repository. `scripts` are those of its `package.json`, and `hidden` are the
    lines of ignore files that say what the benchmark's program does not show to agents.
    """

    name: str
    tasks: tuple[ProjectTask, ...]
    settings: Settings
    scripts: dict[str, str]
    packages: dict[str, str]
    surroundings: Files
    start: Files
    reference: Files
    assets: Files
    specs: Files
    hidden: tuple[str, ...]
    stable: bool

    @property
    def made_by_init(self) -> bool:
        """Whether the first task creates the project, so that it begins empty."""
        return self.tasks[0].name == INIT

    def specs_of(self, number: int) -> tuple[str, ...]:
        """The spec files that the task at a place adds. Where `init` is no task, the first brings its specs."""
        names = [INIT] * (not number and not self.made_by_init) + [self.tasks[number].name]
        every = dict(self.specs)
        paths = [f"projects/{self.name}/test/{name}.spec.js" for name in names]
        return tuple(path for path in paths if path in every)


def read_project(root: Path, name: str) -> Project:
    """Read a project of the repository at `root`. Raises InputError if anything differs from the published form."""
    folder = root / "projects" / name
    package = _package(folder / "package.json")
    config = folder / "playwright.config.js"
    assets = folder_files(folder / "assets")
    project = Project(
        name=name,
        tasks=_read_tasks(folder),
        settings=read_settings(config, _text(config)),
        scripts=package.get("scripts", {}),
        packages={**package.get("dependencies", {}), **package.get("devDependencies", {})},
        surroundings=_surroundings(folder),
        start=folder_files(folder / "src-init"),
        reference=folder_files(folder / "src"),
        assets=assets,
        specs=_specs(root, folder),
        hidden=_hidden(root, folder),
        stable=package.get("eval", {}).get("stable") is True,
    )
    if not project.reference:
        raise boxscore.InputError("is missing or empty: a clone of Web-Bench's repository has it", path=folder / "src")
    for number, task in enumerate(project.tasks):
        if not project.specs_of(number):
            raise boxscore.InputError(f"has no spec for {task.name}", path=folder / "test")
    return project


def _read_tasks(folder: Path) -> tuple[ProjectTask, ...]:
    """The tasks of a project, from `tasks.yml` or else `tasks.jsonl`, in their order. Raises InputError."""
    path = folder / "tasks.yml"
    if path.is_file():
        try:
            rows = msgspec.yaml.decode(_text(path), type=list[dict[str, Any]])
        except msgspec.MsgspecError as error:
            raise boxscore.InputError(f"no list of tasks: {' '.join(str(error).split())[:200]}", path=path) from error
        numbered = list(enumerate(rows, 1))
    else:
        path = folder / "tasks.jsonl"
        numbered = list(boxscore.read_rows(path, key="id"))
    tasks = tuple(_task(row, path, line) for line, row in numbered)
    names = [task.name for task in tasks]
    wanted = [f"task-{number}" for number in range(1, len(names) + (INIT not in names))]
    if names != [INIT] * (INIT in names) + wanted or not wanted:
        raise boxscore.InputError("must be init, if it is there, and then task-1, task-2 …", path=path, field="id")
    return tasks


def _task(row: dict[str, Any], path: Path, line: int) -> ProjectTask:
    text = {name: boxscore.text_field(row, name, path=path, line=line) for name in ("id", "level", "description")}
    level = MISSPELT.get(text["level"], text["level"])
    if STEP.fullmatch(text["id"]) is None:
        raise boxscore.InputError("must be init or task-N", path=path, line=line, field="id")
    if level not in LEVELS:
        raise boxscore.InputError(f"must be one of {', '.join(LEVELS)}", path=path, line=line, field="level")
    return ProjectTask(name=text["id"], level=level, text=text["description"])


def _package(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise boxscore.InputError(f"not JSON: {error}", path=path) from None
    parts = ("scripts", "dependencies", "devDependencies", "eval")
    if not isinstance(found, dict) or not all(isinstance(found.get(part, {}), dict) for part in parts):
        raise boxscore.InputError("must be an object, and its parts too", path=path)
    return found


def _surroundings(folder: Path) -> Files:
    """The files that a project is built and served with: its `package.json`, configuration, scripts and mocks."""
    return tuple(
        (path, data)
        for path, data in folder_files(folder)
        if (top := path.split("/")[0]) not in NO_SURROUNDINGS
        and not top.startswith(("tasks.", "."))
        and top.lower() != "readme.md"
    )


def _specs(root: Path, folder: Path) -> Files:
    """What specs need, by its paths in the repository, and the repository's packages where Node looks for them."""
    below = f"projects/{folder.name}"
    found = {f"{below}/test/{path}": data for path, data in folder_files(folder / "test")}
    found |= {f"{below}/test-utils/{path}": data for path, data in folder_files(folder / "test-utils")}
    found[f"{below}/package.json"] = _text(folder / "package.json").encode()
    if any(b"playwright.config" in data for path, data in found.items() if path.endswith(".js")):
        found[f"{below}/playwright.config.js"] = _text(folder / "playwright.config.js").encode()
    for library in LIBRARIES:
        for path, data in folder_files(root / "libraries" / library):
            found |= {f"{place}/{library}/{path}": data for place in ("libraries", "node_modules/@web-bench")}
    if not any(path.startswith("libraries/") for path in found):
        raise boxscore.InputError("is missing or empty: specs need it", path=root / "libraries")
    return tuple(sorted(found.items()))


def _hidden(root: Path, folder: Path) -> tuple[str, ...]:
    """Lines of the ignore files that the benchmark's program reads, in the same order."""
    first, second, third = (folder / name for name in IGNORE_FILES)
    texts = [_text(path) for path in (first, second, root / ".gitignore", third) if path.is_file()]
    return tuple(line for text in texts for line in text.splitlines() if line.strip() and not line.startswith("#"))


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise boxscore.InputError(f"is larger than {MAX_BYTES >> 20} MiB", path=path)
        return path.read_text("utf-8")
    except OSError as error:
        raise boxscore.InputError(f"cannot be read: {error.strerror}", path=path) from error
    except UnicodeDecodeError:
        raise boxscore.InputError("is no text in UTF-8", path=path) from None


@cache
def folder_files(folder: Path) -> Files:
    """The files of a folder by their paths in it, without links; none if there is no such folder.

    Raises InputError for more than `MAX_FILES` or `MAX_BYTES`.
    """
    found: list[tuple[str, bytes]] = []
    total = 0
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.is_symlink() or not path.is_file() or "node_modules" in inside.parts:
            continue
        total += path.stat().st_size
        if total > MAX_BYTES or len(found) >= MAX_FILES:
            raise boxscore.InputError(f"has more than {MAX_FILES} files, or {MAX_BYTES >> 20} MiB", path=folder)
        found.append((inside.as_posix(), path.read_bytes()))
    return tuple(found)
