"""How a step speaks to the runner (outputs, summary, annotations) and runs boxscore's own commands."""

from __future__ import annotations

import secrets
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from boxscore.report.printable import printable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SUMMARY_BYTES = 1 << 20  # of one step; the runner drops a longer summary as a whole
MOST_ANNOTATIONS = 10  # of each kind that a step may have
_MESSAGE_CHARACTERS = 1000


def set_outputs(outputs: Mapping[str, str], environ: Mapping[str, str]) -> None:
    """Set outputs of the step. A value may have several lines: none can end it and begin another output."""
    lines = []
    for name, value in outputs.items():
        end = secrets.token_hex(16)
        lines.append(f"{name}<<{end}\n{value}\n{end}\n")
    _append(environ.get("GITHUB_OUTPUT"), "".join(lines))


def add_summary(markdown: str, environ: Mapping[str, str]) -> None:
    """Add to the job's summary; the text must leave room for what is there."""
    _append(environ.get("GITHUB_STEP_SUMMARY"), markdown)


def annotate(kind: str, message: str, *, title: str = "") -> None:
    """Print an annotation: `error`, `warning` or `notice`. Whatever the texts hold, it stays this one."""
    name = _data(printable(title)).replace(":", "%3A").replace(",", "%2C")
    shown = f" title={name}" if title else ""
    sys.stdout.write(f"::{kind}{shown}::{_data(printable(message, _MESSAGE_CHARACTERS))}\n")
    sys.stdout.flush()


@contextmanager
def commands_off() -> Iterator[None]:
    """Have nothing that is printed meanwhile, also by other programs, taken for a command of the workflow."""
    token = secrets.token_hex(16)
    sys.stdout.write(f"::stop-commands::{token}\n")
    sys.stdout.flush()
    try:
        yield
    finally:
        sys.stdout.write(f"\n::{token}::\n")
        sys.stdout.flush()


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _append(path: str | None, text: str) -> None:
    """Append to one of the runner's files; outside of a workflow there is none."""
    if path:
        with Path(path).open("a", encoding="utf-8", errors="replace") as file:
            file.write(text)


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
