"""The environment of a Python repository: requirements that lie in the repository itself."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

from harnesses.swebench.environment import python_environment
from harnesses.swebench.instance import python_instance
from harnesses.swebench.specs import RepoSpec

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def test_requirements_of_a_clone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
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


def script(instructions: str) -> str:
    return str(json.loads(instructions.strip().splitlines()[-1].removeprefix("RUN "))[2])


def test_what_is_left_open_is_resolved_as_of_a_day() -> None:
    spec = RepoSpec(
        packages="pytest 'numpy<2'", pip_packages=("tox==4.16.0",), install="python -m pip install -e .[test]"
    )

    environment = script(python_environment("o/r", "0123", spec, environment_yml=None, day="2021-10-05"))
    instance = script(python_instance("o/r", "0123", spec, day="2021-10-05"))

    installer = "/usr/local/lib/boxscore/install-as-of 2021-10-05"
    assert f"\n{installer} pytest 'numpy<2'\n{installer} tox==4.16.0\n" in environment
    assert f"\n{installer} -e .[test]\n" in instance
    assert "pip install" not in environment + instance
