"""The second step: the project's own build, in a box of its own, and what is taken out of it as data."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.errors import ProtocolError
from boxscore.protocols.migration.files import read_tree
from boxscore.protocols.migration.steps import Built

if TYPE_CHECKING:
    from boxscore.boxes.contract import Box
    from boxscore.protocols.migration.maven_box import MavenRun
    from boxscore.protocols.migration.task import MigrationTask

GOALS = ("clean", "verify")
FOLDERS = ("/classes/", "/test-classes/", "/generated-sources/")
_STEP = re.compile(r"^\[INFO\] --- ", re.MULTILINE)
_INTEGRATION = ("failsafe:", "maven-failsafe-plugin:")


def built_of(box: Box, task: MigrationTask, ran: MavenRun) -> Built:
    """What a build came to, and the files that it left. Raises BoxError where the box fails."""
    done = ran.done
    files, unread = {}, ""
    try:
        found = read_tree(box, task.image.tree, task.limits, within=FOLDERS)
        files, unread = found.files, found.problem
    except ProtocolError as error:
        unread = str(error)
    return Built(
        exit_code=done.exit_code,
        log=log_of(ran),
        truncated=done.stdout_truncated or done.stderr_truncated,
        limit=done.limit,
        signal=done.signal,
        files=files,
        unread=unread,
        fetched=ran.fetched,
        cpu_s=done.cpu_s,
        memory_bytes=done.memory_bytes,
    )


def log_of(ran: MavenRun) -> str:
    """What a build printed, and after it what else there is to know of why it failed."""
    log = (ran.done.stdout + ran.done.stderr).decode(errors="replace")
    return f"{log}\nboxscore did not bring all that was asked for: {ran.refused}\n" if ran.refused else log


def test_output_of(log: str) -> str:
    """The part of a build's log that `mvn test` would have printed too: without the steps of integration tests."""
    first, *steps = _STEP.split(log)
    return "[INFO] --- ".join([first, *(step for step in steps if not step.startswith(_INTEGRATION))])
