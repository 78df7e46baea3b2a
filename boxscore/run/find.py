"""Find a run by the name that people give it: the path of its directory, or its id below `runs/`."""

from __future__ import annotations

import difflib
import os
from pathlib import Path

from boxscore.checks import first_of
from boxscore.errors import InputError, UsageError
from boxscore.run.store import is_run

RUNS = Path("runs")
RUNS_FILE = "runs.json"  # of a folder with several runs of one command
_LATEST = 5


def find_run(name: str, *, runs: Path = RUNS, several: bool = False) -> Path:
    """Give the directory of a run: `name` is its path or, if that is none, its id below `runs`.

    A folder with several runs is one for whoever takes `several`.
    Raises InputError for a folder that holds no run, UsageError where there is nothing: it lists what comes nearest.
    """
    found = known_run(name, runs=runs)
    if found is not None and not several and is_folder_of_runs(found):
        inside = ", ".join(str(path.parent) for path in sorted(found.glob("*/run.json")))
        raise UsageError(f"{found} holds runs of several benchmarks; name one of them: {inside}")
    if found is not None:
        return found
    for path in (Path(name), runs / name):
        if path.is_dir():
            raise InputError(f"not a run directory (it has no run.json){which_runs(path)}", path=path)
    raise UsageError(f"there is no run {name!r}, neither at that path nor below {runs}/{_hint(name, runs)}")


def which_runs(folder: Path) -> str:
    """Say which runs are in a folder that is none, to end a sentence about it; "" where there are none."""
    inside = sorted(str(path.parent) for path in folder.glob("*/run.json"))
    return f"; it holds {first_of(inside, _LATEST)}" if inside else ""


def is_folder_of_runs(path: Path) -> bool:
    """Whether a folder holds several runs of one command."""
    return os.path.isfile(path / RUNS_FILE)  # noqa: PTH113 - it says False also of what may not be looked at


def known_run(name: str, *, runs: Path = RUNS) -> Path | None:
    """The directory of a run, None where `name` is not one."""
    return next(
        (
            path
            for path in (Path(name), runs / name)
            if (path / "run.json").is_file() or is_folder_of_runs(path) or (path.is_dir() and is_run(path))
        ),
        None,
    )


def _hint(name: str, runs: Path) -> str:
    """The runs that are there: those of a name like this one, else the latest."""
    try:
        there = {path.parent.name: path.stat().st_mtime for path in runs.glob("*/run.json")}
    except OSError:
        there = {}
    if not there:
        return ", which holds none"
    wanted = Path(name).name
    near = difflib.get_close_matches(wanted, there, n=_LATEST)
    near = near or sorted(one for one in there if one.startswith(wanted))[:_LATEST]
    if near:
        return f"; did you mean {', '.join(near)}?"
    latest = sorted(there, key=lambda one: there[one], reverse=True)[:_LATEST]
    return f"; the latest are {', '.join(latest)}"
