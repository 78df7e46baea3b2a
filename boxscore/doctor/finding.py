"""What a check looks at, and what it found."""

from __future__ import annotations

import enum
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_COMMAND_S = 10.0


class CheckStatus(enum.StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"  # boxscore works, but something is slower, weaker or unknown
    MISSING = "missing"  # what needs it does not work


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: what was found and, unless all is well, what to do about it."""

    name: str
    status: CheckStatus
    detail: str
    remedy: str = ""


class CommandResult(Struct, frozen=True, kw_only=True):
    """How a command of this machine ended."""

    exit_code: int
    output: str


def run_command(argv: Sequence[str]) -> CommandResult:
    """Run a program of this machine. Raises OSError if it cannot be started or does not end in time."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words
            argv,
            check=False,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_COMMAND_S,
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(f"{argv[0]} did not end within {_COMMAND_S:g} s") from error
    return CommandResult(exit_code=done.returncode, output=done.stdout.decode(errors="replace").strip())


class Machine(Struct, frozen=True, kw_only=True):
    """What the checks look at; tests give another one.

    `root` is where /proc and /sys are found, `docker_s` how long an engine may take to answer,
    `cache_folder` where published data is kept (None: where it is kept in earnest).
    """

    root: Path = Path("/")
    environ: Mapping[str, str] = os.environ
    run: Callable[[Sequence[str]], CommandResult] = run_command
    docker_s: int = 10
    cache_folder: Path | None = None

    def read(self, path: str) -> str:
        """Read a small file of the kernel. Raises OSError."""
        return (self.root / path).read_text(encoding="utf-8", errors="replace").strip()
