"""Runs boxscore's own commands as the steps do: with nothing of the job's secrets, and nothing in the log a command."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

from boxscore.action.workflow import commands_off

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_RUNNERS = ("INPUT_", "ACTIONS_")
_FILES = frozenset(
    {"GITHUB_TOKEN", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_OUTPUT", "GITHUB_STATE", "GITHUB_STEP_SUMMARY"}
)


def boxscore(arguments: Sequence[str], environ: Mapping[str, str], *, shown: bool = True) -> int:
    """Run a command of boxscore, whose output is the step's if it is to be shown, and return its exit code.

    Its environment is the step's without what belongs to the runner: tokens, inputs and the files that steer a job.
    It imports nothing from the folder that the step works in, which may be anybody's checkout.
    """
    own = {key: value for key, value in environ.items() if not key.startswith(_RUNNERS) and key not in _FILES}
    with commands_off():
        done = subprocess.run(  # noqa: S603 - ourselves, by our own interpreter
            [sys.executable, "-P", "-m", "boxscore", *arguments],
            env=own,
            stdout=None if shown else subprocess.DEVNULL,
            check=False,
        )
    return done.returncode if done.returncode >= 0 else 128 - done.returncode
