"""Recover a damaged run directory: keep what can be believed, drop the rest and say so; originals stay beside it.

Lines are believed by their checksums alone. What is dropped of the results is graded again by the same command as
before, and an answer of a model that is dropped is asked for again. A `run.json` that cannot be read is made again from
`report.json`, as far as that goes.
"""

from __future__ import annotations

import math
import os
import re
import shutil
from contextlib import nullcontext, suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct, structs

from boxscore.cache import sync_folder
from boxscore.errors import InputError, StoreError
from boxscore.protocols.details import decoder_of
from boxscore.provenance import Provenance, RunRecord, StoredSample
from boxscore.records import Result
from boxscore.run.lines import CHECKSUM_BYTES, UNCHECKED, damage, digest_of, open_regular, read_regular, with_checksum
from boxscore.run.store import ANSWERS, ATTEMPTS, JUDGED, ROUNDS, is_run, lock_run, store_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

_REPAIRED = "run.json.repaired"  # waits until the lines that it is about are in their place
_MOST_LINES = 1 << 26  # that a record is believed to name
_HEAD = b'{"instance_id":'
_CHECKSUM = re.compile(rb',"crc32":"[^"\n]{8}"\}')
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

    `record` says what became of `run.json`: kept, mended, doubtful (which samples the last command was about is not
    certain, so fewer or none are named), rebuilt or missing. `originals` are the names under which
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


class _RepairedFile(Struct, kw_only=True):
    """The lines of a file that stay, with the numbers that they had, and what goes.

    `repeated` are numbers of lines that are there once more. From number `unsure_from` on, numbers may be others than
    when the file was written: a damaged place may have been any number of lines.
    """

    name: str
    lines: list[bytes]
    numbers: list[int]
    dropped: list[Dropped]
    repeated: dict[int, bytes] = {}
    mended: int = 0
    unsure_from: int | None = None

    @property
    def changed(self) -> bool:
        return bool(self.dropped or self.mended)

    def places(self) -> dict[int, int]:
        """Where the line of each number is now."""
        found = {number: at for at, number in enumerate(self.numbers)}
        if self.repeated:
            where = {line: at for at, line in enumerate(self.lines)}
            found.update({number: where[line] for number, line in self.repeated.items()})
        return found

    def digest(self, chosen: Sequence[int]) -> str:
        return digest_of(self.lines[at] for at in chosen)


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
        asked = [_checked(run / name, dict, keep_unchecked=False) for name in (ANSWERS, ATTEMPTS, ROUNDS, JUDGED)]
        every = (results, samples, *asked)
        files = {file.name: b"".join(file.lines) for file in every if file.changed}
        return Repaired(
            dropped=tuple(line for file in every for line in file.dropped),
            results=len(results.lines),
            samples=len(samples.lines),
            mended=sum(file.mended for file in every),
            record=became,
            originals=() if dry_run else _written(run, files, None if became == "kept" else record, became),
        )


def _written(run: Path, files: Mapping[str, bytes], record: RunRecord | None, became: str) -> tuple[str, ...]:
    """Replace files of lines, then the record, which a repair that is cut short leaves for the next one to find."""
    if record is not None:
        store_file(run / _REPAIRED, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    done: list[str] = []
    try:
        for name, data in files.items():
            done.append(_keep(run / name))
            store_file(run / name, data)
        if record is not None:
            done.append(_keep(run / "run.json"))
            (run / _REPAIRED).replace(run / "run.json")
            sync_folder(run)
        elif became == "missing":
            done.append(_keep(run / "run.json"))
            (run / "run.json").unlink(missing_ok=True)
        if became == "kept":
            (run / _REPAIRED).unlink(missing_ok=True)
    except (OSError, StoreError) as error:
        kept = f"; originals of what was replaced: {', '.join(done)}" if done else "; nothing was replaced"
        raise StoreError(f"{error}{kept}. Repair it again") from error
    return tuple(done)


def _checked(path: Path, kind: type[Struct | dict[str, object]], *, keep_unchecked: bool) -> _RepairedFile:
    """Judge each line of a file."""
    found, decoder = _RepairedFile(name=path.name, lines=[], numbers=[], dropped=[]), decoder_of(kind)
    number = 0
    try:
        with open_regular(path) as file:
            for at, raw in enumerate(file):
                for part in [raw] if damage(raw) is None else _parts(raw):
                    line = part.lstrip(b"\0")  # a power cut can leave a hole before what was written after it
                    why = damage(line) if line.endswith(b"\n") else "it is incomplete"
                    sure = line == part
                    try:
                        if why is None or (why == UNCHECKED and keep_unchecked):
                            decoder.decode(line)
                            found.mended += why is not None or line != raw
                            found.lines.append(line if why is None else with_checksum(line.rstrip()))
                            found.numbers.append(number)
                            why = ""
                    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                        why = str(error)
                    if why:
                        found.dropped.append(_dropped(path.name, at, line, why))
                        sure = line.startswith(_HEAD) and bool(_CHECKSUM.match(line, len(line) - CHECKSUM_BYTES))
                        sure = sure and b"\0" not in part
                    if not sure and found.unsure_from is None:
                        found.unsure_from = number
                    number += 1
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StoreError(f"{path}: cannot be read: {error.strerror or error}") from error
    return found


def _parts(raw: bytes) -> list[bytes]:
    """Take apart lines between which the newline was damaged or lost: a checksum is always the end of one."""
    parts, start = [], 0
    for found in _CHECKSUM.finditer(raw):
        end = found.end()
        if end >= len(raw) - 1:
            break
        parts.append(raw[start:end] + b"\n")
        start = end if raw.startswith(_HEAD, end) else end + 1
    return [*parts, raw[start:]]


def _drop_repeated(file: _RepairedFile, order: Iterable[int]) -> None:
    """Keep each line once: the first in an order of places."""
    seen: set[bytes] = set()
    again = [at for at in order if file.lines[at] in seen or seen.add(file.lines[at])]  # type: ignore[func-returns-value]
    for at in sorted(again, reverse=True):
        line, number = file.lines.pop(at), file.numbers.pop(at)
        file.repeated[number] = line
        file.dropped.append(_dropped(file.name, number, line, "duplicate line"))


def _dropped(name: str, number: int, line: bytes, why: str) -> Dropped:
    instance_id = sample_id = None
    ids = _IDS.match(line)
    if ids is not None:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            instance_id, sample_id = (msgspec.json.decode(one, type=str) for one in ids.groups())
    return Dropped(file=name, line=number + 1, why=why, instance_id=instance_id, sample_id=sample_id)


def _record(run: Path, samples: _RepairedFile) -> tuple[RunRecord | None, str]:
    """What `run.json` must say, and what became of it by that."""
    kept = _read(run / "run.json")
    for before in filter(None, (_read(run / _REPAIRED), kept)):
        wanted = _wanted(before, samples)
        there = [at for at in wanted if at is not None]
        if len(there) == len(wanted) and _fits(before.provenance, samples, there):
            record = _about(before, samples, there)
            return record, "kept" if record == kept else "mended"
    if kept is not None:
        return _chosen_again(kept, samples)
    if not (run / "run.json").exists() and not samples.lines:
        return None, "kept"  # a first start that was killed: there is nothing to say
    try:
        known = msgspec.json.decode(read_regular(run / "report.json"), type=_Report).provenance
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None, "missing"
    for chosen in _guesses(known, samples):
        if known.samples_digest and _fits(known, samples, chosen):
            names = [msgspec.json.decode(samples.lines[at], type=StoredSample).instance_id for at in chosen]
            record = RunRecord(provenance=known, instances=dict.fromkeys(names), sample_lines=_ranges(chosen))
            return record, "rebuilt"
    return None, "missing"


def _chosen_again(before: RunRecord, samples: _RepairedFile) -> tuple[RunRecord, str]:
    """The record of a run of which samples are lost, or whose lines are not where it says."""
    wanted = _wanted(before, samples)
    if None in wanted:
        end = math.inf if samples.unsure_from is None else samples.unsure_from
        there = [(number, at) for number, at in zip(_numbers(before), wanted, strict=True) if at is not None]
        sure = [at for number, at in there if number < end]
        return _about(before, samples, sure), "mended" if len(sure) == len(there) else "doubtful"
    for chosen in _guesses(before.provenance, samples):
        if _fits(before.provenance, samples, chosen):
            return _about(before, samples, chosen), "mended"
    return _about(before, samples, []), "doubtful"


def _read(file: Path) -> RunRecord | None:
    try:
        found = msgspec.json.decode(read_regular(file), type=RunRecord)
        return found if sum(end - first for first, end in found.sample_lines) < _MOST_LINES else None
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _numbers(record: RunRecord) -> list[int]:
    return [number for first, end in record.sample_lines for number in range(first, end)]


def _wanted(record: RunRecord, samples: _RepairedFile) -> list[int | None]:
    """Where the lines are that a record names, None for one that is gone."""
    places = samples.places()
    return [places.get(number) for number in _numbers(record)]


def _fits(known: Provenance, samples: _RepairedFile, chosen: Sequence[int]) -> bool:
    """Whether these lines are those that a run was about; not to be known where it does not say."""
    return not known.samples_digest or known.samples_digest == samples.digest(chosen)


def _guesses(known: Provenance, samples: _RepairedFile) -> Iterator[list[int]]:
    """Lines that a run may have been about: its command was the first or the last one, or the last for each sample."""
    every, count = list(range(len(samples.lines))), known.samples
    yield every[:count]
    yield every[max(0, len(every) - count) :]
    yield _last_of_each(samples)


def _about(record: RunRecord, samples: _RepairedFile, chosen: Sequence[int]) -> RunRecord:
    """A record that names these lines; where some are gone, its run is not finished."""
    known = structs.replace(record.provenance, samples_digest=samples.digest(chosen))
    if len(chosen) < len(_numbers(record)):
        known = structs.replace(known, finished=None)
    return structs.replace(record, provenance=known, sample_lines=_ranges(chosen))


def _last_of_each(samples: _RepairedFile) -> list[int]:
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


def _keep(path: Path) -> str:
    """Keep a file under another name and return that. Raises OSError."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    kept, count = path.with_name(f"{path.name}.damaged-{stamp}"), 1
    while kept.exists():
        count += 1
        kept = path.with_name(f"{path.name}.damaged-{stamp}-{count}")
    if path.exists():
        shutil.copy2(path, kept)
        with kept.open("rb") as file:
            os.fsync(file.fileno())
    return kept.name
