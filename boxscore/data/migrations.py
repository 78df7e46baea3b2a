"""Predictions as MigrationBench's program reads them: a diff, the name of a file with one, or a migrated folder's.

Such a file may be a stranger's, and what it names is read on this machine, into a run that others see. So nothing is
read but what lies below the folder of the file of predictions itself, and no link leads out of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from boxscore.data.changed_trees import patch_of_folder
from boxscore.data.rows import kind_of
from boxscore.errors import DataError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boxscore.data.rows import Row

URL, DIFF, DIFF_FILE, FOLDER = "github_url", "git_diff", "git_diff_file", "migrated_root_dir"
MAX_DIFF_BYTES = 64 << 20
_REPOSITORY = re.compile(r"https?://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")


def repository_of(row: Row) -> str | None:
    """The repository, owner/name, that a prediction of this shape is of; None for other records."""
    url = row.get(URL)
    found = _REPOSITORY.fullmatch(url) if isinstance(url, str) else None
    return None if found is None else found[1]


def refuse_address(row: Row, *, path: Path, line: int | None) -> None:
    """Raise InputError for a record without an id that has an address, from which no repository can be read."""
    if URL in row and repository_of(row) is None:
        value = row[URL]
        given = repr(value[:300]) if isinstance(value, str) else kind_of(value)
        raise InputError(f"must be like https://github.com/owner/name, not {given}", path=path, line=line, field=URL)


def names_place(row: Row) -> str | None:
    """The field of a prediction that names what is to be read; None where it holds the diff itself.

    A file goes before a diff, and that before a folder, as in the benchmark's own program.
    """
    if repository_of(row) is None:
        return None
    if row.get(DIFF_FILE) is not None:
        return DIFF_FILE
    return FOLDER if row.get(DIFF) is None and row.get(FOLDER) is not None else None


def read_place(row: Row, *, commits: Mapping[str, str], instance_id: str, path: Path, line: int | None) -> str:
    """Read the patch that `names_place` says a prediction of an instance has elsewhere.

    Raises InputError where it is not below the folder of the predictions, is missing, or is not as it must be.
    """
    field = names_place(row) or DIFF_FILE
    place = _below(row.get(field), path, line, field)
    if field == DIFF_FILE:
        return _text(place, path, line)
    commit = commits.get(instance_id)
    if commit is None:
        raise InputError("names a folder, and the benchmark has no base_commit", path=path, line=line, field=field)
    try:
        return patch_of_folder(place, commit)
    except DataError as error:
        raise InputError(str(error), path=path, line=line, field=field) from error


def _below(value: object, path: Path, line: int | None, field: str) -> Path:
    if not isinstance(value, str) or not value or "\0" in value:
        raise InputError(f"must be a path, not {kind_of(value)}", path=path, line=line, field=field)
    folder = path.parent.resolve()
    place = folder / value
    try:
        found = place.resolve(strict=True)
    except (OSError, RuntimeError) as error:
        raise InputError(f"{value[:300]!r} cannot be read: {error}", path=path, line=line, field=field) from error
    if not found.is_relative_to(folder) or found == folder:
        problem = f"{value[:300]!r} is not below {folder}, the folder of the predictions: only what is there is read"
        raise InputError(problem, path=path, line=line, field=field)
    return found


def _text(place: Path, path: Path, line: int | None) -> str:
    if not place.is_file():
        raise InputError(f"{place} is no file", path=path, line=line, field=DIFF_FILE)
    try:
        with place.open("rb") as file:
            data = file.read(MAX_DIFF_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=place) from error
    if len(data) > MAX_DIFF_BYTES:
        raise InputError(f"longer than {MAX_DIFF_BYTES >> 20} MiB, the most that is read", path=place)
    try:
        return data.decode()
    except UnicodeDecodeError as flaw:
        raise InputError(f"not UTF-8 at byte {flaw.start}", path=place) from None
