"""Predictions of migrations: a diff, or the name of a file with one; what may be read is bounded."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from boxscore.data.samples import SampleReader, given_samples, read_samples
from boxscore.errors import InputError
from boxscore.records import Sample, SampleKind

if TYPE_CHECKING:
    from pathlib import Path

REPO = "some-body/project"
URL = f"https://github.com/{REPO}"
DIFF = "diff --git a/pom.xml b/pom.xml\n--- a/pom.xml\n+++ b/pom.xml\n@@ -1 +1 @@\n-8\n+17\n"


def read(folder: Path, *predictions: dict[str, Any]) -> list[Sample]:
    path = folder / "predictions.json"
    path.write_text(json.dumps(predictions), "utf-8")
    return list(read_samples(path, {REPO, "other/one"}))


@pytest.mark.parametrize("url", [URL, f"{URL}.git", f"{URL}/", "https://github.com/Some-Body/project"])
def test_diff(tmp_path: Path, url: str) -> None:
    (sample,) = read(tmp_path, {"github_url": url, "git_diff": DIFF})

    assert (sample.instance_id, sample.text, sample.kind) == (REPO, DIFF, SampleKind.PATCH)


@pytest.mark.parametrize("url", [REPO, "https://example.org/some-body/project", f"{URL}/tree/main", "", None, 5])
def test_address(tmp_path: Path, url: object) -> None:
    with pytest.raises(InputError, match="field 'task_id': is missing"):
        read(tmp_path, {"github_url": url, "git_diff": DIFF})


@pytest.mark.parametrize("record", [{"git_diff": ""}, {"git_diff": None}, {}])
def test_no_diff(tmp_path: Path, record: dict[str, Any]) -> None:
    (sample,) = read(tmp_path, {"github_url": URL, **record})

    assert sample.text == ""


@pytest.mark.parametrize("absolute", [True, False])
def test_file_of_a_diff(tmp_path: Path, absolute: bool) -> None:  # noqa: FBT001 - a parameter
    (tmp_path / "diffs").mkdir()
    (tmp_path / "diffs" / "one.diff").write_text(DIFF, "utf-8")
    name = str(tmp_path / "diffs" / "one.diff") if absolute else "diffs/one.diff"

    (sample,) = read(tmp_path, {"github_url": URL, "git_diff_file": name, "git_diff": "other"})

    assert sample.text == DIFF


def test_file_elsewhere(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("key", "utf-8")
    given = tmp_path / "given"
    given.mkdir()
    (given / "link").symlink_to(secret)
    (given / "up").symlink_to(tmp_path)

    for name in ("../secret", str(secret), "link", "up/secret", "/etc/hostname", "up"):
        with pytest.raises(InputError, match="is not below") as error:
            read(given, {"github_url": URL, "git_diff_file": name})
        assert error.value.field == "git_diff_file"


@pytest.mark.parametrize("value", ["missing.diff", ".", 7, "a\0b", ["x"]])
def test_file_that_is_none(tmp_path: Path, value: object) -> None:
    with pytest.raises(InputError) as error:
        read(tmp_path, {"github_url": URL, "git_diff_file": value})

    assert (error.value.line, error.value.field) == (1, "git_diff_file")


def test_file_of_other_bytes(tmp_path: Path) -> None:
    (tmp_path / "one.diff").write_bytes(b"\xff\xfe")

    with pytest.raises(InputError, match="not UTF-8 at byte 0"):
        read(tmp_path, {"github_url": URL, "git_diff_file": "one.diff"})


def test_folders_are_not_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="folders are not read") as error:
        read(tmp_path, {"github_url": URL, "migrated_root_dir": "project"})
    assert error.value.field == "migrated_root_dir"


def test_other_repositories_are_not_read(tmp_path: Path) -> None:
    unknown: list[str] = []
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps([{"github_url": "https://github.com/no/such", "git_diff_file": "/etc/shadow"}]), "utf-8")

    assert list(read_samples(path, {REPO}, unknown=unknown.append)) == []
    assert unknown == ["no/such"]


@pytest.mark.parametrize("field", ["git_diff_file", "migrated_root_dir"])
def test_records_that_come_from_no_file(field: str) -> None:
    with pytest.raises(InputError, match="file of predictions alone"):
        given_samples({"github_url": URL, field: "pyproject.toml"}, {REPO})
    with pytest.raises(InputError, match="file of predictions alone"):
        SampleReader({REPO})({"github_url": URL, field: "pyproject.toml"})


def test_record_of_a_caller() -> None:
    (sample,) = given_samples({"github_url": URL, "git_diff": DIFF}, {REPO})

    assert sample.text == DIFF
