"""The launcher's side of a program: how it is started in its box, and the strictly read report of how it ended."""

from __future__ import annotations

import contextlib
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.boxes.local import bwrap

if TYPE_CHECKING:
    from collections.abc import Callable

    from boxscore.boxes.cgroup import Group

REPORT_BYTES = 512


class Place:
    """Where a program is to run, and how it gets there."""

    def __init__(
        self,
        enter: Callable[..., list[str]],
        *,
        python: str,
        group: Group | None,
        seccomp: bytes | None,
        scratch: int,
    ) -> None:
        self.enter, self.python, self.group, self.seccomp, self.scratch = enter, python, group, seccomp, scratch
        self.counts: tuple[
            Path, ...
        ] = ()  # the files of its group that a program is to read, as the launcher names them


class Report(Struct, frozen=True, kw_only=True):
    """What the launcher says of the program."""

    code: int
    cpu_s: float
    memory_bytes: int
    error: int


def memory_file(data: bytes, stack: contextlib.ExitStack) -> int:
    """Hold bytes in an anonymous file, to be read from its start by a child; closed with the stack."""
    descriptor = os.memfd_create("boxscore")
    stack.callback(os.close, descriptor)
    with open(descriptor, "wb", closefd=False) as file:
        file.write(data)
    os.lseek(descriptor, 0, os.SEEK_SET)
    return descriptor


def _opened(file: Path, stack: contextlib.ExitStack) -> int:
    """Open a file for reading alone, for a child that cannot see its path; closed with the stack."""
    descriptor = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
    stack.callback(os.close, descriptor)
    return descriptor


@functools.cache
def _launcher() -> str:
    return Path(__file__).with_name("launcher.py").read_text(encoding="utf-8")


class Link:
    """The launcher's pipes and the command that starts it."""

    def __init__(self, place: Place, plan: bytes, stack: contextlib.ExitStack) -> None:
        self._theirs = stack.enter_context(contextlib.ExitStack())
        self._report, report = os.pipe()
        control, self._control = os.pipe()
        stack.callback(os.close, self._report)
        stack.callback(self.end)
        self._theirs.callback(os.close, report)
        self._theirs.callback(os.close, control)
        plan_file = memory_file(plan, self._theirs)
        seccomp = None if place.seccomp is None else memory_file(place.seccomp, self._theirs)
        counts = [_opened(file, self._theirs) for file in place.counts]
        given = [plan_file, report, control, *counts]
        program = [place.python, "-I", "-S", "-c", _launcher(), *map(str, given)]
        command = place.enter(program, seccomp=seccomp)
        self.command = bwrap.joined(() if place.group is None else place.group.entrances, command)
        self.descriptors = [*given, *([] if seccomp is None else [seccomp])]
        self.env = {"PATH": os.environ.get("PATH", os.defpath)}

    def started(self) -> None:
        """Close the child's ends, so that the end of either side is seen by the other."""
        self._theirs.close()

    def end(self) -> None:
        """Tell the launcher to end; safe to repeat."""
        if self._control >= 0:
            os.close(self._control)
            self._control = -1

    def report(self) -> tuple[bool, Report | None]:
        """Whether the launcher stood, and what it reported; strictly read, as hostile code may hold the other end."""
        os.set_blocking(self._report, False)
        try:
            text = os.read(self._report, REPORT_BYTES).decode()
            started, _, line = text.partition("\n")
            code, cpu_s, memory, error = line.split()
            return started == "started", Report(
                code=int(code), cpu_s=float(cpu_s), memory_bytes=int(memory), error=int(error)
            )
        except BlockingIOError:
            return False, None
        except ValueError:
            return text.startswith("started\n"), None
