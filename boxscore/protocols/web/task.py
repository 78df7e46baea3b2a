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

    `text` is what it asks for in the benchmark's words, which an agent is given and grading does not depend on.
    A step that is `tolerated` does not end the project if it fails: the project goes on from `WebTask.start`. If the
    first step is tolerated, it creates the project: its attempts begin in a folder with nothing but `WebTask.assets`.
    """

    name: str
    specs: tuple[str, ...]
    level: str = ""
    text: str = ""
    tolerated: bool = False


class WebCommand(Struct, frozen=True, kw_only=True):
    """A program in the project's box: its arguments, where it runs (a path in the project), and its time limit.

    `{root}` and `{port}` in an argument, or in a value of `env`, stand for the folder of the candidate's files (an
    absolute path) and the port to serve.
    """

    argv: tuple[str, ...]
    cwd: str = "."
    env: tuple[tuple[str, str], ...] = ()
    wall_s: float = 120.0


class SpecSettings(Struct, frozen=True, kw_only=True):
    """How specs are run. `test_s` and `expect_s` are the time limits of one test and of one expectation, in seconds.

    `origin` is the address of pages: the specs' `baseURL`. `first_page` is the path below it of the page that is waited
    for, and that a picture is taken of. `viewport` is the width and height of pages in pixels, None for Desktop
    Chrome's. `environment` is what specs find in `process.env`. `sees_files` gives the specs a copy of the project's
    folder, as data, in `EVAL_PROJECT_ROOT`. `imports` are the paths of modules among those files that specs import:
    they are run in the project's own box, in this order, and specs are given the plain data that they export. With
    `isolated`, what specs evaluate in a page runs in a JavaScript world of its own, which sees the page's document and
    nothing of its scripts: set it if no spec reads a variable of a page, since a page then cannot lie to them. With
    `aborted_again`, a look in which nothing failed but page loads that the browser aborted is repeated once. After
    `most_failures` failed tests no others are run, and those have not passed either; 0 runs all. Without `pictures`
    nothing is taken for people to look at: no picture of any page, and no trace.
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
    """How an instance of the *web* protocol is graded. All of it but the sample's files is trusted.

    `steps` are the project's tasks in order; each is judged by the specs of all steps up to it. `specs` are the paths
    and contents of all that the browser's box needs for them: spec files and what they load. `project` are the files
    around the candidate's folder `root`, which a sample cannot change; `start` is what is in that folder before the
    first step, and `assets` what is there as well, even if the first step creates the project. `prepare` and `build`
    run before `serve` does, if they are given; `serve` listens on `port`, on loopback. `attempts` is how often each
    step may be tried. With `last_only` only the last attempt of a sample is judged, on top of the files of those before
    it: this is how an agent's drafts are judged. `image` has what the project is built and served with, None for the
    image of the run. `reference` is a sample that passes, as the protocol's `encode_state` makes it. `hidden` are lines
    of a gitignore file, for files in `root` that an agent is not shown, though they are there.
    `limits` are those of the project's box; `browser_limits` those of the browser's.
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
