"""The record of one SWE-bench instance, from whichever shape it came in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from boxscore import InputError, kind_of, syntax, text_field

from .specs import RepoSpec  # noqa: TC001 - msgspec reads the annotations

if TYPE_CHECKING:
    from pathlib import Path


PYTEST = "pytest"
_TEXTS = ("patch", "test_patch", "problem_statement", "version", "environment_setup_commit", "created_at")
_OPTIONAL = ("eval_script", "log_parser", "eval_type")
_IMAGES = ("image", "docker_image", "image_name")


class RepositoryRow(Struct, frozen=True, kw_only=True):
    """What records of every kind have. `image` is the published image with its tag, `digest` its known digest."""

    instance_id: str
    repo: str
    base_commit: str
    fail_to_pass: tuple[str, ...]
    pass_to_pass: tuple[str, ...]
    patch: str = ""
    test_patch: str = ""
    problem_statement: str = ""
    image: str = ""
    digest: str | None = None


class SweRow(RepositoryRow, frozen=True, kw_only=True):
    """One instance. `eval_script` and what follows it is of v5; `spec` and `environment_yml` are what v4 looks up.

    `folder` is the task folder it came from. `requirements` are the packages of its environment as pip lists them, of
    records that bring such a list.
    """

    version: str = ""
    environment_setup_commit: str = ""
    created_at: str = ""
    eval_script: str | None = None
    log_parser: str | None = None
    eval_type: str | None = None
    dockerfile: str | None = None
    folder: str | None = None
    spec: RepoSpec | None = None
    language: str = "py"
    environment_yml: str | None = None
    requirements: str | None = None


class LiveRow(RepositoryRow, frozen=True, kw_only=True):
    """One instance. Commands are bash, in the published image; `log_parser` is source, or the word `pytest`."""

    test_cmds: tuple[str, ...]
    rebuild_cmds: tuple[str, ...] = ()
    print_cmds: tuple[str, ...] = ()
    setup_cmds: tuple[str, ...] = ()
    log_parser: str = PYTEST
    created_at: str = ""


def swe_row(row: dict[str, object], *, path: Path, line: int) -> SweRow:
    """Read a record of v4 or v5. Raises InputError that names the field."""
    name = text_field(row, "instance_id", path=path, line=line)
    texts = {field: _optional(row, field, path=path, line=line) for field in (*_TEXTS, *_OPTIONAL, *_IMAGES)}
    image = next((texts[field] for field in _IMAGES if texts[field]), None)
    fields = {
        **common_fields(row, name, path=path, line=line),
        "image": image or published_image(name),
        **{field: texts[field] or "" for field in _TEXTS},
        **{field: texts[field] or None for field in _OPTIONAL},
    }
    return msgspec.convert(fields, SweRow)


def common_fields(row: dict[str, object], instance_id: str, *, path: Path, line: int) -> dict[str, object]:
    """What records of every kind say in the same way. Raises InputError that names the field."""
    return {
        "instance_id": instance_id,
        "repo": text_field(row, "repo", path=path, line=line),
        "base_commit": text_field(row, "base_commit", path=path, line=line),
        "fail_to_pass": test_names(row, "FAIL_TO_PASS", path=path, line=line),
        "pass_to_pass": test_names(row, "PASS_TO_PASS", path=path, line=line),
    }


def published_image(instance_id: str, *, namespace: str = "swebench") -> str:
    return f"{namespace}/sweb.eval.x86_64.{instance_id.lower().replace('__', '_1776_')}:latest"


def test_names(row: dict[str, object], field: str, *, path: Path, line: int) -> tuple[str, ...]:
    """Ids of tests: a list, or text that holds one as JSON or as Python prints it; none where the field is missing.

    Raises InputError for anything else.
    """
    value = row.get(field)
    if value is None:
        return ()
    if isinstance(value, str):
        value = _parsed(value)
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        problem = f"must be a list of test names, not {kind_of(row[field])}"
        raise InputError(problem, path=path, line=line, field=field)
    return tuple(value)


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return syntax.literal(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError):
        return None


def _optional(row: dict[str, object], field: str, *, path: Path, line: int) -> str | None:
    return None if row.get(field) is None else text_field(row, field, path=path, line=line)
