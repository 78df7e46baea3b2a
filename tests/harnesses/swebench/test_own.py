"""The harness `own`: rows that `boxscore instances new` writes, and the archives beside them."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from boxscore import DataError, InputError, PatchTask
from boxscore.data.plugin_calls import make_task
from boxscore.data.plugins import load_harness
from boxscore.run.prepare import load_benchmark
from boxscore.run.request import Request

if TYPE_CHECKING:
    from pathlib import Path

ARCHIVE = b"a tar"
NAME = f"mine/{hashlib.sha256(ARCHIVE).hexdigest()}.tar.gz"
SETUP = {"archive": NAME, "base": "patch-python", "commands": ["pytest t.py"], "parser": "pytest", "tag": "v1.0"}
ROW = {
    "repo": "owner/lib",
    "instance_id": "owner__lib-1",
    "base_commit": "0" * 40,
    "patch": "diff --git a/setup.py b/setup.py\n--- a/setup.py\n+++ b/setup.py\n@@ -1 +1 @@\n-a\n+b\n",
    "test_patch": "",
    "problem_statement": "Mend it",
    "FAIL_TO_PASS": '["t.py::a"]',
    "PASS_TO_PASS": [],
    "boxscore": SETUP,
}


def rows(folder: Path, **changes: object) -> Path:
    file = folder / "mine.jsonl"
    place = folder / NAME
    place.parent.mkdir()
    place.write_bytes(ARCHIVE)
    file.write_text(json.dumps({**ROW, **changes}) + "\n")
    return file


def task_of(file: Path) -> PatchTask:
    benchmark = load_benchmark(Request(benchmark=str(file)))
    task = make_task(benchmark.harness, benchmark.asked[0])
    assert isinstance(task, PatchTask)
    return task


def test_a_file_of_rows_is_a_benchmark(tmp_path: Path) -> None:
    task = task_of(rows(tmp_path))

    assert (task.fail_to_pass, task.pass_to_pass) == (("t.py::a",), ())
    assert task.image.files == (("repository.tar.gz", ARCHIVE),)
    assert task.image.instance.endswith("RUN git -C /testbed tag v1.0\n")
    assert task.allowed == ("setup.py",)
    assert task.reference == ROW["patch"]


def test_an_archive_that_is_missing_or_another(tmp_path: Path) -> None:
    file = rows(tmp_path)
    (tmp_path / NAME).write_bytes(b"another")
    with pytest.raises(DataError, match="is not the archive that owner__lib-1 was made with"):
        task_of(file)
    (tmp_path / NAME).unlink()
    with pytest.raises(DataError, match="cannot be read: No such file or directory: it belongs beside"):
        task_of(file)


@pytest.mark.parametrize(
    ("setup", "reason"),
    [
        ({**SETUP, "archive": "../../etc/passwd"}, "'archive' must be"),
        ({**SETUP, "archive": f"../{NAME}"}, "'archive' must be"),
        ({**SETUP, "shell": "rm"}, "unknown field `shell`"),
        ({"archive": NAME}, "missing required field `base`"),
        ("text", "Expected `object`"),
    ],
)
def test_columns_that_cannot_be(tmp_path: Path, setup: object, reason: str) -> None:
    with pytest.raises(InputError, match=f"mine.jsonl:1: field 'boxscore': .*{reason}"):
        load_harness("own").load(rows(tmp_path, boxscore=setup))


@pytest.mark.parametrize("tag", ["", "v1; rm -rf /", "-f", "a\nRUN evil", "$(evil)"])
def test_tags_that_are_no_words(tmp_path: Path, tag: str) -> None:
    task = task_of(rows(tmp_path, boxscore={**SETUP, "tag": tag}))

    assert "tag" not in task.image.instance
