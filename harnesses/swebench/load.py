"""Read SWE-bench's records: JSON lines or lists, parquet as the Hub has it, or a folder of v5 tasks."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

import boxscore
from boxscore import InputError, Instance, has_repository, known_digests

from .node_task import node_spec
from .row import RepositoryRow, SweRow, swe_row
from .specs import find_specs, pinned_environment, read_specs
from .task_folders import TASK_FILE, read_task_folder, task_folders

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
