"""Whose samples a file holds, where several benchmarks are graded at once.

A file or folder is one benchmark's if the caller says so (`humaneval=FILE`), if it is a run directory of it, if it is
in a folder under the benchmark's name (`FOLDER/humaneval.jsonl`, `FOLDER/humaneval/`), or if its ids are those of one
of the benchmarks alone, written whole. An id that two have (HumanEval/0 is in HumanEval and in HumanEval+) says nothing
by itself: such a file is refused, and never shared out by a guess.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.data.predictions import PATCH, as_prediction
from boxscore.data.rows import SUFFIXES, read_rows
from boxscore.data.samples import GOLD, IDS, instance_named, refuse_other_name
from boxscore.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from pathlib import Path

    from boxscore.data.rows import Row

_ENDS = tuple(sorted(SUFFIXES, key=len, reverse=True))


class SampleFiles(Struct, frozen=True, kw_only=True):
    """The files of one benchmark, and whether its references are to be graded."""

    paths: tuple[Path, ...] = ()
    gold: bool = False


def share_out(
    paths: Iterable[Path], known: Mapping[str, Collection[str]], *, skip_unknown: bool = False
) -> dict[str, SampleFiles]:
    """Say which files are whose, of benchmarks (name → ids of their instances).

    With `skip_unknown` lines of ids that none of them has say nothing of whose a file is.
    Raises UsageError, InputError for what is nobody's, or could be two benchmarks'.
    """
    found: dict[str, list[Path]] = {name: [] for name in known}
    gold: set[str] = set()
    for path in paths:
        name, _, rest = str(path).partition("=")
        given = type(path)(rest)
        if str(path) == GOLD and not path.exists():
            gold.update(known)
            continue
        if name in known and rest and not path.exists():
            if rest == GOLD and not given.exists():
                gold.add(name)
            else:
                found[name].append(given)
            continue
        refuse_other_name(path, known)
        if path.is_dir():
            for owner, place in _in_folder(path, known):
                found[owner].append(place)
        else:
            found[_owner(path, known, skip_unknown=skip_unknown)].append(path)
    return {name: SampleFiles(paths=tuple(found[name]), gold=name in gold) for name in known}


def _in_folder(path: Path, known: Collection[str]) -> list[tuple[str, Path]]:
    """Whose a run directory, or what is in another folder, is."""
    if (path / "run.json").is_file():
        return [(_of_run(path, known), path)]
    inside = [(name, place) for name in known for place in _named(path, name)]
    if not inside:
        first = next(iter(known))
        raise UsageError(
            f"{path}: nothing in it is named like one of {', '.join(known)}, such as {first}.jsonl or {first}/; "
            f"{_how(known, path)}"
        )
    return inside


def _named(folder: Path, name: str) -> list[Path]:
    """What in a folder has a benchmark's name, with or without the ending of a file of rows."""
    return [one for one in sorted(folder.iterdir()) if one.name == name or _stem(one.name) == name]


def _stem(name: str) -> str:
    return next((name.removesuffix(end) for end in _ENDS if name.endswith(end)), "")


def _of_run(path: Path, known: Collection[str]) -> str:
    """The benchmark of a run directory."""
    from boxscore.provenance import RunRecord  # noqa: PLC0415 - of run directories alone

    try:
        name = msgspec.json.decode((path / "run.json").read_bytes(), type=RunRecord).provenance.benchmark
    except (msgspec.MsgspecError, UnicodeDecodeError, OSError) as error:
        raise InputError(f"cannot be read: {error}", path=path / "run.json") from error
    if name not in known:
        raise UsageError(f"{path} is a run of {name}, which is none of {', '.join(known)}")
    return name


def _owner(path: Path, known: Mapping[str, Collection[str]], *, skip_unknown: bool) -> str:
    """The only benchmark whose instances a file's ids are. Raises InputError for a line that tells, or UsageError."""
    fits = list(known)
    for line, raw in read_rows(path, named=IDS[0]):
        row = as_prediction(raw)
        name = _id_of(row)
        whose = [one for one, ids in known.items() if name in ids]
        if not whose and (skip_unknown or PATCH in row):
            continue
        left = [one for one in fits if one in whose]
        if not left:
            why = f"{_why(name, known)}{f', unlike lines before it, of {fits[0]}' if whose else ''}"
            raise InputError(f"{name[:100]!r} {why}; {_how(_likely(name, known), path)}", path=path, line=line)
        fits = left
    if len(fits) > 1:
        raise UsageError(f"{path}: its ids may be of {' or of '.join(fits)}; {_how(fits, path)}")
    return fits[0]


def _why(name: str, known: Mapping[str, Collection[str]]) -> str:
    whose = [one for one, ids in known.items() if name in ids]
    return f"is an instance of {' and of '.join(whose)}" if whose else f"is an instance of none of {', '.join(known)}"


def _likely(name: str, known: Mapping[str, Collection[str]]) -> list[str]:
    """The benchmarks that may be meant by an id, as those that have it, or take it when it is written otherwise."""
    whole = [one for one, ids in known.items() if name in ids]
    return whole or [one for one, ids in known.items() if instance_named(name, ids)] or list(known)


def _how(known: Iterable[str], path: Path) -> str:
    return f"say whose it is: -p {next(iter(known))}={path}"


def _id_of(row: Row) -> str:
    value = next((row[name] for name in IDS if name in row), "")
    return value if isinstance(value, str) else str(value) if type(value) is int else ""
