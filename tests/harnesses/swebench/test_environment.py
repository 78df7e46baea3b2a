"""The environment of a Python repository: requirements that lie in the repository itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from harnesses.swebench.environment import python_environment
from harnesses.swebench.specs import RepoSpec

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def git(folder: Path, *words: str) -> str:
    """Run git in a folder as nobody in particular."""
    who = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_requirements_of_a_clone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Requirements are read from the clone with the files they name, cleaned as the benchmark does."""
    clone = tmp_path / "r" / "org__lib"
    (clone / "requirements").mkdir(parents=True)
    (clone / "requirements" / "dev.txt").write_text("-r base.txt\n-e .\ntypes-pkg_resources==1\ntox\n")
    (clone / "requirements" / "base.txt").write_text("attrs\n")
    git(clone, "init", "-q")
    git(clone, "add", ".")
    git(clone, "commit", "-q", "-m", "first")
    commit = git(clone, "rev-parse", "HEAD")
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path / "r"))
    spec = RepoSpec(packages="requirements.txt", paths=("none.txt", "requirements/dev.txt"))

    text = python_environment("org/lib", commit, spec, environment_yml=None)

    assert "\\nattrs\\ntypes-setuptools\\ntox\\n" in text
    assert "curl" not in text


def test_requirements_without_a_clone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else they are fetched when the image is built."""
    monkeypatch.delenv("BOXSCORE_REPOS", raising=False)
    spec = RepoSpec(packages="requirements.txt", paths=("dev.txt",))

    text = python_environment("org/lib", "0123", spec, environment_yml=None)

    assert "https://raw.githubusercontent.com/org/lib/0123/$1" in text
