"""The task of a project: what is served, and which specs look at it, in which order."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import boxscore
from boxscore import SpecSettings, WebStep, WebTask

from .images import image_of
from .project import INIT
from .results import ATTEMPTS
from .serving import WITH_ASSETS, serving

if TYPE_CHECKING:
    from .project import Files, Project

# A whole project has up to a hundred tests and a single browser: the official program's ten minutes are not enough on a
# machine with other work.
BROWSER_LIMITS = boxscore.Limits(
    cpu_s=3600.0,
    wall_s=1800.0,
    memory_bytes=3 << 30,
    processes=512,
    disk_bytes=512 << 20,
    output_bytes=8 << 20,
)
# How specs read the files of a project.
IMPORT = re.compile(rb"import\(path\.join\((?:src|root), '([\w./-]+)'\)\)")
FILES = re.compile(rb"isExisted\(|EVAL_PROJECT_ROOT|readFileSync\(|getCasePath\(")


def web_task(project: Project) -> WebTask:
    """Grade a project's tasks as the benchmark's program does in production. Raises UsageError if it cannot be."""
    commands, settings = serving(project), project.settings
    surroundings = project.surroundings
    if settings.command == WITH_ASSETS:
        surroundings += _assets(project)
    return WebTask(
        steps=tuple(
            WebStep(
                name=task.name,
                specs=project.specs_of(number),
                level=task.level,
                text=task.text,
                tolerated=task.name == INIT,
            )
            for number, task in enumerate(project.tasks)
        ),
        specs=project.specs,
        project=surroundings,
        start=project.start,
        assets=_assets(project),
        prepare=commands.prepare,
        build=commands.build,
        serve=commands.serve,
        settings=SpecSettings(
            test_s=settings.test_s,
            expect_s=settings.expect_s,
            origin=settings.origin,
            first_page=settings.first_page,
            viewport=settings.viewport,
            parallel=settings.parallel,
            sees_files=sees_files(project),
            imports=imported(project),
            aborted_again=True,  # the official program runs such attempts again, up to three times
        ),
        attempts=ATTEMPTS,
        browser_limits=BROWSER_LIMITS,
        hidden=project.hidden,
        image=image_of(project),
        reference=reference(project),
    )


def reference(project: Project) -> str:
    """The benchmark's own project after its last task, as a sample."""
    return boxscore.encode_state(dict(_with_assets(project.reference, project)))


def sees_files(project: Project) -> bool:
    """Whether specs, or the project's own helpers that they load, read files of the candidate's folder."""
    return any(FILES.search(data) for data in _own_specs(project))


def imported(project: Project) -> tuple[str, ...]:
    """The modules of the candidate's folder that specs import, by their paths, those of earlier tasks first."""
    found = [name.decode() for data in _own_specs(project) for name in IMPORT.findall(data)]
    return tuple(dict.fromkeys(found))


def _own_specs(project: Project) -> list[bytes]:
    below = f"projects/{project.name}/"
    own = [(path, data) for path, data in project.specs if path.startswith(below) and path.endswith(".js")]
    return [data for _, data in sorted(own, key=lambda one: [len(one[0]), one[0]])]  # task-2 before task-10


def _with_assets(files: Files, project: Project) -> Files:
    """Add the project's assets, which the benchmark's program puts into each folder that it makes.

    Some references have a symbolic link to them instead, which is a plain file in a clone made without link support.
    """
    own = {path: data for path, data in files if path != "assets" or not project.assets}
    return tuple(sorted({**dict(_assets(project)), **own}.items()))


def _assets(project: Project) -> Files:
    return tuple((f"assets/{path}", data) for path, data in project.assets)
