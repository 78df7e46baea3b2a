"""Recover a damaged run directory: keep what can be believed, drop the rest and say so; originals stay beside it.

Lines are believed by their checksums alone. What is dropped of the results is graded again by the same command as
before. A `run.json` that cannot be read is made again from `report.json`, as far as that goes.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore.errors import InputError, StoreError
from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import Result
from boxscore.run.lines import UNCHECKED, damage, seal
from boxscore.run.store import is_run, lock_run, read_record, replace_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_IDS = re.compile(rb'\{"instance_id":("(?:[^"\\]|\\.){1,2000}"),"sample_id":("(?:[^"\\]|\\.){1,2000}")')


class Dropped(Struct, frozen=True, kw_only=True):
    """A line that was not believed, or stood there twice; ids are None where they cannot be read."""

    file: str
    line: int
    why: str
    instance_id: str | None = None
    sample_id: str | None = None


class Repaired(Struct, frozen=True, kw_only=True):
    """What a repair came to.

    `record` says what became of `run.json`: kept, mended, rebuilt or missing. `originals` are the names under which
    damaged files were kept. `mended` counts lines that were taken over with a new checksum.
    """

    dropped: tuple[Dropped, ...] = ()
    results: int = 0
    samples: int = 0
    mended: int = 0
    record: str = "kept"
    originals: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing had to be repaired."""
        return not self.dropped and not self.mended and self.record == "kept"


class _File(Struct, kw_only=True):
    """The lines of a file that stay, with the numbers that they had, and what goes."""

    name: str
    lines: list[bytes]
    numbers: list[int]
    dropped: list[Dropped]
    mended: int = 0

    @property
    def changed(self) -> bool:
        return bool(self.dropped or self.mended)


class _Report(Struct, frozen=True):
    provenance: Provenance


def repair(run: Path, *, dry_run: bool = False, keep_unchecked: bool = False) -> Repaired:
    """Repair a run directory that no run is at work in; with `dry_run`, say what would be done.

    `keep_unchecked` takes over lines without any checksum, as older versions wrote them. Raises InputError if it is
    no run directory, StoreError if it cannot be written or is in use.
    """
    if not run.is_dir() or not (is_run(run) or _has_lines(run)):
        raise InputError("not a run directory", path=run)
    with lock_run(run) if not dry_run or (run / "lock").exists() else nullcontext():
        results = _checked(run / "results.jsonl", Result, keep_unchecked=keep_unchecked)
        samples = _checked(run / "samples.jsonl", StoredSample, keep_unchecked=keep_unchecked)
        _drop_repeated(results, reversed(range(len(results.lines))))
        _drop_repeated(samples, range(len(samples.lines)))
        record, became = _record(run, samples)
        files = {file.name: b"".join(file.lines) for file in (results, samples) if file.changed}
        if became in {"mended", "rebuilt"} and record is not None:
            files["run.json"] = msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
        elif became == "missing":
            files["run.json"] = b""
        return Repaired(
            dropped=(*results.dropped, *samples.dropped),
            results=len(results.lines),
            samples=len(samples.lines),
            mended=results.mended + samples.mended,
            record=became,
            originals=() if dry_run else tuple(_replace(run / name, data) for name, data in files.items()),
        )


def _checked(path: Path, kind: type[Struct], *, keep_unchecked: bool) -> _File:
    """Judge each line of a file."""
    found, decoder = _File(name=path.name, lines=[], numbers=[], dropped=[]), msgspec.json.Decoder(kind)
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file):
                line = raw.lstrip(b"\0")  # a power cut can leave a hole before what was written after it
                why = damage(line) if line.endswith(b"\n") else "it is incomplete"
                try:
                    if why is None or (why == UNCHECKED and keep_unchecked):
                        decoder.decode(line)
                        found.mended += why is not None or line != raw
                        found.lines.append(line if why is None else seal(line.rstrip()))
                        found.numbers.append(number)
                        continue
                except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                    why = str(error)
                found.dropped.append(_dropped(path.name, number, line, why or ""))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    return found


def _drop_repeated(file: _File, order: Iterable[int]) -> None:
    """Keep each line once: the first in an order of places."""
    seen: set[bytes] = set()
    again = [at for at in order if file.lines[at] in seen or seen.add(file.lines[at])]  # type: ignore[func-returns-value]
    for at in sorted(again, reverse=True):
        line, number = file.lines.pop(at), file.numbers.pop(at)
        file.dropped.append(_dropped(file.name, number, line, "it stands there twice"))


def _dropped(name: str, number: int, line: bytes, why: str) -> Dropped:
    instance_id = sample_id = None
    ids = _IDS.match(line)
    if ids is not None:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            instance_id, sample_id = (msgspec.json.decode(one, type=str) for one in ids.groups())
    return Dropped(file=name, line=number + 1, why=why, instance_id=instance_id, sample_id=sample_id)


def _record(run: Path, samples: _File) -> tuple[RunRecord | None, str]:
    """What `run.json` must say, and what became of it by that."""
    try:
        before = read_record(run) if (run / "run.json").exists() else None
    except InputError:
        before = None
    if before is not None:
        place = {number: at for at, number in enumerate(samples.numbers)}
        wanted = [number for first, end in before.sample_lines for number in range(first, end)]
        if not wanted and samples.lines:  # an older version did not say which
            return structs.replace(before, sample_lines=_ranges(_last_of_each(samples))), "mended"
        lines = _ranges([place[number] for number in wanted if number in place])
        if lines == before.sample_lines:
            return before, "kept"
        return structs.replace(before, sample_lines=lines), "mended"
    if not (run / "run.json").exists() and not samples.lines:
        return None, "kept"  # a first start that was killed: there is nothing to say
    try:
        known = msgspec.json.decode((run / "report.json").read_bytes(), type=_Report)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None, "missing"
    chosen = _last_of_each(samples)
    names = [msgspec.json.decode(samples.lines[at], type=StoredSample).instance_id for at in chosen]
    record = RunRecord(provenance=known.provenance, instances=dict.fromkeys(names), sample_lines=_ranges(chosen))
    return record, "rebuilt"


def _last_of_each(samples: _File) -> list[int]:
    """Where the last line of each sample stands."""
    found: dict[tuple[str, str], int] = {}
    for at, line in enumerate(samples.lines):
        sample = msgspec.json.decode(line, type=StoredSample)
        found[sample.instance_id, sample.sample_id] = at
    return sorted(found.values())


def _ranges(places: Sequence[int]) -> tuple[tuple[int, int], ...]:
    found = list[tuple[int, int]]()
    for at in places:
        first = found.pop()[0] if found and found[-1][1] == at else at
        found.append((first, at + 1))
    return tuple(found)


def _has_lines(run: Path) -> bool:
    """Whether a folder whose `run.json` and lock are gone has results of ours."""
    return any(_checked(run / "results.jsonl", Result, keep_unchecked=True).lines)


def _replace(path: Path, data: bytes) -> str:
    """Keep a file under another name and replace it, or remove it where there is nothing to write."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept, count = path.with_name(f"{path.name}.damaged-{stamp}"), 1
    while kept.exists():
        count += 1
        kept = path.with_name(f"{path.name}.damaged-{stamp}-{count}")
    try:
        if path.exists():
            shutil.copy2(path, kept)
            with kept.open("rb") as file:
                os.fsync(file.fileno())
    except OSError as error:
        raise StoreError(f"{kept}: cannot be written, nothing was repaired: {error.strerror or error}") from error
    if data or path.suffix == ".jsonl":
        replace_file(path, data)
    else:
        path.unlink(missing_ok=True)
    return kept.name
