"""Recover a damaged run directory: keep what can be believed, drop the rest and say so; originals stay beside it.

Lines are believed by their checksums alone. What is dropped of the results is graded again by the same command as
before, and an answer of a model that is dropped is asked for again. Which samples the last command was about is
believed by their hash alone: where that does not fit, `run.json` names none until the command is run again.
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
from boxscore.protocols.details import decoder_of
from boxscore.provenance import RunRecord, StoredSample
from boxscore.records import Result
from boxscore.run.lines import damage, digest_of, open_regular, read_regular
from boxscore.run.store import (
    ANSWERS,
    ATTEMPTS,
    JUDGED,
    RECORD,
    RESULTS,
    ROUNDS,
    SAMPLES,
    is_run,
    line_ranges,
    lock_run,
    store_file,
)

if TYPE_CHECKING:
    from pathlib import Path

_MOST_LINES = 1 << 26  # that a record is believed to name
_IDS = re.compile(rb'\{"instance_id":("(?:[^"\\]|\\.){1,2000}"),"sample_id":("(?:[^"\\]|\\.){1,2000}")')
_FILES: dict[str, type[Struct | dict[str, object]]] = {
    RESULTS: Result,
    SAMPLES: StoredSample,
    **dict.fromkeys((ANSWERS, ATTEMPTS, ROUNDS, JUDGED), dict),
}


class Dropped(Struct, frozen=True, kw_only=True):
    """A line that was not believed; ids are None where they cannot be read."""

    file: str
    line: int
    why: str
    instance_id: str | None = None
    sample_id: str | None = None


class Repaired(Struct, frozen=True, kw_only=True):
    """What a repair came to.

    `record` says what became of `run.json`: kept, mended, doubtful (it names no samples any more) or missing (it could
    not be read). `originals` are the names under which damaged files were kept.
    """

    dropped: tuple[Dropped, ...] = ()
    results: int = 0
    samples: int = 0
    record: str = "kept"
    originals: tuple[str, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether nothing had to be repaired."""
        return not self.dropped and self.record == "kept"


class _Lines(Struct, frozen=True):
    """The lines of a file that stay, by the numbers that they had, and what goes."""

    kept: dict[int, bytes]
    dropped: list[Dropped]


def repair(run: Path, *, dry_run: bool = False) -> Repaired:
    """Repair a run directory that no run is at work in; with `dry_run`, say what would be done.

    Raises InputError if it is no run directory, StoreError if it cannot be written or is in use.
    """
    if not run.is_dir() or not (is_run(run) or _checked(run, RESULTS).kept):
        raise InputError("not a run directory", path=run)
    with lock_run(run) if not dry_run or (run / "lock").exists() else nullcontext():
        files = {name: _checked(run, name) for name in _FILES}
        before = _record_of(run)
        record, became = _mended(before, files[SAMPLES].kept)
        if before is None and ((run / RECORD).exists() or files[SAMPLES].kept):
            became = "missing"
        return Repaired(
            dropped=tuple(line for one in files.values() for line in one.dropped),
            results=len(files[RESULTS].kept),
            samples=len(files[SAMPLES].kept),
            record=became,
            originals=() if dry_run else _written(run, files, record, became),
        )


def _written(run: Path, files: dict[str, _Lines], record: RunRecord | None, became: str) -> tuple[str, ...]:
    done: list[str] = []
    try:
        for name, one in files.items():
            if one.dropped:
                done.append(_keep(run / name))
                store_file(run / name, b"".join(one.kept.values()))
        if became == "missing":
            done.append(_keep(run / RECORD))
            (run / RECORD).unlink(missing_ok=True)
        elif became != "kept":
            done.append(_keep(run / RECORD))
            store_file(run / RECORD, msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
    except (OSError, StoreError) as error:
        kept = f"; originals of what was replaced: {', '.join(done)}" if done else "; nothing was replaced"
        raise StoreError(f"{error}{kept}. Repair it again") from error
    return tuple(done)


def _checked(run: Path, name: str) -> _Lines:
    """Judge each line of a file."""
    found, decoder = _Lines({}, []), decoder_of(_FILES[name])
    try:
        with open_regular(run / name) as file:
            for number, line in enumerate(file):
                why = damage(line) if line.endswith(b"\n") else "it is incomplete"
                if why is None:
                    try:
                        decoder.decode(line)
                    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
                        why = str(error)
                if why is None:
                    found.kept[number] = line
                else:
                    found.dropped.append(_dropped(name, number, line, why))
    except FileNotFoundError:
        pass
    except OSError as error:
        raise StoreError(f"{run / name}: cannot be read: {error.strerror or error}") from error
    return found


def _dropped(name: str, number: int, line: bytes, why: str) -> Dropped:
    instance_id = sample_id = None
    ids = _IDS.match(line)
    if ids is not None:
        with suppress(msgspec.MsgspecError, UnicodeDecodeError):
            instance_id, sample_id = (msgspec.json.decode(one, type=str) for one in ids.groups())
    return Dropped(file=name, line=number + 1, why=why, instance_id=instance_id, sample_id=sample_id)


def _record_of(run: Path) -> RunRecord | None:
    try:
        found = msgspec.json.decode(read_regular(run / RECORD), type=RunRecord)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if sum(abs(end - first) for first, end in found.sample_lines) < _MOST_LINES else None


def _mended(before: RunRecord | None, samples: dict[int, bytes]) -> tuple[RunRecord | None, str]:
    """The record with the places that its samples have now, and what became of it by that."""
    if before is None:
        return None, "kept"
    numbers = [number for first, end in before.sample_lines for number in range(first, end)]
    digest = before.provenance.samples_digest
    there = all(number in samples for number in numbers) and len(set(numbers)) == len(numbers)
    if there and (not digest or digest_of(samples[number] for number in numbers) == digest):
        places = {number: at for at, number in enumerate(samples)}
        record = structs.replace(before, sample_lines=line_ranges(places[number] for number in numbers))
        return record, "kept" if record == before else "mended"
    provenance = structs.replace(before.provenance, samples_digest=digest_of(()), finished=None)
    record = structs.replace(before, provenance=provenance, sample_lines=())
    return record, "kept" if record == before else "doubtful"


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
