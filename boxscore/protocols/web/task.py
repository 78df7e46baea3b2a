"""What the *web* protocol grades: a web project that grows task by task, and the specs that a browser runs.

`walk_of` makes of it what an agent is given: the words of its tasks and the first files, without specs.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping  # noqa: TC003 - a field of a record

from msgspec import Struct

from boxscore.images.records import InstanceImage  # noqa: TC001 - a field of a record
from boxscore.protocols.contract import Task
from boxscore.records import Limits

Files = tuple[tuple[str, bytes], ...]
INIT = "init"  # the name of a first step that creates the project
FORWARD_PORT = 8401  # of the project's box, where the browser's box reaches its server


class WebStep(Struct, frozen=True, kw_only=True):
    """One task of a project: its name (`init`, `task-1`), its level, and the spec files that it adds.

    `text` is what it asks for; agents see it. If a `tolerated` step fails, the project goes on from `WebTask.start`. A
    tolerated first step creates the project: its attempts begin with nothing but `WebTask.assets`.
    """

    name: str
    specs: tuple[str, ...]
    level: str = ""
    text: str = ""
    tolerated: bool = False


class WebCommand(Struct, frozen=True, kw_only=True):
    """A program in the project's box: its arguments, where it runs (a path in the project), and its time limit.

    `{root}` and `{port}` in `argv` and `env` stand for the absolute path of the sample's folder and the port to serve.
    """

    argv: tuple[str, ...]
    cwd: str = "."
    env: tuple[tuple[str, str], ...] = ()
    wall_s: float = 120.0


class SpecSettings(Struct, frozen=True, kw_only=True):
    """How specs run.

    - `test_s`, `expect_s`: seconds for one test, and for one expectation
    - `origin`: address of pages, the specs' `baseURL`
    - `first_page`: path of the page that the grader waits for and takes a picture of
    - `viewport`: width and height in pixels; None: Desktop Chrome's
    - `environment`: what specs find in `process.env`
    - `parallel`: one worker for each full 2 GiB of the box
    - `sees_files`: specs find a copy of the sample's files in `EVAL_PROJECT_ROOT`
    - `imports`: modules of the sample that specs import. They run in the project's box, in this order; specs get their
      exports as plain data
    - `isolated`: what specs evaluate in a page runs in a JavaScript world of its own, which sees the document but none
      of the page's scripts. A page cannot lie to it; set it if no spec reads a variable of a page
    - `aborted_again`: look once more if nothing failed but page loads that the browser aborted
    - `most_failures`: stop after so many failed tests; the rest have not passed. 0: never
    - `pictures`: keep pictures of failures and a trace
    """

    test_s: float = 30.0
    expect_s: float = 5.0
    origin: str = "http://localhost:{port}"
    first_page: str = "/"
    viewport: tuple[int, int] | None = None
    environment: tuple[tuple[str, str], ...] = ()
    parallel: bool = True
    sees_files: bool = False
    imports: tuple[str, ...] = ()
    isolated: bool = False
    aborted_again: bool = False
    most_failures: int = 0
    pictures: bool = True


class WebTask(Task, frozen=True, kw_only=True):
    """How to grade an instance of the *web* protocol. Everything but the sample's files is trusted.

    - `steps`: the tasks in order; each is judged by the specs of all steps up to it
    - `specs`: paths and contents of spec files and of what they load
    - `project`: files around the sample's folder `root`, which no sample can change
    - `start`: files in `root` before the first step; `assets`: files there even if the first step creates the project
    - `prepare`, `build`: commands that run before `serve`
    - `serve`: the command that serves the project on loopback, at `port`
    - `settings`: how specs run
    - `attempts`: tries of each step
    - `last_only`: judge only the last attempt, on top of the files of those before it, as for an agent's drafts
    - `hidden`: gitignore lines of files in `root` that agents do not see
    - `image`: has the packages, at `/node_modules`; None: the run's
    - `reference`: a sample that passes, as `encode_state` makes it
    - `limits`, `browser_limits`: of the project's box, and of the browser's
    """

    steps: tuple[WebStep, ...]
    specs: Files
    project: Files = ()
    root: str = "src"
    start: Files = ()
    assets: Files = ()
    prepare: WebCommand | None = None
    build: WebCommand | None = None
    serve: WebCommand
    port: int = 3211
    settings: SpecSettings = SpecSettings()
    attempts: int = 2
    last_only: bool = False
    hidden: tuple[str, ...] = ()
    image: InstanceImage | None = None
    reference: str | None = None
    limits: Limits = Limits(
        cpu_s=600.0,
        wall_s=900.0,
        memory_bytes=2 << 30,
        processes=256,
        disk_bytes=512 << 20,
        output_bytes=1 << 20,
    )
    browser_limits: Limits = Limits(
        cpu_s=1800.0,
        wall_s=900.0,
        memory_bytes=3 << 30,
        processes=512,
        disk_bytes=512 << 20,
        output_bytes=8 << 20,
    )

    def beginning(self) -> dict[str, bytes]:
        """The files that the candidate's folder holds at first, unless the first step creates the project."""
        return {**dict(self.assets), **dict(self.start)}


class WalkStep(Struct, frozen=True, kw_only=True):
    """One task: its name, and what it asks for. Where a `tolerated` one fails, the project goes on from the start."""

    name: str
    text: str
    tolerated: bool = False


class Walk(Struct, frozen=True, kw_only=True):
    """A web project, task by task.

    `start` are the first files by their paths. A project whose first step is tolerated begins without them, and has
    them if that step fails. `assets` are there as well in any case, and an agent is shown them once it has made an
    attempt. `hidden` are lines of a gitignore file that name files which exist but are not shown. `attempts` is how
    often each step may be tried. `specs_folder` is the folder of all specs, "" if there are several: an agent has no
    use for it, so it is left out of feedback.
    """

    steps: tuple[WalkStep, ...]
    start: Mapping[str, bytes]
    assets: Mapping[str, bytes] = {}
    hidden: tuple[str, ...] = ()
    attempts: int = 2
    specs_folder: str = ""

    @property
    def first(self) -> Mapping[str, bytes]:
        """The files before the first step."""
        return {} if self.steps and self.steps[0].tolerated else self.start


def walk_of(task: Task) -> Walk | None:
    """What an agent may know of how an instance is graded; None where that is no web project."""
    if not isinstance(task, WebTask):
        return None
    steps = tuple(WalkStep(name=one.name, text=one.text, tolerated=one.tolerated) for one in task.steps)
    start, assets = dict(task.start), dict(task.assets)
    folders = {posixpath.dirname(spec) for step in task.steps for spec in step.specs}
    folder = folders.pop() if len(folders) == 1 else ""
    return Walk(
        specs_folder=folder, steps=steps, start=start, assets=assets, hidden=task.hidden, attempts=task.attempts
    )
