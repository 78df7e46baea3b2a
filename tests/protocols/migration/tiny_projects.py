"""The projects of tiny-migration as the attacks see them: their files before and after the reference, without a box."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

from boxscore.data.plugins import load_harness
from boxscore.protocols.migration.attacks import Target
from boxscore.protocols.migration.task import MigrationTask
from boxscore.resources import folder

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore import Instance

ROOT = folder("instances") / "tiny_migration"
HARNESS = load_harness("tiny-migration")


def instance_of(name: str) -> Instance:
    return next(
        one for one in HARNESS.load(ROOT / "instances.jsonl") if one.instance_id.removeprefix("tiny-migration/") == name
    )


def task_of(name: str) -> MigrationTask:
    task = HARNESS.task(instance_of(name))
    assert isinstance(task, MigrationTask)
    return task


def files_of(root: Path) -> dict[str, str]:
    paths = [path for path in sorted(root.rglob("*")) if path.is_file() and ".git" not in path.relative_to(root).parts]
    return {path.relative_to(root).as_posix(): path.read_text("utf-8") for path in paths}


def applies(tree: Path, patch: str) -> bool:
    command = ["git", "apply", "--check", "-"]
    return subprocess.run(command, cwd=tree, input=patch.encode(), capture_output=True, check=False).returncode == 0


def written(name: str, where: Path, patch: str) -> bool:
    project = next(part for part in sorted(ROOT.iterdir()) if name.startswith(f"{part.name}-"))
    shutil.copytree(project / "repository", where, dirs_exist_ok=True)
    subprocess.run(["git", "init", "-q", "."], cwd=where, check=True)
    apply = ["git", "apply", "--allow-empty", "-"]
    return subprocess.run(apply, cwd=where, input=patch.encode(), capture_output=True, check=False).returncode == 0


def target_of(name: str, where: Path) -> Target:
    task = task_of(name)
    project = next(part for part in sorted(ROOT.iterdir()) if name.startswith(f"{part.name}-"))
    assert written(name, where, task.reference or "")
    return Target(task=task, before=files_of(project / "repository"), migrated=files_of(where))
