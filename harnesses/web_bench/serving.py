"""How a project is built and served, by the command in its settings; unknown commands are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

import boxscore
from boxscore import WebCommand

if TYPE_CHECKING:
    from .project import Project

# What each command of a project's web server becomes, with the candidate's folder and the port in it. `serve` has no
# network to ask for updates, and must not take another port.
STATIC = "npx serve {root} -p {port}"
WITH_ASSETS = f"cp -r assets {{root}} && {STATIC}"
SERVE = ("serve", "{root}", "-p", "{port}", "--no-port-switching", "--no-clipboard")
SERVERS: dict[str, tuple[str, ...]] = {
    STATIC: SERVE,
    WITH_ASSETS: SERVE,
    "npx vite --port {port}": ("npx", "vite", "--port", "{port}"),
    "npx vite --port {port} --config vite.config.ts": (
        *("npx", "vite", "--port", "{port}"),
        *("--config", "vite.config.ts"),
    ),
    "npm run dev {root} {port}": ("npm", "run", "dev", "{root}", "{port}"),
    **{
        command: ("sh", "-c", command)
        for command in (
            "npm run db -- {root} && npm run dev {root}",
            "npm run db -- {root} && npm run dev -- {root}",
            "npm run db -- {root} && npm run dev -- {root} {port}",
            "cd {root} && npx ng serve --port {port}",
        )
    },
}
# Why a project cannot be graded here: an observer without a network cannot give it what it needs.
_BUNDLER = (
    "its specs run `npm run build` of the candidate's own package.json beside the runner, and read what that wrote: "
    "the candidate's code would run where the verdict is made"
)
_CALLED = (
    "its specs load modules of the candidate into the runner and call what these export: the candidate's code would "
    "run where the verdict is made"
)
_DOWNLOAD = "a package of its own downloads {} while it is installed, from a host that is no package registry"
LEFT_OUT = {
    "expression-editor": _CALLED,
    "nosql": _DOWNLOAD.format("MongoDB's server"),
    "parcel": _BUNDLER,
    "prisma": _DOWNLOAD.format("the engines of Prisma"),
    "vite": _BUNDLER,
    "webpack": _BUNDLER,
}
EVALUATION = (("EVAL", "true"), ("EVAL_PROJECT_ROOT", "{root}"))
SERVING = (*EVALUATION, ("EVAL_PROJECT_PORT", "{port}"), ("IS_EVAL_PRODUCTION", "true"), ("NO_UPDATE_CHECK", "1"))
BUILD_S = 300.0
LEAST_SERVER_S = 120.0  # for a server to answer, instead of Playwright's usual 60 s: the machine may be busy


class Serving(Struct, frozen=True, kw_only=True):
    """The commands of a project."""

    prepare: WebCommand | None = None
    build: WebCommand | None = None
    serve: WebCommand


def serving(project: Project) -> Serving:
    """The commands of a project. Raises UsageError if it cannot be graded, or is served in an unknown way."""
    reason = LEFT_OUT.get(project.name)
    if reason is not None:
        raise boxscore.UsageError(f"web-bench@{project.name} cannot be graded: {reason}")
    settings = project.settings
    argv = SERVERS.get(settings.command)
    if argv is None or settings.cwd:
        raise boxscore.UsageError(f"web-bench@{project.name} is served by `{settings.command}`, which is not known")
    if project.scripts.get("init") not in {None, "cd $EVAL_PROJECT_ROOT && rimraf tasks"}:  # a fresh folder has none
        raise boxscore.UsageError(f"web-bench@{project.name}: its script `init` is not known")
    return Serving(
        prepare=WebCommand(argv=("cp", "-r", "assets", "{root}")) if settings.command == WITH_ASSETS else None,
        build=_build(project),
        serve=WebCommand(argv=argv, env=(*SERVING, *settings.env), wall_s=max(LEAST_SERVER_S, settings.server_s)),
    )


def _build(project: Project) -> WebCommand | None:
    """The project's own script, as in the benchmark's program; None if it has none, or an empty one."""
    if not project.scripts.get("build"):
        return None
    return WebCommand(argv=("npm", "run", "build"), env=EVALUATION, wall_s=BUILD_S)
