"""The runs that are there: what the list says of each, from small files, without reading results."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from boxscore.errors import BoxscoreError
from boxscore.report.records import MAX_LOST_SHARE
from boxscore.run.lines import open_regular, read_regular
from boxscore.run.store import RECORD, RESULTS, SAMPLES, is_run, read_record, safe_name, shared
from boxscore.score.statistics import Estimate  # noqa: TC001 - msgspec resolves the annotations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from boxscore.provenance import Provenance

State = Literal["going on", "finished", "interrupted", "refused", "damaged"]
_REPORT_BYTES = 256 << 20  # a report that is longer is not read for a list
_BLOCK_BYTES = _LINE_BYTES = 1 << 20
_NAME_CHARS, _LINE_CHARS = 120, 2000
_SOONEST = "9999"  # a run without a start, of which nothing can be read, comes first


class ListedRun(Struct, frozen=True, kw_only=True):
    """A run as the list shows it; `key` names it in addresses, and is made of plain characters.

    `score` and its interval are those of its report, of `metric`; None for a run that is not finished: what is slow
    comes last.
    `samples` have results, of `planned`. `why` says what is wrong with a run that is damaged, or not valid.
    """

    key: str
    run_id: str
    state: State
    benchmark: str = ""
    model: str = ""
    metric: str = ""
    score: float | None = None
    low: float | None = None
    high: float | None = None
    samples: int = 0
    planned: int = 0
    started: str = ""
    finished: str | None = None
    why: str = ""


def shown(path: str | os.PathLike[str]) -> str:
    """A path as text, whatever bytes it is made of."""
    return os.fsencode(path).decode(errors="backslashreplace")


class RunFolders:
    """Which runs there are. Nothing from an address becomes a path: it is looked up among the keys of those found."""

    def __init__(self, runs: Sequence[Path] = (), *, folders: Sequence[Path] = ()) -> None:
        """Give these runs, and all that are in these folders whenever it is asked."""
        self._runs, self._folders = tuple(runs), tuple(folders)

    def run_folders(self) -> dict[str, Path]:
        """The directory of each run by its key."""
        found: dict[str, Path] = {}
        resolved: set[Path] = set()
        for path in (*self._runs, *(path for folder in self._folders for path in runs_in(folder))):
            place = path.resolve()
            if place in resolved:
                continue
            resolved.add(place)
            key = safe_name(shown(place.name))
            found[key if key not in found else safe_name(shown(place))] = path
        return found

    def place(self, key: str) -> Path | None:
        """The directory of a run, None where there is none of this key."""
        return self.run_folders().get(key)


def runs_in(folder: Path) -> list[Path]:
    """The run directories in a folder, also those that are damaged; none where it cannot be read."""
    return [one for one in _folders(folder) if _is_run(one)]


def _folders(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            return sorted(folder / entry.name for entry in entries if entry.is_dir())
    except OSError:
        return []


def _is_run(path: Path) -> bool:
    try:
        return (path / RECORD).is_file() or is_run(path)
    except BoxscoreError:
        return False


class RunList:
    """Says what is known of runs, and reads again only what has changed since it was asked last."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[object, ListedRun]] = {}

    def listed(self, run_folders: Mapping[str, Path]) -> list[ListedRun]:
        """Say what is known of each run (key → directory), those that began last first."""
        runs = [self._listed(key, path) for key, path in run_folders.items()]
        there = set(run_folders.values())
        self._known = {path: one for path, one in self._known.items() if path in there}
        return sorted(runs, key=lambda run: (run.started or _SOONEST, run.key), reverse=True)

    def _listed(self, key: str, path: Path) -> ListedRun:
        state = stamp(path)
        with shared(path) as alone:
            going_on = not alone
        known = self._known.get(path)
        if known is not None and known[0] == (state, going_on):
            return known[1]
        found = self._read(key, path, going_on=going_on)
        self._known[path] = (state, going_on), found
        return found

    def _read(self, key: str, path: Path, *, going_on: bool) -> ListedRun:
        run_id = shown(path.resolve().name)[:_NAME_CHARS]
        try:
            provenance = read_record(path).provenance
        except BoxscoreError as error:
            if going_on and not (path / RECORD).exists():
                return ListedRun(key=key, run_id=run_id, state="going on")
            return ListedRun(key=key, run_id=run_id, state="damaged", why=str(error)[:_LINE_CHARS])
        report = None if going_on else _report(path, provenance.finished)
        finished = provenance.finished is not None and not going_on
        whole = finished and _is_whole(provenance)
        metric, score = _first_score(report if whole else None)
        return ListedRun(
            key=key,
            run_id=run_id,
            state=_state(provenance, going_on=going_on, whole=whole),
            benchmark=provenance.benchmark[:_NAME_CHARS],
            model=_model(path, provenance, report)[:_NAME_CHARS],
            metric=metric,
            score=None if score is None else score.value,
            low=None if score is None else score.low,
            high=None if score is None else score.high,
            samples=_count(path) if report is None else report.samples,
            planned=provenance.samples,
            started=provenance.started,
            finished=provenance.finished,
            why=(provenance.ungraded_reason or ("" if report is None else report.invalid_reason or ""))[:_LINE_CHARS],
        )


def _count(path: Path) -> int:
    """How many results a run has."""
    try:
        with open_regular(path / RESULTS) as file:
            return sum(block.count(b"\n") for block in iter(lambda: file.read(_BLOCK_BYTES), b""))
    except OSError:
        return 0


class _ReportOf(Struct, frozen=True, kw_only=True):
    finished: str | None = None


class _Report(Struct, frozen=True, kw_only=True):
    """As much of `report.json` as the list shows."""

    samples: int = 0
    pass_at_k: dict[str, Estimate] = {}
    models: tuple[dict[str, object], ...] = ()
    invalid_reason: str | None = None
    provenance: _ReportOf = _ReportOf()


class _First(Struct, frozen=True, kw_only=True):
    """As much of a line of `samples.jsonl` as says whose sample it is."""

    model: str = ""


def _report(path: Path, finished: str | None) -> _Report | None:
    """The report of a run; None where there is none that can be read, or one from before the run went on."""
    try:
        found = msgspec.json.decode(read_regular(path / "report.json", _REPORT_BYTES), type=_Report)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if found.provenance.finished == finished else None


def _first_score(report: _Report | None) -> tuple[str, Estimate | None]:
    if report is None or not report.pass_at_k:
        return "", None
    k = min(report.pass_at_k, key=lambda one: (len(one), one))
    return f"pass@{k}", report.pass_at_k[k]


def _state(provenance: Provenance, *, going_on: bool, whole: bool) -> State:
    if going_on:
        return "going on"
    if whole:
        return "finished"
    return "refused" if provenance.ungraded_reason else "interrupted"


def _model(path: Path, provenance: Provenance, report: _Report | None) -> str:
    """Whose samples they are: of a file of samples, as the first of them says."""
    if provenance.sampling is not None:
        return provenance.sampling.model
    if report is not None and report.models:
        return f"{len(report.models)} models"
    try:
        with open_regular(path / SAMPLES) as file:
            return msgspec.json.decode(file.readline(_LINE_BYTES), type=_First).model
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _is_whole(provenance: Provenance) -> bool:
    """Whether all was made that was asked for, as far as a comparison asks for it."""
    if provenance.alarm is not None:
        return False
    sampling = provenance.sampling
    return sampling is None or sampling.planned - sampling.sampled <= MAX_LOST_SHARE * sampling.planned


def stamp(path: Path) -> object:
    """What changes with a run: when its files were last written, and how long they are."""
    found = []
    for name in (RECORD, "report.json", RESULTS):
        try:
            status = (path / name).stat()
        except OSError:
            found.append((0, 0, 0))
        else:
            found.append((status.st_mtime_ns, status.st_size, status.st_ino))
    return tuple(found)
