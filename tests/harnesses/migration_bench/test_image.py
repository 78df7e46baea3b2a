"""Tests of the recipe of a repository's image."""

from __future__ import annotations

import json
import subprocess

import pytest

from boxscore.protocols.migration.study import DEPENDENCIES, HELP
from harnesses.migration_bench.image import instance_image
from harnesses.migration_bench.row import Row

COMMIT = "0123456789abcdef0123456789abcdef01234567"
IMAGE = instance_image(Row(repo="some-body/a.project", base_commit=COMMIT))


def scripts(instructions: str) -> list[str]:
    commands = [json.loads(line[4:]) for line in instructions.splitlines() if line.startswith("RUN ")]
    assert all(command[:2] == ["/bin/bash", "-c"] for command in commands)
    return [command[2] for command in commands]


@pytest.mark.parametrize("script", [*scripts(IMAGE.environment), *scripts(IMAGE.instance)])
def test_scripts(script: str) -> None:
    done = subprocess.run(["bash", "-n", "-c", script], check=False, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stderr) == (0, "")
    assert script.startswith("set -euo pipefail\n")


def test_environment_is_shared() -> None:
    other = instance_image(Row(repo="other/one", base_commit=COMMIT[::-1]))

    assert (other.base, other.environment) == (IMAGE.base, IMAGE.environment)
    assert other.instance != IMAGE.instance
    assert IMAGE.repository == ("some-body/a.project", COMMIT)


def test_base_is_built_as_it_will_be_graded() -> None:
    resolve = scripts(IMAGE.instance)[-1]

    assert "JAVA_HOME=/usr/lib/jvm/java-8" in resolve
    assert "-Dmaven.test.failure.ignore=true clean verify" in resolve
    assert resolve.index("verify") < resolve.index("git clean -ffdxq")


def test_plugins_that_look_at_a_project_are_in_the_image() -> None:
    assert f" {HELP} {DEPENDENCIES} " in scripts(IMAGE.instance)[-1]
