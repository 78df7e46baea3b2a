"""The environment of a Python repository: requirements that lie in the repository itself."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING

import pytest

from harnesses.swebench.environment import as_of, python_environment
from harnesses.swebench.instance import python_instance
from harnesses.swebench.specs import RepoSpec

if TYPE_CHECKING:
    from pathlib import Path


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=n", "-c", "user.email=e@x", "-c", "commit.gpgsign=false", "-c", "tag.gpgsign=false"]
    return subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True).stdout.strip()


def script(instructions: str) -> str:
    return str(json.loads(instructions.strip().splitlines()[-1].removeprefix("RUN "))[2])


@pytest.mark.parametrize(
    ("created_at", "python", "day"),
    [
        ("2022-11-04T10:00:00Z", "3.9", "2022-12-01"),
        ("2022-12-31", "3.9", "2023-01-01"),
        ("2014-11-01T02:20:16Z", "3.9", "2021-10-05"),
        ("2014-11-01T02:20:16Z", "2.7", "2014-12-01"),
        ("", "3.9", "-"),
        ("once", "3.9", "-"),
    ],
)
def test_the_day_of_an_environment(created_at: str, python: str, day: str) -> None:
    assert as_of(created_at, python, None) == day
    assert as_of(created_at, python, "name: testbed") == "-"


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


def test_packages_of_conda_are_called_by_their_names_on_pypi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = tmp_path / "r" / "org__lib"
    clone.mkdir(parents=True)
    (clone / "environment.yml").write_text(
        "channels:\n  - conda-forge\ndependencies:\n"
        "  - python=3.10\n  - iris\n  - netCDF4>=1.4  # why\n  - numpy=1.19\n  - stranger\n"
        "  - pip:\n    - numbagg\n"
    )
    git(clone, "init", "-q")
    git(clone, "add", ".")
    git(clone, "commit", "-q", "-m", "first")
    monkeypatch.setenv("BOXSCORE_REPOS", str(tmp_path / "r"))
    spec = RepoSpec(packages="environment.yml", paths=("environment.yml",), pip_packages=("pandas==1.5.3",))

    bash = script(python_environment("org/lib", git(clone, "rev-parse", "HEAD"), spec, environment_yml=None))
    steps = bash.splitlines()
    start = next(at for at, line in enumerate(steps) if line.startswith("cat > environment.yml"))
    end = next(at for at, line in enumerate(steps) if "pandas==1.5.3" in line)
    done = subprocess.run(
        ["bash", "-c", "\n".join(steps[start:end])], cwd=tmp_path, check=True, capture_output=True, text=True
    )

    assert (tmp_path / "packages.txt").read_text().split() == [
        "scitools-iris",
        "netcdf4>=1.4",
        "numpy==1.19.*",
        "numbagg",
    ]
    assert [line for line in done.stderr.splitlines() if "left out" in line] == [
        "boxscore: left out stranger: what it is called on PyPI is not known"
    ]
    assert steps[end + 1].endswith("install-as-of - --each -r packages.txt")


def test_a_frozen_environment_names_no_stranger() -> None:
    frozen = (
        "dependencies:\n  - iris=3.10.0=pyha770c72_0\n  - click=8.1.7=unix_pyh707e725_0\n  - asciitree=0.3.3=py_2\n"
        "  - esmpy=8.6.1=pyhecae5ae_0\n  - pip=24.2=py39h06a4308_0\n  - xz=5.4.6=h5eee18b_1\n"
        "  - pip:\n    - six==1.16.0\n"
    )

    bash = script(python_environment("o/r", "0123", RepoSpec(), environment_yml=frozen))

    assert "scitools-iris==3.10.0\nclick==8.1.7\nasciitree==0.3.3\n" in bash
    assert "left out esmpy" in bash
    assert "xz" not in bash
    assert "\nsix==1.16.0\n" in bash
    assert bash.count("--no-deps -r") == 2
