"""What an engine may have left behind: containers, control groups, processes, volumes, files."""

from __future__ import annotations

import contextlib
import os
import subprocess
from typing import TYPE_CHECKING

from bench.faults import containers, processes
from boxscore.boxes import cgroup

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def left_by(pids: set[int], *, docker: bool) -> list[str]:
    """Name what is left of engines with these pids, which have ended; each led a session of its own."""
    found = [f"container {name} of {pid}" for pid in pids if docker for name in containers(pid, every=True)]
    trees = cgroup.find()
    for root in trees.roots if trees else ():
        groups = [one for one in (root / cgroup.PARENT).glob("*-*-*") if int(one.name.split("-")[0]) in pids]
        found += [f"control group {one}" for one in groups]
    return found + [f"process {pid} ({name})" for pid, name, fields in processes() if int(fields[3]) in pids]


@contextlib.contextmanager
def engines_group() -> Iterator[Path | None]:
    """Make a control group for engines, which keeps what they start outside of boxes; None where that cannot be."""
    trees = cgroup.find() if os.geteuid() == 0 else None
    group = None if trees is None else trees.cpuacct / f"boxscore-soak-{os.getpid()}"
    if group is not None:
        group.mkdir()
    try:
        yield group
    finally:
        if group is not None:
            with contextlib.suppress(OSError):
                group.rmdir()


def members(group: Path | None) -> list[str]:
    """The processes in a group."""
    return [f"process {pid}" for pid in (group / "cgroup.procs").read_text().split()] if group is not None else []


def volumes() -> set[str]:
    """The volumes of the Docker engine."""
    done = subprocess.run(["docker", "volume", "ls", "--quiet"], capture_output=True, text=True, check=False)
    return set(done.stdout.split())


def orphans() -> set[str]:
    """Control groups of containers that have processes and that the Docker engine does not know, or no longer."""
    trees = cgroup.find()
    if trees is None:
        return set()
    files = [file for file in (trees.cpuacct / "docker").glob("*/cgroup.procs") if _text(file)]
    done = subprocess.run(
        ["docker", "ps", "--all", "--quiet", "--no-trunc"], capture_output=True, text=True, check=False
    )
    return {file.parent.name for file in files if file.parent.name not in done.stdout and _text(file)}


def _text(file: Path) -> str:
    try:
        return file.read_text()
    except OSError:
        return ""


def files(folder: Path) -> list[str]:
    """What is in a folder for temporary files."""
    return [f"file {path}" for path in sorted(folder.rglob("*"))]
