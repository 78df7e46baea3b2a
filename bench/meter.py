"""What a command costs: time by the clock, and cpu time of all that works for it.

Cpu time is counted twice over, because neither way is whole. `cpu_s` is what the kernel charged to those who work for
the command: a control group that the command runs in, the groups of all boxes (local ones below `boxscore`,
containers below `docker`; a parent keeps what its children used when they are gone), and the processes of the Docker
engine (what a shim or runc used that ended meanwhile is lost). `machine_cpu_s` is what all processors did less what
they did while nothing was asked of them, measured before: nothing is missing from it, but what others begin is in it;
on a machine that was not quiet it is None. Where there are no control groups to use, `cpu_s` is that of the command and
of the processes it waited for, and `boxes` is False.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from boxscore.boxes import cgroup

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

BOXES = ("boxscore", "docker")
ENGINE = ("dockerd", "containerd")  # and `containerd-shim`
TICK_S = 1 / os.sysconf("SC_CLK_TCK")
JOIN = 'echo 0 > "$0" && exec "$@"'
QUIET_S, QUIET_CPUS = 3.0, 0.2
SAID = 3000


class Spent(NamedTuple):
    """The cost of one command, start to exit."""

    wall_s: float
    cpu_s: float
    machine_cpu_s: float | None


class Meter:
    """Runs commands and says what they cost. `quiet_cpus` is how many processors were busy before."""

    def __init__(self, trees: cgroup.Trees | None, group: Path | None, quiet_cpus: float) -> None:
        self._trees, self._group, self.quiet_cpus = trees, group, quiet_cpus
        self.boxes = group is not None

    def run(self, command: Sequence[str | Path], env: Mapping[str, str] | None = None) -> tuple[str, Spent]:
        """Run a command; return its standard output and its cost. Ends the program with what it said if it fails."""
        words = [*(("sh", "-c", JOIN, self._group / "cgroup.procs") if self._group else ()), *command]
        before, engine, busy = self._groups_s(), engine_s(), busy_s()
        start = time.perf_counter()
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=_with(env))
            _, status, usage = os.wait4(process.pid, 0)
            wall_s = time.perf_counter() - start
            process.returncode = os.waitstatus_to_exitcode(status)
            said, trouble = _text(out), _text(err)
        if process.returncode:
            shown = f"{' '.join(map(str, command[:5]))} … exited with {process.returncode}"
            sys.exit(f"{shown}:\n{said[-SAID:]}{trouble[-SAID:]}")
        cpu_s = usage.ru_utime + usage.ru_stime
        if self.boxes:
            now = engine_s()
            cpu_s = self._groups_s() - before + sum(used - engine.get(pid, 0.0) for pid, used in now.items())
        quiet = self.quiet_cpus < QUIET_CPUS
        machine_cpu_s = max(0.0, busy_s() - busy - self.quiet_cpus * wall_s) if quiet else None
        return said, Spent(wall_s, cpu_s, machine_cpu_s)

    def _groups_s(self) -> float:
        if self._trees is None or self._group is None:
            return 0.0
        folders = [self._group, *(self._trees.cpuacct / name for name in BOXES)]
        return sum(_group_s(folder, unified=self._trees.unified) for folder in folders)


@contextlib.contextmanager
def open_meter() -> Iterator[Meter]:
    """Give a meter, after a look at how busy the machine is by itself."""
    trees = cgroup.find() if os.geteuid() == 0 else None
    group = None if trees is None else trees.cpuacct / f"boxscore-bench-{os.getpid()}"
    if group is not None:
        group.mkdir()
    busy, start = busy_s(), time.perf_counter()
    time.sleep(QUIET_S)
    try:
        yield Meter(trees, group, (busy_s() - busy) / (time.perf_counter() - start))
    finally:
        if group is not None:
            with contextlib.suppress(OSError):
                group.rmdir()


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def _with(env: Mapping[str, str] | None) -> dict[str, str]:
    """The variables of a command. Its modules are compiled once, as people have it, whatever this shell is told."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, **(env or {})}


def _group_s(folder: Path, *, unified: bool) -> float:
    try:
        if not unified:
            return int((folder / "cpuacct.usage").read_text()) / 1e9
        words = (folder / "cpu.stat").read_text().split()
    except OSError:
        return 0.0
    return int(words[words.index("usage_usec") + 1]) / 1e6


def engine_s() -> dict[int, float]:
    """Cpu seconds of each process of the Docker engine; not of those it waited for, which the boxes' groups count."""
    found = {}
    for file in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            name, _, rest = file.read_text(errors="replace").partition("(")[2].rpartition(")")
            if name.startswith(ENGINE):
                found[int(file.parent.name)] = sum(map(int, rest.split()[11:13])) * TICK_S
    return found


def busy_s() -> float:
    """Cpu seconds that all processors have worked since the machine began."""
    user, nice, system, _idle, _wait, irq, softirq = map(int, Path("/proc/stat").read_text().split()[1:8])
    return (user + nice + system + irq + softirq) * TICK_S
