"""The tasks of a web project as an agent is given them: their words and the files to begin with, and no specs."""

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

    `start` are the files that are there at first, by their paths. A project whose first step is tolerated begins with
    none, and has these where that step fails. `assets` are there as well in any case, and an agent is told of them once
    it has made an attempt. `hidden` are lines of a gitignore file that name files which are there
    and not shown. `attempts` is how often each step may be tried. `specs_folder` is
    where all specs lie, "" if that is in several places: of no use to an agent, and left out of what it is told.
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
