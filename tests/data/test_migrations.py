"""Predictions of migrations: a diff, the name of a file with one, or a migrated folder; what may be read is bounded."""

from __future__ import annotations

import json
import os
import subprocess
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


def git(folder: Path, *words: str) -> str:
    """What git prints, run in a folder without anybody's settings."""
    env = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_CONFIG_NOSYSTEM": "1"}
    for who in ("AUTHOR", "COMMITTER"):
        env |= {f"GIT_{who}_NAME": "t", f"GIT_{who}_EMAIL": "t@localhost"}
    done = subprocess.run(["git", *words], cwd=folder, env=env, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def clone(folder: Path) -> str:
    """Make a repository with a pom and a class, and return its commit."""
    (folder / "src").mkdir(parents=True)
    (folder / "pom.xml").write_text("8\n", "utf-8")
    (folder / "src" / "A.java").write_text("class A {}\n", "utf-8")
    (folder / ".gitignore").write_text("*.log\n", "utf-8")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "base")
    return git(folder, "rev-parse", "HEAD")


def read(folder: Path, *predictions: dict[str, Any], commit: str = "0" * 40) -> list[Sample]:
    """The samples of a file of predictions in a folder."""
    path = folder / "predictions.json"
    path.write_text(json.dumps(predictions), "utf-8")
    return list(read_samples(path, {REPO, "other/one"}, commits={REPO: commit}))


@pytest.mark.parametrize("url", [URL, f"{URL}.git", f"{URL}/", "https://github.com/Some-Body/project"])
def test_diff(tmp_path: Path, url: str) -> None:
    """A diff in the record is the sample of its repository, however the address is written."""
    (sample,) = read(tmp_path, {"github_url": url, "git_diff": DIFF})

    assert (sample.instance_id, sample.text, sample.kind) == (REPO, DIFF, SampleKind.PATCH)


@pytest.mark.parametrize("url", [REPO, "https://example.org/some-body/project", f"{URL}/tree/main", "", None, 5])
def test_address(tmp_path: Path, url: object) -> None:
    """An address that names no repository is what is wrong with a record, not an id that it never has."""
    with pytest.raises(InputError, match=r"'github_url': must be like https://github\.com/owner/name, not "):
        read(tmp_path, {"github_url": url, "git_diff": DIFF})


@pytest.mark.parametrize("record", [{"git_diff": ""}, {"git_diff": None}, {}])
def test_no_diff(tmp_path: Path, record: dict[str, Any]) -> None:
    """No change is a sample too, an empty patch."""
    (sample,) = read(tmp_path, {"github_url": URL, **record})

    assert sample.text == ""


@pytest.mark.parametrize("absolute", [True, False])
def test_file_of_a_diff(tmp_path: Path, absolute: bool) -> None:  # noqa: FBT001 - a parameter
    """A file beside the predictions is read by its path, from their folder or absolute; it goes before a diff."""
    (tmp_path / "diffs").mkdir()
    (tmp_path / "diffs" / "one.diff").write_text(DIFF, "utf-8")
    name = str(tmp_path / "diffs" / "one.diff") if absolute else "diffs/one.diff"

    (sample,) = read(tmp_path, {"github_url": URL, "git_diff_file": name, "git_diff": "other"})

    assert sample.text == DIFF


def test_file_elsewhere(tmp_path: Path) -> None:
    """Nothing outside the folder of the predictions is read, by whatever path or link."""
    secret = tmp_path / "secret"
    secret.write_text("key", "utf-8")
    given = tmp_path / "given"
    given.mkdir()
    (given / "link").symlink_to(secret)
    (given / "up").symlink_to(tmp_path)

    for name in ("../secret", str(secret), "link", "up/secret", "/etc/hostname", "up"):
        for field in ("git_diff_file", "migrated_root_dir"):
            with pytest.raises(InputError, match="is not below") as error:
                read(given, {"github_url": URL, field: name})
            assert error.value.field == field


@pytest.mark.parametrize("value", ["missing.diff", ".", 7, "a\0b", ["x"]])
def test_file_that_is_none(tmp_path: Path, value: object) -> None:
    """What is no file that can be read is refused with its line."""
    with pytest.raises(InputError) as error:
        read(tmp_path, {"github_url": URL, "git_diff_file": value})

    assert (error.value.line, error.value.field) == (1, "git_diff_file")


def test_file_of_other_bytes(tmp_path: Path) -> None:
    """A diff must be UTF-8."""
    (tmp_path / "one.diff").write_bytes(b"\xff\xfe")

    with pytest.raises(InputError, match="not UTF-8 at byte 0"):
        read(tmp_path, {"github_url": URL, "git_diff_file": "one.diff"})


def test_folder(tmp_path: Path) -> None:
    """A migrated folder is compared with the base commit: changes, new files and deletions, committed or not."""
    folder = tmp_path / "project"
    commit = clone(folder)
    (folder / "pom.xml").write_text("17\n", "utf-8")
    git(folder, "commit", "-q", "-a", "-m", "migrated")
    (folder / "src" / "B.java").write_text("class B {}\n", "utf-8")
    (folder / "src" / "A.java").unlink()

    (sample,) = read(tmp_path, {"github_url": URL, "migrated_root_dir": "project"}, commit=commit)

    assert sample.kind is SampleKind.PATCH
    again = tmp_path / "again"
    again.mkdir()
    git(again, "clone", "-q", str(folder), "tree")
    git(again / "tree", "checkout", "-q", commit)
    (again / "patch").write_text(sample.text, "utf-8")
    git(again / "tree", "apply", "../patch")
    assert (again / "tree" / "pom.xml").read_text("utf-8") == "17\n"
    assert sorted(path.name for path in (again / "tree" / "src").iterdir()) == ["B.java"]


def test_what_a_build_left_in_a_folder(tmp_path: Path) -> None:
    """Ignored files and what Maven builds are no change."""
    folder = tmp_path / "project"
    commit = clone(folder)
    (folder / "module" / "target" / "classes").mkdir(parents=True)
    (folder / "module" / "target" / "classes" / "A.class").write_bytes(b"\xca\xfe\xba\xbe")
    (folder / "build.log").write_text("x", "utf-8")

    (sample,) = read(tmp_path, {"github_url": URL, "migrated_root_dir": "project"}, commit=commit)

    assert sample.text == ""


def test_settings_of_a_folder_run_nothing(tmp_path: Path) -> None:
    """Programs that a folder's git settings, attributes and hooks name are not run when it is read."""
    folder, ran = tmp_path / "project", tmp_path / "ran"
    commit = clone(folder)
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {ran}\ncat\n", "utf-8")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "diff.x.textconv", "diff.x.command", "filter.x.clean", "filter.x.process"):
        git(folder, "config", name, str(program))
    (folder / ".git" / "info" / "attributes").write_text("* filter=x diff=x\n", "utf-8")
    (folder / ".gitattributes").write_text("* filter=x diff=x\n", "utf-8")
    (folder / "pom.xml").write_text("17\n", "utf-8")

    (sample,) = read(tmp_path, {"github_url": URL, "migrated_root_dir": "project"}, commit=commit)

    assert "+17" in sample.text
    assert not ran.exists()


def test_links_in_a_folder_are_not_followed(tmp_path: Path) -> None:
    """A link in a migrated folder is a link in the patch: what it leads to is not read."""
    folder = tmp_path / "project"
    commit = clone(folder)
    (tmp_path / "secret").write_text("the key", "utf-8")
    (folder / "link").symlink_to("../secret")

    (sample,) = read(tmp_path, {"github_url": URL, "migrated_root_dir": "project"}, commit=commit)

    assert "the key" not in sample.text
    assert "+../secret" in sample.text


def test_git_of_a_folder_elsewhere(tmp_path: Path) -> None:
    """A folder whose git is elsewhere, or borrows objects from there, is refused."""
    folder = tmp_path / "project"
    commit = clone(folder)
    (folder / ".git").rename(tmp_path / "real")
    (folder / ".git").symlink_to("../real")
    with pytest.raises(InputError, match=r"no clone with a \.git folder of its own"):
        read(tmp_path, {"github_url": URL, "migrated_root_dir": "project"}, commit=commit)
    (folder / ".git").unlink()
    (tmp_path / "real").rename(folder / ".git")
    (folder / ".git" / "objects" / "info" / "alternates").write_text("/somewhere\n", "utf-8")

    with pytest.raises(InputError, match="borrows git objects"):
        read(tmp_path, {"github_url": URL, "migrated_root_dir": "project"}, commit=commit)


def test_folder_without_the_commit(tmp_path: Path) -> None:
    """A folder that does not have the base commit is refused."""
    clone(tmp_path / "project")

    with pytest.raises(InputError, match="cannot be told"):
        read(tmp_path, {"github_url": URL, "migrated_root_dir": "project"}, commit="a" * 40)


def test_other_repositories_are_not_read(tmp_path: Path) -> None:
    """Of a repository that the benchmark does not have nothing is read, and it is told as any unknown prediction."""
    unknown: list[str] = []
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps([{"github_url": "https://github.com/no/such", "git_diff_file": "/etc/shadow"}]), "utf-8")

    assert list(read_samples(path, {REPO}, unknown=unknown.append)) == []
    assert unknown == ["no/such"]


@pytest.mark.parametrize("field", ["git_diff_file", "migrated_root_dir"])
def test_records_that_come_from_no_file(field: str) -> None:
    """A record that a caller or a client passes may hold a diff, and names nothing on this machine."""
    with pytest.raises(InputError, match="file of predictions alone"):
        given_samples({"github_url": URL, field: "pyproject.toml"}, {REPO})
    with pytest.raises(InputError, match="file of predictions alone"):
        SampleReader({REPO})({"github_url": URL, field: "pyproject.toml"})


def test_record_of_a_caller(tmp_path: Path) -> None:
    """A record with a diff is taken, and so is the path of a file of predictions."""
    (sample,) = given_samples({"github_url": URL, "git_diff": DIFF}, {REPO})
    folder = tmp_path / "project"
    commit = clone(folder)
    (folder / "pom.xml").write_text("17\n", "utf-8")
    path = tmp_path / "predictions.json"
    path.write_text(json.dumps([{"github_url": URL, "migrated_root_dir": "project"}]), "utf-8")

    (changed,) = given_samples(path, {REPO}, commits={REPO: commit})

    assert sample.text == DIFF
    assert "+17" in changed.text
