"""A repository of a user, as fixtures: a bug in its past, the fix and what came after it."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from boxscore.instances.repository import Repository

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

BEFORE = {
    "pyproject.toml": '[project]\nname = "sum"\nversion = "1"\nrequires-python = ">=3.9"\n',
    "sum.py": "def add(a, b):\n    return a - b\n",
    "tests/test_sum.py": "from sum import add\n\n\ndef test_zero():\n    assert add(1, 0) == 1\n",
}
AFTER = {
    "sum.py": "def add(a, b):\n    return a + b\n",
    "tests/test_sum.py": BEFORE["tests/test_sum.py"] + "\n\ndef test_one():\n    assert add(1, 1) == 2\n",
}
LATER = {"sum.py": "def add(*all_of_them):\n    return sum(all_of_them)\n"}


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def commit(folder: Path, files: Mapping[str, str], message: str) -> str:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", message)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    folder = tmp_path / "sums"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    commit(folder, BEFORE, "Begin")
    git(folder, "tag", "v1.0")
    commit(folder, AFTER, "Add, and do not subtract")
    commit(folder, LATER, "Take any number")
    return folder


@pytest.fixture
def repository(clone: Path, tmp_path: Path) -> Repository:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    return Repository(clone, scratch)
