"""Find run directories by the names that people give them, and folders with several that one command filled.

`runs.json` of such a folder says which runs there are, in the order of the command; `report.json` and `report.md` are
of them all. Each run is in a folder of its benchmark's name, a run directory like any other.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import Struct

from boxscore.checks import first_of
from boxscore.errors import BoxscoreError, InputError, StoreError, UsageError
from boxscore.own_folders import why_unwritable
from boxscore.report.records import Report
from boxscore.report.several import BenchmarkScore, SeveralReport, render_json, render_markdown, score_of
from boxscore.run.lines import read_regular
from boxscore.run.run import rebuild
from boxscore.run.store import is_run, store_file

if TYPE_CHECKING:
    from collections.abc import Iterable


RUNS = Path("runs")
RUNS_FILE = "runs.json"  # of a folder with several runs of one command
_LATEST = 5


def find_run(name: str, *, runs: Path = RUNS, several: bool = False) -> Path:
    """Give the directory of a run: `name` is its path or, if that is none, its id below `runs`.

    A folder with several runs is one for whoever takes `several`.
    Raises InputError for a folder that holds no run, UsageError where there is nothing: it lists the latest.
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
    raise UsageError(f"there is no run {name!r}, neither at that path nor below {runs}/{_latest(runs)}")


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


def _latest(runs: Path) -> str:
    try:
        there = {path.parent.name: path.stat().st_mtime for path in runs.glob("*/run.json")}
    except OSError:
        there = {}
    latest = sorted(there, key=lambda one: there[one], reverse=True)[:_LATEST]
    return f"; the latest are {', '.join(latest)}" if latest else ", which holds none"


SCHEMA_VERSION = 1
_MOST_BYTES = 1 << 20


class RunsRecord(Struct, frozen=True, kw_only=True):
    """`runs.json`: the runs of a folder, each in a folder of its benchmark's name."""

    schema_version: int = SCHEMA_VERSION
    benchmarks: tuple[str, ...]
    started: str = ""
    wall_s: float | None = None


class RebuiltRuns(NamedTuple):
    """The report of all runs of a folder, and the own report of each that has one, by its folder's name."""

    report: SeveralReport
    each: dict[str, Report]


def read_runs(path: Path) -> RunsRecord:
    """Read `runs.json`. Raises InputError."""
    file = path / RUNS_FILE
    try:
        record = msgspec.json.decode(read_regular(file, _MOST_BYTES), type=RunsRecord)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise InputError(f"not a record of runs: {error}", path=file) from error
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {error.strerror or error}") from error
    if any("/" in name or name.startswith(".") or not name for name in record.benchmarks):
        raise InputError("it names a folder elsewhere", path=file)
    return record


def run_folders(path: Path) -> list[Path]:
    """The run directories of a folder of runs, in the order of its command. Raises InputError."""
    return [path / name for name in read_runs(path).benchmarks]


def each_run(names: Iterable[str]) -> list[str]:
    """Names of runs, with those of the runs in it in place of a folder of runs. Raises InputError."""
    found: list[str] = []
    for name in names:
        folder = known_run(name)
        several = folder is not None and is_folder_of_runs(folder)
        found += map(str, run_folders(folder)) if folder is not None and several else [name]
    return found


def check_folder_of_runs(path: Path) -> None:
    """Refuse a folder that holds something else or cannot be written. Raises UsageError, StoreError."""
    try:
        if path.exists() and any(path.iterdir()) and not is_folder_of_runs(path):
            raise UsageError(
                f"{path} is not empty and holds no runs of several benchmarks: give an empty folder, or one that is "
                "not there"
            )
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    problem = why_unwritable(path)
    if problem:
        raise StoreError(f"{path}: {problem}")


def write_runs(path: Path, record: RunsRecord) -> None:
    """Replace `runs.json`, making the folder where it is not there. Raises StoreError."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{path}: cannot be made: {error.strerror or error}") from error
    store_file(path / RUNS_FILE, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")


def write_several(path: Path, report: SeveralReport) -> None:
    """Write `report.json` and `report.md` of a folder of runs. Raises StoreError."""
    store_file(path / "report.json", render_json(report))
    store_file(path / "report.md", render_markdown(report).encode())


def rebuild_several(path: Path) -> RebuiltRuns:
    """Make the reports of all runs of a folder again, and that of them all. Raises InputError for a damaged folder."""
    record, each = read_runs(path), dict[str, Report]()
    report = SeveralReport(
        run_id=path.resolve().name,
        benchmarks=tuple(_rebuilt(path, name, each) for name in record.benchmarks),
        started=record.started,
        wall_s=record.wall_s,
    )
    write_several(path, report)
    return RebuiltRuns(report, each)


def _rebuilt(path: Path, name: str, each: dict[str, Report]) -> BenchmarkScore:
    try:
        each[name] = rebuild(path / name).report
    except BoxscoreError as error:
        return BenchmarkScore(benchmark=name, folder=name, error=str(error))
    return score_of(name, each[name])
