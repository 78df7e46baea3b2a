"""Whose samples a file or folder holds, where several benchmarks are graded at once.

It is one benchmark's if the caller says so (`humaneval=FILE`), if it is a run directory of it, or if it is in a folder
under the benchmark's name (`FOLDER/humaneval.jsonl`, `FOLDER/humaneval/`). Any other is refused, never shared out by a
guess: HumanEval/0 is in HumanEval and in HumanEval+.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore.data.rows import SUFFIXES
from boxscore.data.samples import GOLD, refuse_other_name
from boxscore.errors import InputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path


class SampleFiles(Struct, frozen=True, kw_only=True):
    """The files of one benchmark, and whether its references are to be graded."""

    paths: tuple[Path, ...] = ()
    gold: bool = False


def share_out(paths: Iterable[Path], known: Collection[str]) -> dict[str, SampleFiles]:
    """Say which files are whose, of benchmarks by their names. Raises UsageError, InputError for what is nobody's."""
    found: dict[str, list[Path]] = {name: [] for name in known}
    gold: set[str] = set()
    for path in paths:
        name, _, rest = str(path).partition("=")
        given = type(path)(rest)
        if str(path) == GOLD and not path.exists():
            gold.update(known)
        elif name in known and rest and not path.exists():
            if rest == GOLD and not given.exists():
                gold.add(name)
            else:
                found[name].append(given)
        else:
            refuse_other_name(path, known)
            for owner, place in _owners(path, known):
                found[owner].append(place)
    return {name: SampleFiles(paths=tuple(found[name]), gold=name in gold) for name in known}


def _owners(path: Path, known: Collection[str]) -> list[tuple[str, Path]]:
    """Whose a run directory, or what is in another folder, is."""
    if (path / "run.json").is_file():
        return [(_of_run(path, known), path)]
    names = {name + end: name for name in known for end in ("", *SUFFIXES)}
    inside = [(names[one.name], one) for one in sorted(path.iterdir()) if one.name in names] if path.is_dir() else []
    if not inside:
        first = next(iter(known))
        raise UsageError(
            f"{path}: whose is it? Say -p {first}={path}, or give a folder with a file for each of {', '.join(known)}, "
            f"such as {first}.jsonl or {first}/"
        )
    return inside


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
