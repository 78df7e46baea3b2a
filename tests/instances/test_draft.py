"""Rows in the making, and the file that they are kept in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import msgspec
import pytest

from boxscore.boxes.contract import BoxSpec
from boxscore.boxes.fake import FakeBackend
from boxscore.errors import BoxError, UsageError
from boxscore.instances import draft as drafts
from boxscore.instances.draft import (
    EMPTY,
    FixSource,
    archive_name,
    gold_file,
    make_draft,
    objects_of,
    of_the_future,
    row_of,
    write_row,
)
from boxscore.instances.sources import EnvironmentOptions
from tests.instances.conftest import git
from tests.protocols.patch.patch_boxes import TASK, ended

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.instances.draft import InstanceDraft
    from boxscore.instances.repository import Repository

# What swebench calls SWEbenchInstance, but for what came with its version 5.
COLUMNS = (
    *("repo", "instance_id", "base_commit", "patch", "test_patch", "problem_statement", "hints_text", "created_at"),
    *("version", "FAIL_TO_PASS", "PASS_TO_PASS", "environment_setup_commit"),
)


@pytest.fixture
def draft(repository: Repository) -> InstanceDraft:
    return make_draft(repository, FixSource(span="main~2..main~1"), EnvironmentOptions())


def test_a_range(repository: Repository, draft: InstanceDraft, clone: Path) -> None:
    assert draft.base == repository.commit("main~2")
    assert draft.statement == "Add, and do not subtract"
    assert draft.created == repository.date(repository.commit("main~1"))
    assert draft.tag == "v1.0"
    assert git(clone, "rev-parse", "main~1") in draft.later
    assert draft.instance_id.startswith("local__sums-")


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        (FixSource(span="main"), "must be BASE..HEAD"),
        (FixSource(span="main...main~1"), "must be BASE..HEAD"),
        (FixSource(span="main~1..main~2"), "does not come before"),
        (FixSource(span="nowhere..main"), "has no commit 'nowhere'"),
        (FixSource(span="main~2..main~1", statement=" "), "--statement"),
        (FixSource(span="main~2..main~1", instance_id="a/b"), "--id 'a/b' must be"),
    ],
)
def test_what_cannot_be_a_draft(repository: Repository, asked: FixSource, reason: str) -> None:
    with pytest.raises(UsageError, match=reason):
        make_draft(repository, asked, EnvironmentOptions())


def test_a_repository_that_is_too_large(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "MAX_ARCHIVE_BYTES", 10)
    with pytest.raises(UsageError, match="at most 0 MiB can be"):
        make_draft(repository, FixSource(span="main~2..main~1"), EnvironmentOptions())


def test_a_deleted_file_of_tests_is_not_run(repository: Repository, clone: Path) -> None:
    (clone / "tests" / "test_sum.py").unlink()
    (clone / "tests" / "test_other.py").write_text("def test_it(): pass\n")
    (clone / "sum.py").write_text("")
    git(clone, "add", "-A")
    git(clone, "commit", "-q", "-m", "Move tests")
    draft = make_draft(repository, FixSource(span="main~1..main"), EnvironmentOptions())

    assert draft.environment.commands[0].endswith(" tests/test_other.py")


def test_a_row_has_the_columns_of_swebench(draft: InstanceDraft) -> None:
    row = row_of(draft, "mine/a.tar.gz", {"fail_to_pass": ["t::ä"], "pass_to_pass": [], "flaky": ["t::f"]})

    assert tuple(row) == (*COLUMNS, "boxscore")
    assert row["FAIL_TO_PASS"] == '["t::ä"]'
    assert msgspec.to_builtins(row["boxscore"])["flaky"] == ["t::f"]


def test_rows_are_added(draft: InstanceDraft, tmp_path: Path) -> None:
    file = tmp_path / "new" / "mine.jsonl"
    name = archive_name(draft, file)
    write_row(file, row_of(draft, name), draft.archive, replaces=False)
    with pytest.raises(UsageError, match=r"has an instance .* already: --id names another, --replace"):
        write_row(file, row_of(draft, name), draft.archive, replaces=False)
    write_row(file, row_of(draft, name, {"flaky": ["t"]}), draft.archive, replaces=True)

    (row,) = [json.loads(line) for line in file.read_text().splitlines()]
    assert row["boxscore"]["flaky"] == ["t"]
    assert (file.parent / name).read_bytes() == draft.archive
    (gold,) = [json.loads(line) for line in gold_file(file).read_text().splitlines()]
    assert gold == {
        "instance_id": draft.instance_id,
        "model_name_or_path": "gold",
        "model_patch": draft.fix.source,
    }


def test_objects_of_the_future() -> None:
    old, new, empty = "a" * 40, "b" * 40, min(EMPTY)

    assert of_the_future({old, empty}, frozenset({new, empty})) == set()
    assert of_the_future({old, new}, frozenset({new, empty})) == {new}


@pytest.mark.parametrize("printed", ["", "../../etc", "a" * 40 + "\nfatal: no", "A" * 40])
def test_a_list_of_objects_that_is_none(printed: str) -> None:
    backend = FakeBackend(run=lambda _: ended(printed))
    with backend.box(BoxSpec(image="image")) as box, pytest.raises(BoxError, match="could not be listed"):
        objects_of(box, TASK)


def test_the_objects_of_an_image() -> None:
    backend = FakeBackend(run=lambda _: ended(f"{'a' * 40}\n{'b' * 40}\n"))
    with backend.box(BoxSpec(image="image")) as box:
        assert objects_of(box, TASK) == {"a" * 40, "b" * 40}
