"""Environments are found in a repository's files; what is given goes first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from boxscore.errors import UsageError
from boxscore.instances.environment import find_environment
from boxscore.instances.python import addopts
from boxscore.instances.sources import EnvironmentOptions, Sources, run_lines
from tests.instances.conftest import commit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from boxscore.instances.repository import Repository
    from boxscore.instances.sources import Environment

USUAL = EnvironmentOptions()
PYTEST_TEST = "def test_it():\n    assert True\n"
UNITTEST_TEST = "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        pass\n"


@pytest.fixture
def found(clone: Path, repository: Repository) -> Find:
    return Find(clone, repository)


class Find:
    """Commits files and finds their environment."""

    def __init__(self, clone: Path, repository: Repository) -> None:
        self._clone, self._repository = clone, repository

    def __call__(
        self,
        files: Mapping[str, str],
        tests: str = "tests/test_a.py",
        given: EnvironmentOptions = USUAL,
        source: str = "a.py",
    ) -> Environment:
        head = commit(self._clone, files, "Files")
        mine = {path: blob for path, blob in self._repository.files(head).items() if path in files}
        return find_environment(Sources(self._repository, mine, (tests,), ""), given, (source,))


def test_pyproject_with_pytest(found: Find) -> None:
    text = '[project]\nname="a"\nrequires-python = ">=3.12"\n[project.optional-dependencies]\ntest = ["pytest"]\n'
    environment = found({"pyproject.toml": text, "tests/test_a.py": PYTEST_TEST})

    assert environment.base == "patch-python-3.12"
    assert "pip install --quiet -e '.[test]'" in environment.instance
    assert environment.commands == (
        "python3 -m pytest -rA -p no:cacheprovider --junitxml=/scratch/report.xml tests/test_a.py",
    )
    assert (environment.parser, environment.runner, environment.report) == (
        "pytest-v2",
        "pytest",
        "/scratch/report.xml",
    )


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
def test_which_python(found: Find, asked: str, base: str) -> None:
    environment = found({"setup.py": f"setup(python_requires='{asked}')\n", "tests/test_a.py": PYTEST_TEST})

    assert environment.base == base


def test_unittest(found: Find) -> None:
    environment = found({"setup.py": "", "tests/test_a.py": UNITTEST_TEST})

    assert environment.commands == ("python3 -m unittest -v tests/test_a.py",)
    assert (environment.parser, environment.runner, environment.environment) == ("unittest", "unittest", "")


def test_requirement_files_and_groups(found: Find) -> None:
    text = (
        '[dependency-groups]\ntest = ["attrs", {include-group = "more"}]\nmore = ["idna", {include-group = "test"}]\n'
    )
    environment = found(
        {"pyproject.toml": text, "requirements.txt": "x", "requirements-test.txt": "y", "tests/test_a.py": PYTEST_TEST}
    )

    assert "pip install --quiet -r requirements.txt; pip install --quiet -r requirements-test.txt" in (
        environment.instance
    )
    assert "pip install --quiet attrs idna" in environment.instance
    assert "--quiet -e" not in environment.instance


def test_what_tox_installs(found: Find) -> None:
    text = "[testenv]\ndeps =\n    mock >= 2 # why\n    -r{toxinidir}/x.txt\n    a[b,c]\n"
    environment = found({"setup.py": "", "tox.ini": text, "tests/test_a.py": PYTEST_TEST})

    assert "pip install --quiet 'mock>=2' 'a[b,c]'" in environment.instance


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


def test_configured_options_are_overridden_where_they_hide(found: Find) -> None:
    text = '[project]\nname="a"\n[tool.pytest.ini_options]\naddopts = ["-n", "4", "--import-mode=importlib"]\n'
    environment = found({"pyproject.toml": text, "tests/test_a.py": PYTEST_TEST})

    assert "-o addopts=--import-mode=importlib tests/test_a.py" in environment.commands[0]


def test_a_dockerfile(found: Find) -> None:
    given = EnvironmentOptions(dockerfile="FROM patch-python-3.9\nRUN pip install attrs\n")
    environment = found({"tests/test_a.py": PYTEST_TEST}, given=given)

    assert (environment.base, environment.instance) == ("patch-python-3.9", "RUN pip install attrs\n")
    with pytest.raises(UsageError, match=r"FROM python:3\.9 cannot be"):
        found({"tests/test_b.py": PYTEST_TEST}, given=replace(given, dockerfile="FROM python:3.9\n"))


def test_nothing_says_how_to_install(found: Find) -> None:
    with pytest.raises(UsageError, match=r"no environment was found: .*pyproject\.toml.*--install"):
        found({"tests/test_a.py": PYTEST_TEST})


@pytest.mark.parametrize(
    ("script", "command", "parser"),
    [
        ("jest", "npx --no jest --verbose --ci test/a.test.js", "jest"),
        ("nyc mocha", "npx --no mocha --reporter spec test/a.test.js", "mocha"),
        ("vitest", "npx --no vitest run --reporter=verbose test/a.test.js", "vitest"),
        ("node --test", "node --test-reporter=tap test/a.test.js", "tap"),
    ],
)
def test_javascript(found: Find, script: str, command: str, parser: str) -> None:
    text = f'{{"scripts": {{"test": "{script}"}}, "devDependencies": {{"a": "1"}}}}'
    environment = found(
        {"package.json": text, "package-lock.json": "{}", "test/a.test.js": ""}, tests="test/a.test.js", source="a.js"
    )

    assert (environment.base, environment.commands, environment.parser) == ("patch-node", (command,), parser)
    assert environment.instance == "RUN set -eu; cd /testbed; npm ci\n"
    assert environment.links == ("node_modules",)


def test_go(found: Find) -> None:
    environment = found(
        {"go.mod": "module a\n\ngo 1.23.4\n", "b/a_test.go": "package b"}, tests="b/a_test.go", source="b/a.go"
    )

    assert environment.commands[-1] == "go test -v ./b"
    assert "go1.23.4.linux-amd64" in environment.environment
    assert ("GOPROXY", "off") in environment.env


def test_maven(found: Find) -> None:
    path = "src/test/java/a/ReadTest.java"
    environment = found({"pom.xml": "<project/>", path: ""}, tests=path, source="src/main/java/a/Read.java")

    assert environment.commands == ("set -x", "mvn -B -o -Dtest=ReadTest test")
    assert environment.base == "patch-java"


def test_a_repository_adds_no_instructions(found: Find) -> None:
    text = '[dependency-groups]\ntest = ["a\\nFROM another"]\n'
    with pytest.raises(UsageError, match="must be one line"):
        found({"pyproject.toml": text, "tests/test_a.py": PYTEST_TEST})
    with pytest.raises(UsageError, match="must be one line"):
        run_lines("true\r")
