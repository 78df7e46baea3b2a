"""What works on this machine, what is missing, and how to get it: `boxscore doctor`.

Every check ends as a finding, whatever happens to it: one that cannot be made says so.
"""

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


class Status(enum.StrEnum):
    """How a check ended."""

    OK = "ok"
    WARN = "warn"  # boxscore works, but something is slower, weaker or unknown
    MISSING = "missing"  # what needs it does not work


class Finding(Struct, frozen=True, kw_only=True):
    """One thing that was looked at: what was found and, unless all is well, what to do about it."""

    name: str
    status: Status
    detail: str
    remedy: str = ""


class Ran(Struct, frozen=True, kw_only=True):
    """How a command of this machine ended."""

    exit_code: int
    output: str


def run_command(argv: Sequence[str]) -> Ran:
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
    return Ran(exit_code=done.returncode, output=done.stdout.decode(errors="replace").strip())


class Machine(Struct, frozen=True, kw_only=True):
    """What the checks look at; tests give another one.

    `root` is where /proc and /sys are found, `docker_s` how long an engine may take to answer,
    `cache_folder` where published data is kept (None: where it is kept in earnest).
    """

    root: Path = Path("/")
    environ: Mapping[str, str] = os.environ
    run: Callable[[Sequence[str]], Ran] = run_command
    docker_s: int = 10
    cache_folder: Path | None = None

    def read(self, path: str) -> str:
        """Read a small file of the kernel. Raises OSError."""
        return (self.root / path).read_text(encoding="utf-8", errors="replace").strip()


def examine(machine: Machine | None = None, *, image: str = "python") -> tuple[Finding, ...]:
    """Make all checks, in the order in which they are best read. Takes a second or two, changes nothing.

    `image` names the recipe whose image is looked for and used to see limits bite.
    """
    from boxscore.doctor import machine as doctor_machine  # noqa: PLC0415 - brings ctypes
    from boxscore.doctor import sandbox  # noqa: PLC0415 - brings the SDK

    machine = machine or Machine()
    findings: list[Finding] = []
    for check in (*sandbox.CHECKS, *doctor_machine.CHECKS):
        findings.extend(_made(check, machine))
    findings.extend(_made(lambda one: sandbox.docker(one, image), machine))
    order = (*sandbox.ORDER, *doctor_machine.ORDER)
    return tuple(sorted(findings, key=lambda one: order.index(one.name) if one.name in order else len(order)))


def working_backends(findings: Sequence[Finding]) -> tuple[str, ...]:
    """Name the backends that can make boxes here, by what was found."""
    ok = {one.name for one in findings if one.status is not Status.MISSING}
    needs = {"docker": {"docker engine", "docker limits"}, "local": {"bubblewrap"}}
    return tuple(name for name, needed in needs.items() if needed <= ok)


def _made(check: Callable[[Machine], Sequence[Finding]], machine: Machine) -> Sequence[Finding]:
    try:
        return check(machine)
    except Exception as error:  # noqa: BLE001 - a doctor reports on broken machines, whatever is broken about them
        name = getattr(check, "__name__", "docker").replace("_", " ")
        return (
            Finding(name=name, status=Status.WARN, detail=f"could not be checked: {type(error).__name__}: {error}"),
        )
