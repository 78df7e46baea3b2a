"""Environments are found in a repository's files; what is given goes first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from boxscore.errors import UsageError
from boxscore.instances.environment import find_environment
from boxscore.instances.python import addopts
from boxscore.instances.sources import EnvironmentOptions, Sources, run_lines
from tests.instances.conftest import commit

if TYPE_CHECKING:
    from pathlib import Path

    from boxscore.instances.repository import Repository

PYTEST_TEST = "def test_it():\n    assert True\n"
UNITTEST_TEST = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        pass\n"
PYTEST = "python3 -m pytest -rA -p no:cacheprovider --junitxml=/scratch/report.xml"
EXTRA = '[project]\nname="a"\nrequires-python = ">=3.12"\n[project.optional-dependencies]\ntest = ["pytest"]\n'
GROUPS = '[dependency-groups]\ntest = ["attrs", {include-group = "more"}]\nmore = ["idna", {include-group = "test"}]\n'
OPTIONS = '[project]\nname="a"\n[tool.pytest.ini_options]\naddopts = ["-n", "4", "--import-mode=importlib"]\n'
DOCKERFILE = EnvironmentOptions(dockerfile="FROM patch-python-3.9\nRUN pip install attrs\n")


def python(**files: str) -> dict[str, str]:
    named = {name.replace("__", "-").replace("_", "."): text for name, text in files.items()}
    return {"tests/test_a.py": PYTEST_TEST, **named}


@pytest.mark.parametrize(
    ("files", "given", "expected"),
    [
        (
            python(pyproject_toml=EXTRA),
            EnvironmentOptions(),
            {
                "base": "patch-python-3.12",
                "instance": "pip install --quiet -e '.[test]'",
                "command": f"{PYTEST} tests/test_a.py",
                "parser": "pytest-v2",
                "runner": "pytest",
                "report": "/scratch/report.xml",
            },
        ),
        (
            {"setup.py": "", "tests/test_a.py": UNITTEST_TEST},
            EnvironmentOptions(),
            {"parser": "unittest", "runner": "unittest", "command": "python3 -m unittest -v tests/test_a.py"},
        ),
        (
            python(pyproject_toml=GROUPS, requirements_txt="x", requirements__test_txt="y"),
            EnvironmentOptions(),
            {
                "instance": "pip install --quiet -r requirements.txt; pip install --quiet -r requirements-test.txt; "
                "pip install --quiet attrs idna\n"
            },
        ),
        (
            python(pyproject_toml=OPTIONS),
            EnvironmentOptions(),
            {"command": f"{PYTEST} -o addopts=--import-mode=importlib tests/test_a.py"},
        ),
        (python(), DOCKERFILE, {"base": "patch-python-3.9", "instance": "RUN pip install attrs\n"}),
        (
            python(setup_py=""),
            EnvironmentOptions(test_command="pytest -k it {tests}"),
            {"command": "pytest -rA --junitxml=/scratch/report.xml -k it tests/test_a.py", "parser": "pytest-v2"},
        ),
        (
            {"package.json": "{}", "test/a.test.js": ""},
            EnvironmentOptions(
                dockerfile="FROM patch-node\nRUN cd /testbed && npm ci\n",
                test_command="npx --no jest --verbose --ci {tests}",
                parser="jest",
            ),
            {
                "base": "patch-node",
                "parser": "jest",
                "command": "npx --no jest --verbose --ci test/a.test.js",
                "instance": "npm ci\n",
            },
        ),
        (
            {"go.mod": "module a\n", "b/a_test.go": "package b"},
            EnvironmentOptions(install=("go mod download",), test_command="go test -v ./b", parser="go"),
            {"base": "patch-python", "command": "go test -v ./b", "instance": "; go mod download\n", "parser": "go"},
        ),
    ],
)
def test_what_is_found(
    clone: Path, repository: Repository, files: dict[str, str], given: EnvironmentOptions, expected: dict[str, str]
) -> None:
    found = find(clone, repository, files, given)

    assert found.commands[-1] == expected.pop("command", found.commands[-1])
    for name in ("instance", "environment"):
        assert expected.pop(name, "") in getattr(found, name)
    assert {name: getattr(found, name) for name in expected} == expected


def find(clone: Path, repository: Repository, files: dict[str, str], given: EnvironmentOptions) -> Any:
    head = commit(clone, files, "Files")
    mine = {path: blob for path, blob in repository.files(head).items() if path in files}
    tests = next(path for path in files if "test" in path.rpartition("/")[2].lower())
    return find_environment(Sources(repository, mine, (tests,), ""), given)


@pytest.mark.parametrize(
    ("asked", "base"),
    [
        (">=3.8", "patch-python"),
        (">=3.11.4", "patch-python"),
        ("<3.10", "patch-python-3.9"),
        (">=3.12,<3.13", "patch-python-3.12"),
        ("==3.8.*", "patch-python-3.8"),
        ("~=3.7", "patch-python"),
    ],
)
def test_which_python(clone: Path, repository: Repository, asked: str, base: str) -> None:
    files = python(setup_py=f"setup(python_requires='{asked}')\n")

    assert find(clone, repository, files, EnvironmentOptions()).base == base


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("--strict-markers", None),
        ("", None),
        ("-q --cov=a --cov-report term -n auto --strict-markers", "--strict-markers"),
        ("-ra -x --color=yes -p x", "-p x"),
        ("'", ""),
    ],
)
def test_options_of_pytest_that_hide_or_need_a_plugin(text: str, kept: str | None) -> None:
    assert addopts(text) == kept


@pytest.mark.parametrize(
    ("files", "given", "reason"),
    [
        (python(), EnvironmentOptions(), r"no environment was found: .*pyproject\.toml.*--install"),
        (python(), EnvironmentOptions(dockerfile="FROM python:3.9\n"), r"FROM python:3\.9 cannot be"),
        (python(pyproject_toml='[dependency-groups]\ntest = ["a\\nFROM b"]\n'), EnvironmentOptions(), "be one line"),
        (python(setup_py=""), EnvironmentOptions(test_command="make check"), "say so with --parser"),
        ({"test.rb": ""}, EnvironmentOptions(), r"test\.rb\) are not Python; give --dockerfile"),
    ],
)
def test_what_cannot_be_found(
    clone: Path, repository: Repository, files: dict[str, str], given: EnvironmentOptions, reason: str
) -> None:
    with pytest.raises(UsageError, match=reason):
        find(clone, repository, files, given)


def test_a_repository_adds_no_instructions() -> None:
    with pytest.raises(UsageError, match="must be one line"):
        run_lines("true\r")
