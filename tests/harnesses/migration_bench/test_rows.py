"""Tests of MigrationBench's records and parts, and of the tasks made of them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore import InputError, MigrationTask
from boxscore.data.plugin_calls import load_instances
from boxscore.data.plugins import load_harness

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from boxscore import Instance

ROW = {
    "repo": "some-body/a.project",
    "base_commit": "0123456789abcdef0123456789abcdef01234567",
    "num_java_files": 12,
    "num_loc": 345,
    "num_pom_xml": 2,
    "num_src_test_java_files": 4,
    "num_test_cases": 17,
    "license": "MIT",
}


def loaded(folder: Path, *rows: dict[str, Any], part: str = "selected") -> Sequence[Instance]:
    path = folder / "rows.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    return load_instances(load_harness(f"migration-bench@{part}"), path)


def task_of(instance: Instance, part: str) -> MigrationTask:
    task = load_harness(f"migration-bench@{part}").task(instance)
    assert isinstance(task, MigrationTask)
    return task


def test_task(tmp_path: Path) -> None:
    (instance,) = loaded(tmp_path, ROW)

    task = task_of(instance, "selected")

    assert task.image.repository == (ROW["repo"], ROW["base_commit"])
    assert (task.release, task.level, task.num_test_cases) == (17, "maximal", 17)
    assert dict(task.versions)["org.springframework.boot:spring-boot-starter-parent"] == "3.3.4"
    assert len(task.versions) == 240


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"repo": "../../etc"}, "repo"),
        ({"repo": "https://github.com/a/b"}, "repo"),
        ({"base_commit": "main; rm -rf /"}, "base_commit"),
        ({"base_commit": "0123456"}, "base_commit"),
    ],
)
def test_row_that_names_another_place(tmp_path: Path, change: dict[str, Any], field: str) -> None:
    with pytest.raises(InputError) as error:
        loaded(tmp_path, ROW, {**ROW, "repo": "c/d", **change})

    assert (error.value.line, error.value.field) == (2, field)
