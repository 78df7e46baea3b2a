"""Prove that an image holds no objects of commits after its own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.errors import BoxError
from boxscore.protocols.trusted import run_trusted, trusted_limits

if TYPE_CHECKING:
    from boxscore.boxes.contract import Box
    from boxscore.protocols.patch.task import PatchTask

MAX_BYTES = 32 << 20
EMPTY = frozenset(  # the file of no bytes and the folder of no files, which say nothing, as SHA-1 and SHA-256 name them
    (
        *("e69de29bb2d1d6434b8b29ae775ad8c2e48c5391", "4b825dc642cb6eb9a060e54bf8d69288fbee4904"),
        *(
            "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
            "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321",
        ),
    )
)

_HEX = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_LIST = """
import subprocess, sys
words = ["cat-file", "--batch-all-objects", "--batch-check=%(objectname)", "--unordered"]
git = ["/boxscore/bin/git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", "/boxscore/tree"]
sys.exit(subprocess.run(git + words).returncode)
""".strip()


def objects_of(box: Box, task: PatchTask) -> set[str]:
    """The ids of all objects in the repository of a box's image. Raises BoxError where they cannot be listed."""
    done = run_trusted(box, _LIST, {}, trusted_limits(task.limits, output_bytes=MAX_BYTES))
    names = done.stdout.decode(errors="replace").split()
    if done.exit_code != 0 or done.stdout_truncated or not names or not all(map(_HEX.fullmatch, names)):
        raise BoxError(f"the objects of {task.image.name} could not be listed: {done.stderr[-300:]!r}")
    return set(names)


def of_the_future(objects: set[str], later: frozenset[str]) -> set[str]:
    """Those objects that only commits after the base have; there must be none."""
    return (objects & later) - EMPTY
