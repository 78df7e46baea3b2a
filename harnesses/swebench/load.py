"""Read SWE-bench's records: JSON lines or lists, parquet as the Hub has it, or a folder of v5 tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

import boxscore
from boxscore import InputError, Instance, has_repository, known_digests

from .row import RepositoryRow, SweRow, swe_row
from .specs import find_specs, pinned_environment, read_specs
from .toolchains import node_spec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path


def load_swebench(path: Path) -> Sequence[Instance]:
    """Read instances from a file of records, or a v5 task repository (its `sweb.yaml`, or one task's `task.yaml`).

    Raises:
        InputError: A record is not as it must be, two have one id, or a v4 record's version is in no specs.
    """
    digests = known_digests(path)
    rows = []
    seen: set[str] = set()
    for line, row in _records(path):
        if row.instance_id in seen:
            raise InputError(f"duplicate instance_id {row.instance_id!r}", path=path, line=line, field="instance_id")
        seen.add(row.instance_id)
        rows.append(msgspec.structs.replace(_looked_up(row, path, line), digest=digests.get(row.image)))
    if not rows:
        raise InputError("contains no instances", path=path)
    return [instance_of(row) for row in rows]


def instance_of(row: RepositoryRow, prompt: str | None = None) -> Instance:
    """The instance of a record, which asks what its issue says unless a prompt is given.

    Instances of one repository are not independent.
    """
    return Instance(
        instance_id=row.instance_id,
        prompt=row.problem_statement if prompt is None else prompt,
        row=msgspec.to_builtins(row),
        reference=row.patch or None,
        cluster=row.repo,
    )


def record_rows(path: Path) -> Iterator[tuple[int, dict[str, object]]]:
    """Yield the records of a file with their line or place. Raises InputError."""
    yield from boxscore.record_rows(path, "instance_id", named="instance_id")


def _records(path: Path) -> Iterator[tuple[int, SweRow]]:
    if path.suffix in (".yaml", ".yml"):
        folders = [path.parent] if path.name == TASK_FILE else task_folders(path.parent)
        for number, folder in enumerate(folders, 1):
            yield number, read_task_folder(folder)
        return
    for line, row in record_rows(path):
        yield line, swe_row(row, path=path, line=line)


def _looked_up(row: SweRow, path: Path, line: int) -> SweRow:
    """Add to a v4 record what the specs say of its version.

    A v5 record says itself how it is tested; what the specs say, if they know it, is how its image can be built. A task
    with a Dockerfile is built by that, unless it is one for Node whose repository is here already.
    """
    if row.dockerfile is not None:
        spec = node_spec(row.dockerfile, row.eval_script or "") if has_repository(row.repo) else None
        return row if spec is None else msgspec.structs.replace(row, spec=spec, language="js")
    specs = find_specs(path)
    if specs is None:
        if row.eval_script is not None:
            return row
        problem = (
            "has no eval_script, and v4.1.0_repo_version_specs.json is not beside the file; see the benchmark's page"
        )
        raise InputError(problem, path=path, line=line)
    table = read_specs(specs)
    spec = table.of(row.repo, row.version)
    if spec is None:
        if row.eval_script is not None:
            return row
        raise InputError(f"{row.repo} has no version {row.version!r} in {specs}", path=path, line=line, field="version")
    return msgspec.structs.replace(
        row,
        spec=spec,
        language=table.languages.get(row.repo, "py"),
        environment_yml=pinned_environment(specs, row.instance_id),
    )


# SWE-bench v5's task repositories: a folder for each instance, with what a patch cannot carry beside it.

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
