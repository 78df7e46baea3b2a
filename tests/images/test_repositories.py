"""Clones of the user's, from which images get the tree of a commit."""

from __future__ import annotations

import io
import subprocess
import tarfile
from typing import TYPE_CHECKING

import pytest

from boxscore import DataError
from boxscore.images.repositories import has_repository, repository_file, repository_tar

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "made"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("old")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    git(folder, "tag", "1.0")
    (folder / "a.txt").write_text("new")
    git(folder, "commit", "-q", "-a", "-m", "second")
    return folder


@pytest.fixture(params=["bare", "tree", "tar"])
def repositories(request: pytest.FixtureRequest, clone: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "repositories"
    folder.mkdir()
    if request.param == "bare":
        git(tmp_path, "clone", "-q", "--bare", str(clone), str(folder / "org__lib.git"))
    elif request.param == "tree":
        git(tmp_path, "clone", "-q", str(clone), str(folder / "org__lib"))
    else:
        with tarfile.open(folder / "org__lib.tar.gz", "w:gz") as archive:
            archive.add(clone, "lib")
    return folder


def contents(packed: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive if one.isfile()}  # type: ignore[union-attr]


def test_tree_of_a_commit(repositories: Path, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXSCORE_REPOS", str(repositories))

    found = contents(repository_tar("org/lib", git(clone, "rev-parse", "HEAD~1")))

    assert found["a.txt"] == b"old"
    assert found[".boxscore-tag"] == b"1.0\n"
    assert not any(name.startswith(".git/") for name in found)


def test_no_such_commit(clone: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    clone.rename(tmp_path / "r" / "org__lib")
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path / "r"))

    with pytest.raises(DataError, match="org__lib cannot give commit 0123456789"):
        repository_tar("org/lib", "0123456789")
    with pytest.raises(DataError, match="not a commit"):
        repository_tar("org/lib", "--output=/tmp/x")


@pytest.mark.parametrize("name", ["org/other", "../org__lib", "org/../lib", "/etc"])
def test_repository_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path))

    assert repository_tar(name, "0123456789") == b""


def test_file_of_a_commit(repositories: Path, clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BOXSCORE_REPOS", str(repositories))
    first = git(clone, "rev-parse", "HEAD~1")

    assert [repository_file("org/lib", first, name) for name in ("a.txt", "none.txt")] == ["old", None]
    assert has_repository("org/lib")
    assert not has_repository("org/other")
