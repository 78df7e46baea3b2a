"""The tasks of a web project as an agent is given them: their words and the first files, without specs."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.protocols.web.task import WebTask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from boxscore.protocols.contract import Task

INIT = "init"


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
