"""Predictions for repositories: files with a `model_patch` for each `instance_id`, as SWE-bench's tools write them.

Those made for Multi-SWE-bench name a pull request by `org`, `repo` and `number`, and have the patch in `fix_patch`.
Those made for MigrationBench name a repository by `github_url` and have the patch in `git_diff`.
Those made for SWE-bench Pro and SWE-rebench V2 have it in `patch`, and the former may name a model by `prefix`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from msgspec import Struct

from boxscore.data.rows import NOT_TEXT, is_text, kind_of
from boxscore.errors import InputError

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.data.rows import Row

ID, MODEL, PATCH = "instance_id", "model_name_or_path", "model_patch"
SHORT_PATCH, PREFIX = "patch", "prefix"
URL, DIFF = "github_url", "git_diff"
_PLACES = ("git_diff_file", "migrated_root_dir")  # of this machine: never followed, as the file may be a stranger's
_OTHER_TEXTS = ("completion", "solution", "answer", "response", "raw", "text")  # of samples that are no predictions
_MAX_MODEL = 512
_REPOSITORY = re.compile(r"https?://github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?/?")
_PULL = ("org", "repo", "number", "fix_patch")


class Prediction(Struct, frozen=True, kw_only=True):
    """One record of a file: a patch, empty where the model gave none, and the model's name where it is told."""

    instance_id: str
    patch: str
    model: str


def as_prediction(row: Row) -> Row:
    """A record as SWE-bench's tools write it, from one with other names for its fields; others stay.

    `patch` is a prediction where nothing else in a record is the text of a sample.
    """
    if PATCH in row:
        return {**row, MODEL: row[PREFIX]} if PREFIX in row and MODEL not in row else row
    if ID not in row and all(name in row for name in _PULL):
        org, repo, number, patch = (row[name] for name in _PULL)
        return {**row, ID: f"{org}/{repo}:pr-{number}", PATCH: patch}
    repository = repository_of(row)
    if repository is not None and ID not in row:
        return {**row, ID: repository, PATCH: row.get(DIFF)}
    if SHORT_PATCH in row and not any(field in row for field in _OTHER_TEXTS):
        return {**row, PATCH: row[SHORT_PATCH], MODEL: row.get(MODEL, row.get(PREFIX))}
    return row


def prediction(row: Row, *, path: Path, line: int | None) -> Prediction:
    """Check one record. Raises InputError that names the field."""
    name = row.get(ID)
    if not isinstance(name, str) or not name:
        problem = "is missing" if ID not in row else f"must be a name, not {kind_of(name)}"
        raise InputError(problem, path=path, line=line, field=ID)
    if PATCH not in row:
        raise InputError("is missing", path=path, line=line, field=PATCH)
    place = next((field for field in _PLACES if row.get(field) is not None), None)
    if place is not None and row.get(DIFF) is None and URL in row:
        raise InputError(f"is not read: give the diff itself as `{DIFF}`", path=path, line=line, field=place)
    return Prediction(
        instance_id=name,
        patch=_text(row, PATCH, path=path, line=line, called=_patch_field(row)),
        model=model_of(row, MODEL, path=path, line=line),
    )


def model_of(row: Row, field: str, *, path: Path, line: int | None) -> str:
    """The name of a model in a field, empty where none is told, and cut where it is long. Raises InputError."""
    return _text(row, field, path=path, line=line)[:_MAX_MODEL]


def _patch_field(row: Row) -> str:
    """What the patch is called in the file."""
    others = (name for name in (_PULL[-1], SHORT_PATCH, DIFF) if name in row and row[name] is row[PATCH])
    return next(others, PATCH)


def _text(row: Row, field: str, *, path: Path, line: int | None, called: str | None = None) -> str:
    """The text in a field, empty where it is null or not there."""
    value = row.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"must be a string or null, not {kind_of(value)}", path=path, line=line, field=called or field)
    if not is_text(value):
        raise InputError(NOT_TEXT, path=path, line=line, field=called or field)
    return value


def repository_of(row: Row) -> str | None:
    """The repository, owner/name, that a prediction of this shape is of; None for other records."""
    url = row.get(URL)
    found = _REPOSITORY.fullmatch(url) if isinstance(url, str) else None
    return None if found is None else found[1]
