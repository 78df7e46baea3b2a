"""SWE-bench v5's task repositories: a folder for each instance, with what a patch cannot carry beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from boxscore import InputError

from .row import SweRow, swe_row

if TYPE_CHECKING:
    from pathlib import Path

TASK_FILE = "task.yaml"
TASKS = "tasks"
ASSETS = "test_assets"
_FILES = {
    "patch": "gold.patch",
    "test_patch": "test.patch",
    "eval_script": "eval.sh",
    "problem_statement": "problem_statement.md",
}
_MAX_ASSETS_BYTES = 256 << 20


def task_folders(repository: Path) -> list[Path]:
    """The task folders of a task repository, by name. Raises InputError if there are none."""
    found = sorted(path.parent for path in (repository / TASKS).glob(f"*/{TASK_FILE}"))
    if not found:
        raise InputError(f"has no {TASKS}/*/{TASK_FILE}", path=repository)
    return found


def read_task_folder(folder: Path) -> SweRow:
    """Read one task. Raises InputError that names the file."""
    file = folder / TASK_FILE
    try:
        row = msgspec.yaml.decode(_text(file))
    except (msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"not YAML: {' '.join(str(error).split())[:200]}", path=file) from error
    if not isinstance(row, dict):
        raise InputError("must be a mapping", path=file)
    row = {name: str(value) if name == "version" else value for name, value in row.items()}
    # The date is only kept as text; YAML may have read it as one.
    row["created_at"] = str(row.get("created_at") or "")
    row |= {name: _text(folder / one) for name, one in _FILES.items()}
    row |= _tests(folder / "tests.json")
    read = swe_row(row, path=file, line=1)
    dockerfile = folder / "Dockerfile"
    return msgspec.structs.replace(
        read, folder=str(folder), dockerfile=_text(dockerfile) if dockerfile.is_file() else None
    )


def read_assets(folder: Path) -> tuple[tuple[str, bytes], ...]:
    """The files of `test_assets`, by their paths in the repository. Raises InputError where they are too large."""
    root = folder / ASSETS
    files = sorted(path for path in root.rglob("*") if path.is_file() and not path.is_symlink())
    if sum(path.stat().st_size for path in files) > _MAX_ASSETS_BYTES:
        raise InputError(f"more than {_MAX_ASSETS_BYTES >> 20} MiB of files", path=root)
    return tuple((path.relative_to(root).as_posix(), path.read_bytes()) for path in files)


def _tests(path: Path) -> dict[str, object]:
    try:
        tests = msgspec.json.decode(_text(path))
    except msgspec.MsgspecError as error:
        raise InputError(f"not JSON: {error}", path=path) from error
    if not isinstance(tests, dict):
        raise InputError("must be an object", path=path)
    return {name: tests.get(name) for name in ("FAIL_TO_PASS", "PASS_TO_PASS")}


def _text(path: Path) -> str:
    try:
        # Bytes, not text mode: a CRLF inside a patch is part of it.
        return path.read_bytes().decode()
    except UnicodeDecodeError as flaw:
        raise InputError(f"not UTF-8 at byte {flaw.start}", path=path) from None
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", path=path) from error
