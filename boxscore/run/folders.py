"""Find run directories by the names that people give them."""

from __future__ import annotations

from pathlib import Path

from boxscore.checks import first_of
from boxscore.errors import InputError, UsageError
from boxscore.run.store import is_run

RUNS = Path("runs")
_LATEST = 5


def find_run(name: str, *, runs: Path = RUNS) -> Path:
    """Give the directory of a run: `name` is its path or, if that is none, its id below `runs`.

    Raises InputError for a folder that holds no run, UsageError where there is nothing: it lists the latest.
    """
    found = known_run(name, runs=runs)
    if found is not None:
        return found
    for path in (Path(name), runs / name):
        if path.is_dir():
            raise InputError(f"not a run directory (it has no run.json){which_runs(path)}", path=path)
    raise UsageError(f"there is no run {name!r}, neither at that path nor below {runs}/{_latest(runs)}")


def which_runs(folder: Path) -> str:
    """Say which runs are in a folder that is none, to end a sentence about it; "" where there are none."""
    inside = sorted(str(path.parent) for path in folder.glob("*/run.json"))
    return f"; it holds {first_of(inside, _LATEST)}" if inside else ""


def known_run(name: str, *, runs: Path = RUNS) -> Path | None:
    """The directory of a run, None where `name` is not one."""
    return next(
        (
            path
            for path in (Path(name), runs / name)
            if (path / "run.json").is_file() or (path.is_dir() and is_run(path))
        ),
        None,
    )


def _latest(runs: Path) -> str:
    try:
        there = {path.parent.name: path.stat().st_mtime for path in runs.glob("*/run.json")}
    except OSError:
        there = {}
    latest = sorted(there, key=lambda one: there[one], reverse=True)[:_LATEST]
    return f"; the latest are {', '.join(latest)}" if latest else ", which holds none"
